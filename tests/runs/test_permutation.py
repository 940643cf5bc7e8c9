"""Shuffled vectors do not fit their words, and keep everything else."""

import numpy as np
import pytest

from jaxw2v.launch import python
from jaxw2v.runs import evaluation, permutation
from jaxw2v.vectors.analogies import Questions
from jaxw2v.vectors.similarity import WordPairs
from jaxw2v.vectors.table import Table

PLACES = np.array([[x, y] for x in range(6) for y in range(6)], np.float32) / 5 + 1
WORDS = [f"w{x}{y}" for x in range(6) for y in range(6)]


@pytest.fixture(scope="module")
def sets():
    """Judgments that are the cosines themselves; parallelograms."""
    unit = PLACES / np.linalg.norm(PLACES, axis=1, keepdims=True)
    pairs = [(i, j) for i in range(36) for j in range(i) if (i + j) % 3]
    similar = WordPairs([(WORDS[i], WORDS[j]) for i, j in pairs], np.array([unit[i] @ unit[j] for i, j in pairs]))
    asked = [(f"w{x}0", f"w{x}1", f"w{z}0", f"w{z}1") for x in range(6) for z in range(6) if x != z]
    return {"pairs": similar, "squares": Questions(["all"], asked, np.zeros(len(asked), int))}


def test_only_the_words_own_vectors_score(sets):
    table, settings = Table(WORDS, PLACES), python.compose().eval
    own, _ = evaluation.evaluate(table, sets, settings)
    found = permutation.permuted_scores(table, sets, settings, 40, seed=1)
    assert own["pairs.spearman"] == pytest.approx(1, abs=1e-3)
    assert set(found) == {"pairs.spearman", "squares.3cosadd"}
    assert found["pairs.spearman"].shape == (40,)
    assert abs(found["pairs.spearman"].mean()) < 5 * found["pairs.spearman"].std() / np.sqrt(40)
    assert found["pairs.spearman"].max() < 0.9
    assert len(set(found["pairs.spearman"].tolist())) == 40
    again = permutation.permuted_scores(table, sets, settings, 40, seed=1)
    np.testing.assert_array_equal(again["squares.3cosadd"], found["squares.3cosadd"])
    assert (
        permutation.permuted_scores(table, sets, settings, 40, seed=2)["pairs.spearman"] != found["pairs.spearman"]
    ).any()
