"""Sums along rows against float64 sums, and what XLA makes of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.training import loss
from jaxw2v.training.row_sums import block_width, row_sums, stacked_row_sums


def rows(dim, shape=(6, 11)):
    return jax.random.normal(jax.random.key(dim), (*shape, dim))


@pytest.mark.parametrize("dim", [1, 17, 100, 113, 300])
def test_equal_float64_sums(dim):
    x = rows(dim)
    exact = np.asarray(x, np.float64).sum(-1)
    bound = 2**-23 * np.abs(np.asarray(x, np.float64)).sum(-1).max() * 4
    np.testing.assert_allclose(jax.jit(stacked_row_sums)([x, 2 * x]), [exact, 2 * exact], rtol=0, atol=2 * bound)


def test_every_number_counts_once():
    np.testing.assert_array_equal(jax.jit(row_sums)(jnp.eye(100)), np.ones(100))


def test_gradient_is_ones_and_mapped():
    grad = jax.vmap(jax.grad(lambda x: (row_sums(x) * jnp.arange(3.0)).sum()))(rows(37, (4, 3)))
    np.testing.assert_array_equal(grad, np.broadcast_to(np.arange(3.0)[None, :, None], (4, 3, 37)))


@pytest.mark.parametrize("dim", [1, 16, 100, 112, 113, 225, 300, 512, 1000])
def test_blocks_are_few_and_whole_registers(dim):
    width = block_width(dim)
    assert width % 8 == 0
    assert -(-dim // width) <= 14


def test_a_row_that_is_not_finite_stays_apart():
    x = rows(100).at[2, 3, 40].set(jnp.inf).at[4, 5, 99].set(jnp.nan)
    finite = np.isfinite(jax.jit(row_sums)(x))
    assert not finite[2, 3]
    assert not finite[4, 5]
    assert finite.sum() == finite.size - 2


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="of XLA's CPU backend")
def test_no_sum_of_single_numbers_on_cpus():
    center_TD, token_WD = rows(100, (64,)), rows(100, (74,))
    for f, arguments in (
        (row_sums, (center_TD,)),
        (loss.neighbor_products, (center_TD, token_WD)),
        (jax.grad(lambda x: jnp.square(row_sums(x)).sum()), (center_TD,)),
    ):
        text = jax.jit(f).lower(*arguments).compile().as_text()
        long = [line for line in text.splitlines() if " reduce(" in line and "100]" in line]
        assert not long
        assert " dot(" in text


@pytest.mark.parametrize("platform", ["cuda", "tpu"])
def test_plain_sums_elsewhere(platform):
    text = jax.export.export(jax.jit(row_sums), platforms=[platform])(rows(100)).mlir_module()
    assert "stablehlo.reduce" in text
    assert "dot_general" not in text
