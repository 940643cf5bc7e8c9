"""Shared contexts against a double loop."""

import numpy as np
import pytest
import scipy.sparse

from jaxw2v.theory import shared_contexts

COUNT_VV = np.array([[4, 4, 0, 0, 0], [2, 1, 1, 0, 0], [0, 0, 1, 3, 0], [8, 8, 0, 0, 0], [1, 1, 1, 1, 1]], float)


def test_the_overlap_of_contexts_is_that_of_a_loop():
    found_RR = shared_contexts.overlap(scipy.sparse.csr_array(COUNT_VV), 0, 4)
    assert found_RR.shape == (4, 4)
    for a in range(4):
        for b in range(4):
            one, other = COUNT_VV[a] / COUNT_VV[a].sum(), COUNT_VV[b] / COUNT_VV[b].sum()
            assert found_RR[a, b] == pytest.approx(sum(min(x, y) for x, y in zip(one, other)))
    assert found_RR[0, 3] == 1  # the same contexts, twice as often
    assert found_RR[0, 2] == 0


def test_own_contexts_are_those_beyond_the_whole_text():
    found_RR = shared_contexts.overlap(scipy.sparse.csr_array(COUNT_VV), 0, 3, own=True)
    whole = COUNT_VV.sum(axis=0) / COUNT_VV.sum()
    more = [[max(n / sum(row) - p, 0) for n, p in zip(row, whole)] for row in COUNT_VV]
    for a in range(3):
        for b in range(3):
            expected = sum(min(x / sum(more[a]), y / sum(more[b])) for x, y in zip(more[a], more[b]))
            assert found_RR[a, b] == pytest.approx(expected)


def test_each_pair_of_different_words_counts_once():
    vectors_RD = np.array([[1, 0], [0, 2], [3, 3]], np.float32)
    overlap_P, cosine_P = shared_contexts.pairs(np.arange(9.0).reshape(3, 3), vectors_RD)
    assert overlap_P.tolist() == [1, 2, 5]
    np.testing.assert_allclose(cosine_P, [0, 0.5**0.5, 0.5**0.5], atol=1e-6)


def test_groups_have_as_many_pairs_from_the_least_overlap_on():
    overlap_P = np.array([0.9, 0.1, 0.5, 0.2, 0.8, 0.6])
    quartiles, middle = shared_contexts.by_overlap(overlap_P, 10 * overlap_P, bins=2)
    np.testing.assert_allclose(middle, [0.8 / 3, 2.3 / 3])
    np.testing.assert_allclose(quartiles, [[1.5, 2, 3.5], [7, 8, 8.5]])
