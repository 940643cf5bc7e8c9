"""`eval.deviation`: what result.json has of it, for vectors that are trained, decomposed and counted."""

import numpy as np
import pytest

import jaxw2v
from jaxw2v.errors import InputError
from jaxw2v.launch import python
from jaxw2v.runs import optimum
from jaxw2v.theory import fit, objective

TEXT = "the cat sat on the mat\nthe dog sat on the rug\na cat and a dog ran to the mat\n" * 30
COUNTED = ("vocab.min_count=1", "windows.window=2", "subsample.threshold=0.05")


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    place = tmp_path_factory.mktemp("text")
    (place / "text.txt").write_text(TEXT)
    return (f"corpus.path={place / 'text.txt'}", f"cache={place / 'cache'}", *COUNTED, "eval.deviation=true")


def dense(words, k):
    """The counts of a run and its optimum, as arrays of all pairs."""
    config = python.compose(*words)
    corpus = python.read_corpus(config)
    count_VV = optimum.count(config, corpus).count_VV
    noise_V = optimum.context_distribution(config, corpus, count_VV)
    count_VV = count_VV.toarray()
    return count_VV, objective.negative_counts(count_VV, noise_V, k)


def test_of_a_training(text):
    words = (*text, "model.dim=3", "train.epochs=2", "train.step_tokens=64", "negatives.k=2", "negatives.exponent=1")
    run = jaxw2v.train(*words)
    count_VV, negative_VV = dense(words, 2)
    loss, *_ = fit.value_and_gradients(run.vectors.matrix, run.outputs.matrix, count_VV, negative_VV)
    least = objective.least_loss(count_VV, negative_VV)
    assert run.result["optimum.loss"] == pytest.approx(loss, rel=1e-5)
    assert run.result["optimum.least"] == pytest.approx(least, rel=1e-9)
    assert run.result["optimum.deviation"] == pytest.approx((loss - least) / least, rel=1e-4)


@pytest.mark.parametrize("removed", ["skip", "count"])
def test_of_what_is_counted(text, removed):
    words = (*text, "baseline.shift=1.5", "baseline.contexts=noise", f"windows.removed={removed}")
    count_VV, negative_VV = dense((*words, "baseline=ppmi"), 1.5)
    least = objective.least_loss(count_VV, negative_VV)
    with np.errstate(divide="ignore"):
        cells_VV = np.maximum(np.log(count_VV) - np.log(negative_VV), 0)
    expected = ((count_VV + negative_VV) * np.logaddexp(0, cells_VV) - count_VV * cells_VV).sum() / count_VV.sum()
    found = jaxw2v.train(*words, "baseline=ppmi").result
    assert found["optimum.loss"] == pytest.approx(expected, rel=1e-6)
    assert found["optimum.least"] == pytest.approx(least, rel=1e-9)
    whole = jaxw2v.train(*words, "baseline=svd", f"model.dim={len(count_VV) - 1}").result  # all but the last dimension
    short = jaxw2v.train(*words, "baseline=svd", "model.dim=1").result
    assert whole["optimum.loss"] == pytest.approx(expected, rel=1e-3)
    assert abs(short["optimum.loss"] - expected) > 5e-3 * expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("model.tied=true", r"eval\.deviation=True: the optimum is .* with model\.tied=True"),
        ("model.architecture=cbow", r"eval\.deviation=True: the optimum is .* with model\.architecture=cbow"),
        ("negatives.k=0", r"eval\.deviation=True: the optimum is .* with negatives\.k=0"),
    ],
)
def test_what_has_another_optimum(text, change, expected):
    with pytest.raises(InputError, match=expected):
        jaxw2v.train(*text, change)
