import numpy as np
import pytest

from jaxw2v.theory import unigram_table
from jaxw2v.training.negatives import noise_probabilities


def as_the_c_program_fills_it(p, size):
    """InitUnigramTable, line by line."""
    table, i, reach = [], 0, p[0]
    for a in range(size):
        table.append(i)
        if a / size > reach:
            i += 1
            reach += p[i] if i < len(p) else 0
        if i >= len(p):
            i = len(p) - 1
    return np.bincount(table, minlength=len(p))


@pytest.mark.parametrize("size", [5, 40, 1000, 12_345])
@pytest.mark.parametrize("v", [1, 2, 11, 60])
def test_slots_are_those_of_the_c_program(v, size):
    p = noise_probabilities(np.random.default_rng(v).zipf(1.5, v), 0.75)
    np.testing.assert_array_equal(unigram_table.slots(p, size), as_the_c_program_fills_it(p, size))


def test_draws_are_by_slots():
    slots = np.array([70, 0, 20, 10])
    drawn = unigram_table.draw(np.random.default_rng(0), slots, 100_000)
    found = np.bincount(drawn, minlength=4)
    assert found[1] == 0
    assert (np.abs(found - 1000 * slots) < 4 * np.sqrt(1000 * slots + 1)).all()
