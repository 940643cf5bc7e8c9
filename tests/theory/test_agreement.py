"""Agreement against numpy on pairs written out, and against a loop."""

import math

import numpy as np
import pytest

from jaxw2v.theory import agreement, objective
from jaxw2v.training.negatives import noise_probabilities


@pytest.fixture(scope="module")
def case():
    rng = np.random.default_rng(3)
    count_VV = rng.integers(0, 4, (11, 11)).astype(float)
    noise_V = noise_probabilities(rng.integers(1, 50, 11), 0.75)
    optimum_VV = objective.optimum(count_VV, objective.negative_counts(count_VV, noise_V, 3))
    return np.where(count_VV > 0, optimum_VV, 0) + rng.normal(size=(11, 11)), optimum_VV, count_VV


def test_against_pairs_written_out_as_often_as_they_count(case):
    x_VV, optimum_VV, count_VV = case
    found = agreement.agreement(*case)
    pairs = [(w, c) for w in range(11) for c in range(11) if count_VV[w, c] > 0]
    assert found.pairs == len(pairs) < 121
    x, best = ([array[pair] for pair in pairs] for array in (x_VV, optimum_VV))
    assert found.correlation == pytest.approx(np.corrcoef(x, best)[0, 1])
    often = [pair for pair in pairs for _ in range(int(count_VV[pair]))]
    written = [[array[pair] for pair in often] for array in (x_VV, optimum_VV)]
    assert found.weighted == pytest.approx(np.corrcoef(*written)[0, 1])
    assert found.weighted != pytest.approx(found.correlation, abs=1e-3)
    assert found.bias == pytest.approx(sum(a - b for a, b in zip(x, best)) / len(pairs))
    assert found.error == pytest.approx(math.sqrt(sum((a - b) ** 2 for a, b in zip(x, best)) / len(pairs)))


def test_classes_of_counts_hold_every_pair_once(case):
    x_VV, optimum_VV, count_VV = case
    classes = agreement.by_count(*case, [0, 1, 2, 2.5, np.inf])
    assert [(each.low, each.high) for each in classes] == [(0, 1), (1, 2), (2.5, np.inf)]
    assert [each.pairs for each in classes] == [(count_VV == n).sum() for n in (1, 2, 3)]
    whole = agreement.agreement(*case)
    assert sum(each.pairs * each.error**2 for each in classes) == pytest.approx(whole.pairs * whole.error**2)
    assert classes[1].error == pytest.approx(np.sqrt(np.square(x_VV - optimum_VV)[count_VV == 2].mean()))


def test_the_optimum_agrees_with_itself_and_constants_with_nothing(case):
    _, optimum_VV, count_VV = case
    same = agreement.agreement(optimum_VV, optimum_VV, count_VV)
    assert (same.correlation, same.weighted, same.bias, same.error) == (pytest.approx(1), pytest.approx(1), 0, 0)
    moved = agreement.agreement(2 * optimum_VV + 1, optimum_VV, count_VV)
    assert moved.correlation == pytest.approx(1)
    assert moved.error > 0.5
    assert math.isnan(agreement.agreement(np.zeros((11, 11)), optimum_VV, count_VV).correlation)
    with pytest.raises(ValueError, match="no pair"):
        agreement.agreement(optimum_VV, optimum_VV, count_VV, 50)


def test_the_parts_of_two_trainings_are_what_they_have_in_common_and_what_they_have_not(case):
    x_VV, optimum_VV, count_VV = case
    rng = np.random.default_rng(5)
    # far more pairs, so that what chance does is known to a few in a thousand
    big = [np.kron(array, np.ones((60, 60))) for array in (optimum_VV, count_VV)]
    one, other = (np.where(big[1] > 0, big[0], 0) + 0.7 + rng.normal(0, 0.4, big[0].shape) for _ in range(2))
    found = agreement.parts(one, other, *big)
    assert found.common == pytest.approx(0.7, abs=0.01)
    assert found.own == pytest.approx(0.4, abs=0.01)
    errors = [agreement.agreement(each, *big, 2).error for each in (one, other)]
    above = agreement.parts(one, other, *big, 2)
    assert above.common**2 + above.own**2 == pytest.approx(np.square(errors).mean())
    assert above != found
    assert agreement.parts(x_VV, x_VV, optimum_VV, count_VV) == (
        pytest.approx(agreement.agreement(*case).error),
        0,
    )
    mirrored = np.where(count_VV > 0, 2 * optimum_VV - x_VV, 0)
    assert agreement.parts(x_VV, mirrored, optimum_VV, count_VV).common == 0


def test_a_weighted_error_is_that_of_a_loop(case):
    x_VV, optimum_VV, count_VV = case
    weight_VV = count_VV**2
    places = np.argwhere(count_VV > 0).tolist()
    total = sum(weight_VV[i, j] * (x_VV[i, j] - optimum_VV[i, j]) ** 2 for i, j in places)
    expected = math.sqrt(total / sum(weight_VV[i, j] for i, j in places))
    assert agreement.error(*case, weight_VV) == pytest.approx(expected)
    assert agreement.error(*case, np.ones_like(count_VV)) == pytest.approx(agreement.agreement(*case).error)
