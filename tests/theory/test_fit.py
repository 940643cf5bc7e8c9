import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.theory import fit, objective

V, D = 9, 3


@pytest.fixture
def counted():
    rng = np.random.default_rng(3)
    positive_VV = rng.integers(1, 30, (V, V)).astype(float)
    return positive_VV, objective.negative_counts(positive_VV, np.full(V, 1 / V), 2)


@pytest.fixture
def tables():
    rng = np.random.default_rng(4)
    return rng.normal(size=(V, D)), rng.normal(size=(V, D))


def test_value_and_gradients_are_those_of_the_exact_objective(counted, tables):
    value, *gradients = fit.value_and_gradients(*tables, *counted)
    arrays = [jnp.asarray(array, jnp.float32) for array in (*tables, *counted)]
    assert value == pytest.approx(float(objective.product_loss(*arrays)), rel=1e-5)
    for found, expected in zip(gradients, jax.grad(objective.product_loss, (0, 1))(*arrays)):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("fixed", ["none", "input", "output"])
def test_a_minimum_is_flat_and_what_is_fixed_stays(counted, tables, fixed):
    found = fit.fit(*tables, *counted, fixed=fixed)
    assert found.slope < 1e-6
    assert found.loss < fit.value_and_gradients(*tables, *counted)[0]
    assert found.loss == pytest.approx(fit.value_and_gradients(found.input_VD, found.output_VD, *counted)[0])
    for name, before, after in zip(("input", "output"), tables, (found.input_VD, found.output_VD)):
        assert (before == after).all() == (name == fixed)


def test_with_as_many_dimensions_as_words_it_is_the_optimum(counted):
    rng = np.random.default_rng(5)
    found = fit.fit(*rng.normal(size=(2, V, V)), *counted)
    np.testing.assert_allclose(found.input_VD @ found.output_VD.T, objective.optimum(*counted), atol=1e-3)
