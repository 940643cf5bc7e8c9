"""Names that readers know; what is not known keeps its own."""

import pytest

from jaxw2v.study import wording


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("wordsim353.spearman", "WordSim-353 (Spearman)"),
        ("google-analogies.3cosadd", "Google analogies (3CosAdd)"),
        ("questions-words.3cosmul", "Google analogies (3CosMul)"),
        ("my.own-pairs.spearman", "my.own-pairs (Spearman)"),
        ("men.new", "men.new"),  # no method that is known
        ("mean", "mean"),
    ],
)
def test_scores(key, name):
    assert wording.of_score(key) == name


def test_settings_and_their_axes():
    assert wording.of_setting("learning_rate") == "learning rate"
    assert wording.of_setting("dim") == "dimensions"
    assert wording.of_axis("negatives.k", "k") == "k, negative samples for each pair"
    assert wording.of_axis("train.epochs", "epochs") == "epochs"
