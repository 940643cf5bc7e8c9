"""Chords and minima of a small objective."""

import numpy as np
import pytest

from jaxw2v.theory import convexity, fit, objective

V, D = 7, 2


@pytest.fixture
def pairs():
    positive_VV = np.random.default_rng(3).integers(1, 30, (V, V)).astype(float)
    return convexity.PairCounts(positive_VV, objective.negative_counts(positive_VV, np.full(V, 1 / V), 2))


def test_a_line_between_two_points_has_the_losses_of_its_points(pairs):
    one, other = np.random.default_rng(4).normal(size=(2, 2, V, D))
    found = convexity.between(tuple(one), tuple(other), pairs, points=3)
    expected = [fit.value_and_gradients(*each, *pairs)[0] for each in (one, (one + other) / 2, other)]
    np.testing.assert_allclose(found, expected)


def test_how_far_a_line_rises_above_its_chord():
    assert convexity.above_chord(np.array([1.0, 0.5, 1.0])) == 0
    assert convexity.above_chord(np.array([1.0, 4.0, 3.0])) == pytest.approx(2)


def test_with_contexts_held_all_starts_end_at_one_minimum(pairs):
    starts, given = np.random.default_rng(5).normal(size=(2, V, D)), np.random.default_rng(6).normal(size=(V, D))
    held = convexity.ends([(start, given) for start in starts], pairs, fixed="output")
    assert convexity.apart(held) < 1e-4
    assert all((end.output_VD == given).all() for end in held)
    free = convexity.ends([(start, given) for start in starts], pairs)
    assert convexity.apart(free) > 1e-2
