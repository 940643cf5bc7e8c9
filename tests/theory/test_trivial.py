"""The trivial solution by its formulas."""

import math

import pytest

from jaxw2v.theory import trivial


@pytest.mark.parametrize(("kind", "bits"), [("float32", 24), ("float64", 53)])
def test_a_sigmoid_is_one_where_its_exponential_is_rounded_away(kind, bits):
    assert trivial.certain_from(kind) == pytest.approx(bits * math.log(2), abs=0.01)


def test_the_loss_of_equal_vectors():
    assert trivial.loss(3.0, k=0) == pytest.approx(math.log1p(math.exp(-3)))
    assert trivial.loss(3.0, k=2, words=7) == pytest.approx(math.log1p(math.exp(-3)) + 2 * math.log1p(math.exp(3)))
