"""What is left open is decided by the platform, once, and a setting without effect there is refused."""

import dataclasses

import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.launch import python
from jaxw2v.runs import platforms, trainers
from jaxw2v.text.corpus import Corpus
from jaxw2v.text.vocabulary import Vocabulary
from jaxw2v.training.subsample import keep_probabilities

TEXT = "corpus.path=text"
CPU, GPU = (256, 8192, "band", "dynamic", "scattered"), (2048, 65536, "blocks", "static", "scattered")


def chosen(platform, *words):
    train = platforms.complete(python.compose(TEXT, *words), platform).train
    return train.step_tokens, train.chunk_tokens, train.positives, train.loops, train.sums


def test_a_cpu_trains_as_ever_and_a_gpu_with_large_steps():
    assert chosen("cpu") == CPU
    assert chosen("gpu") == GPU
    assert chosen("tpu") == (256, 8192, "blocks", "static", "scattered")


def test_large_steps_are_for_what_they_were_measured_with():
    small = (256, 8192, *GPU[2:])
    for word in ("model.architecture=cbow", "negatives.shared_by=window", "model.objective=softmax"):
        assert chosen("gpu", word) == small
    assert chosen("gpu", "optimizer=rowwise_adagrad") == small
    assert chosen("gpu", "experiment=textbook")[0] == 64


def test_what_is_said_stays():
    words = ["train.step_tokens=512", "train.positives=band", "train.loops=dynamic", "train.sums=sorted"]
    assert chosen("gpu", *words) == (512, 8192, "band", "dynamic", "sorted")
    assert chosen("gpu", "train.chunk_tokens=4096")[:2] == (2048, 4096)
    assert chosen("cpu", "train.loops=static", "train.positives=blocks") == (256, 8192, "blocks", "static", "scattered")
    config = platforms.complete(python.compose(TEXT), "gpu")
    assert platforms.complete(config, "gpu") == config  # nothing is left open


def test_sums_are_sorted_where_that_is_asked_for_and_needed():
    assert chosen("gpu", "train.deterministic=true")[-1] == "sorted"
    assert chosen("cpu", "train.deterministic=true")[-1] == "scattered"
    assert chosen("gpu", "train.deterministic=true", "train.sums=scattered")[-1] == "scattered"


def test_a_precision_that_a_cpu_does_not_have_is_refused():
    config = python.compose(TEXT, "model.precision=high")
    assert platforms.complete(config, "gpu").model.precision == "high"
    with pytest.raises(InputError, match=r"model\.precision=high: a CPU trains, .* use model\.precision=highest"):
        platforms.complete(config, "cpu")
    with pytest.raises(InputError, match=r"not used with train\.device=cpu"):
        python.compose(TEXT, "model.precision=high", "train.device=cpu")


def test_a_span_that_no_default_step_holds_is_refused():
    with pytest.raises(InputError, match=r"train\.step_tokens=null: use a multiple of 100"):
        python.compose(TEXT, "negatives.span=100")
    config = python.compose(TEXT, "negatives.span=512")
    assert platforms.complete(config, "gpu").train.step == 2048
    with pytest.raises(InputError, match=r"train\.step_tokens=256: use a multiple of 512"):
        platforms.complete(config, "cpu")


@pytest.mark.parametrize("tokens", [1000, 20_000, 300_000])
def test_hardly_more_is_kept_than_was_thought(tokens):
    """Whatever piece of the text it is, also where rare words stand together; and not much less."""
    random = np.random.default_rng(5)
    rank_N = random.zipf(1.3, 300_000) % 2000
    ids_N = np.concatenate([rank_N[:200_000], 1999 - rank_N[200_000:] // 2]).astype(np.int32)
    ids_N[::21] = -1
    counts = np.bincount(ids_N[ids_N >= 0], minlength=2000) + 1
    corpus = Corpus(ids_N, Vocabulary([str(i) for i in range(2000)], counts), "", len(ids_N), len(ids_N), 1)
    config = python.compose(TEXT, "subsample.threshold=1e-2")
    rare = dataclasses.replace(config, subsample=dataclasses.replace(config.subsample, threshold=1e-3))
    most = trainers.most_kept([rare, config], corpus, tokens)
    keep_V = keep_probabilities(counts, 1e-2, "word2vec_c")
    coins = (ids_N >= 0) & (random.random(len(ids_N)) < keep_V[np.maximum(ids_N, 0)])
    kept = np.convolve(coins, np.ones(tokens, int), "valid") if tokens <= 1000 else [
        coins[at : at + tokens].sum() for at in range(0, len(ids_N) - tokens + 1, 997)
    ]  # fmt: skip
    assert max(kept) <= most <= max(kept) * 1.1 + 10_000  # of blocks at both ends
