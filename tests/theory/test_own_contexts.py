"""How often a word is its own context, in a text that can be counted by hand."""

import numpy as np
import pytest

import jaxw2v
from jaxw2v.theory import own_contexts


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.setenv("JAXW2V_CACHE", str(tmp_path / "cache"))
    (tmp_path / "text").write_text("a a b\na b c\n")
    config = jaxw2v.compose(
        f"corpus.path={tmp_path / 'text'}",
        *("vocab.min_count=1", "subsample.threshold=0", "windows.window=1", "negatives.k=2", "negatives.exponent=1"),
    )
    corpus = jaxw2v.read_corpus(config)
    return config, corpus.ids_N, corpus.vocabulary.count_V


def test_pairs_and_the_best_probability(read):
    found = own_contexts.expected(*read)  # a: a-a both ways, a-b in each line; b: a, a, c; c: b
    assert found.pairs_V.tolist() == [4, 3, 1]
    assert found.own_V.tolist() == [2, 0, 0]
    assert found.best_V[0] == pytest.approx(2 / (2 + 2 * 4 * 3 / 6))  # three of six tokens are a
    assert found.best_V[1:].tolist() == [0, 0]
    assert own_contexts.by_chance(found.pairs_V) == pytest.approx((16 + 9 + 1) / 64)
    off = own_contexts.mean_error(found.best_V + np.array([0.1, -0.2, 0.4]), found)
    assert off == pytest.approx((4 * 0.1 + 3 * 0.2 + 1 * 0.4) / 8)
