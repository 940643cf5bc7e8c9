"""Pairs that training draws, counted in two ways."""

import jax
import numpy as np
import pytest

from jaxw2v.theory import counts, drawn_pairs
from jaxw2v.training.negatives import build_alias_table, noise_probabilities

IDS = np.array([0, 1, 2, -1, 3, 3, 0, 1, -1], np.int32)


def test_fixed_windows_over_a_whole_text(key):
    found = {tuple(pair) for pair in drawn_pairs.paired_places(key, IDS, np.ones(4), 2, False).tolist()}
    sentence = np.cumsum(IDS < 0)
    expected = {
        (i, j)
        for i in range(len(IDS))
        for j in range(len(IDS))
        if i != j and abs(i - j) <= 2 and sentence[i] == sentence[j] and min(IDS[i], IDS[j]) >= 0
    }
    assert found == expected


def test_a_removed_word_is_in_no_pair_and_windows_reach_over_it(key):
    places = drawn_pairs.paired_places(key, IDS, np.array([1.0, 0.0, 1.0, 1.0]), 1, False)
    assert sorted(map(tuple, places.tolist())) == [(0, 2), (2, 0), (4, 5), (5, 4), (5, 6), (6, 5)]


def test_pairs_are_as_many_as_expected(key):
    ids = np.append(np.random.default_rng(0).choice(4, 20_000, p=[0.6, 0.2, 0.1, 0.1]), -1).astype(np.int32)
    keep_V = np.array([0.3, 0.7, 1.0, 1.0])
    places = drawn_pairs.paired_places(key, ids, keep_V, 3, True)
    found_VV = np.zeros((4, 4))
    np.add.at(found_VV, tuple(ids[places].T), 1)
    expected_VV = counts.count(ids, keep_V, 3, True).count_VV.toarray()
    np.testing.assert_allclose(found_VV, expected_VV, rtol=0.08)
    assert found_VV.sum() == pytest.approx(expected_VV.sum(), rel=0.01)


def test_every_pair_of_d_has_k_in_d_prime(key):
    noise = build_alias_table(noise_probabilities(np.array([4, 3, 2, 1]), 0.75))
    drawn = drawn_pairs.count_pairs(key, IDS, noise, 2, False, 3)
    expected_VV = counts.count(IDS, np.ones(4), 2, False).count_VV.toarray()
    np.testing.assert_array_equal(drawn.positive_VV, expected_VV)
    np.testing.assert_array_equal(drawn.negative_VV.sum(axis=1), 3 * expected_VV.sum(axis=1))


def test_noise_words_have_their_probabilities():
    probability_V = np.array([0.7, 0.2, 0.1, 0.0])
    ids = np.tile(np.array([0, 1, 2, 3, -1], np.int32), 2000)
    drawn = drawn_pairs.count_pairs(jax.random.key(1), ids, build_alias_table(probability_V), 2, True, 2)
    n = drawn.negative_VV.sum()
    error_V = np.sqrt(n * probability_V * (1 - probability_V))
    assert (np.abs(drawn.negative_VV.sum(axis=0) - n * probability_V) <= 4 * error_V).all()


def test_kept_tokens_are_off_by_about_a_standard_error(key):
    count_V, keep_V = np.array([4000, 3000, 50]), np.array([0.25, 0.5, 1.0], np.float32)
    ids = np.random.default_rng(1).permutation(np.repeat(np.arange(3), count_V)).astype(np.int32)
    found = drawn_pairs.kept(key, ids, count_V, keep_V)
    assert found.count_V[2] == 50
    errors = np.sqrt([4000 * 0.25 * 0.75, 3000 * 0.5 * 0.5])
    np.testing.assert_allclose(found.off_S, (found.count_V[:2] - [1000, 1500]) / errors)
    assert np.abs(found.off_S).max() < 5


def test_pairs_with_a_place_and_their_distances(key):
    places = drawn_pairs.paired_places(key, IDS, np.ones(4), 2, False)
    assert drawn_pairs.with_place(places, 4) == (2, 2)  # the first of its sentence: two to the right
    found = drawn_pairs.distances(key, IDS, np.ones(4), 2, False)
    assert found.tolist() == [abs(i - j) for i, j in places.tolist()]


def test_reach_is_the_share_of_pairs_that_a_dynamic_window_has():
    fixed, dynamic = np.repeat([1, 2], [100, 80]), np.repeat([1, 2], [100, 30])
    found = drawn_pairs.reach(dynamic, fixed, 2)
    assert found.share_O.tolist() == [1, 30 / 80]
    assert found.expected_O.tolist() == [1, 0.5]
    np.testing.assert_allclose(found.error_O, [0, np.sqrt(2 * 0.25 / 80)])
