"""Tables in bfloat16 are rounded float32 tables, and a step touches only their rows."""

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from jaxw2v.training import rows, storage

V, D = 11, 3
ROWS = np.array([4, 2, 4, V, 0, 4], np.int32)


def rounded(array):
    return array.astype(ml_dtypes.bfloat16).astype(np.float32)


def test_bfloat16_is_rounded_to_nearest():
    array = np.random.default_rng(1).normal(size=(V, D)).astype(np.float32)
    table = storage.stored(jnp.asarray(array), "bfloat16")
    assert table.nbytes * 2 == array.nbytes
    np.testing.assert_array_equal(storage.values(table), rounded(array))
    np.testing.assert_array_equal(storage.values_on_host(np.asarray(table)), rounded(array))
    assert storage.values_on_host(array) is array
    np.testing.assert_array_equal(storage.rows(table, jnp.array([3, 0])), rounded(array)[[3, 0]])


def test_mentions_are_summed_before_they_are_rounded():
    random = np.random.default_rng(2)
    array, update = random.normal(size=(V, D)).astype(np.float32), random.normal(size=(6, D)).astype(np.float32)
    found = storage.add(storage.stored(jnp.asarray(array), "bfloat16"), jnp.asarray(ROWS), jnp.asarray(update))
    wanted = rounded(array)
    sums = np.zeros((V + 1, D), np.float32)
    np.add.at(sums, ROWS, update)
    np.testing.assert_array_equal(storage.values(found), rounded(wanted + sums[:V]))


def test_optimizers_work_on_bfloat16_as_on_float32():
    random = np.random.default_rng(3)
    array, grad = random.normal(size=(V, D)).astype(np.float32), random.normal(size=(6, D)).astype(np.float32)
    for optimizer in (rows.sgd(), rows.rowwise_adagrad(0.1), rows.damped_sgd(1.0)):
        full, half = jnp.asarray(rounded(array)), storage.stored(jnp.asarray(array), "bfloat16")
        wanted, sums = optimizer.update(full, optimizer.init(full), jnp.asarray(ROWS), jnp.asarray(grad), 0.1)
        found, sums_of_half = optimizer.update(half, optimizer.init(half), jnp.asarray(ROWS), jnp.asarray(grad), 0.1)
        np.testing.assert_allclose(storage.values(found), wanted, rtol=2**-8, atol=1e-6)
        jax.tree.map(np.testing.assert_array_equal, sums, sums_of_half)


@pytest.mark.parametrize("m", [1, 6, 128, 300])
def test_sums_in_order_are_the_sums(m):
    """Runs within a tile, over tiles, and a row that all mention; what is dropped may be infinite."""
    random = np.random.default_rng(m)
    for ids in (random.integers(0, V + 1, m), np.full(m, 3), np.repeat([2, V, 5], -(-m // 3))[:m]):
        grad = random.normal(size=(m, D)).astype(np.float32)
        grad[ids == V] = np.inf
        unique_M, sum_MD = storage.sum_mentions(jnp.asarray(ids, jnp.int32), jnp.asarray(grad), V, in_order=True)
        assert len(set(unique_M.tolist())) == m  # so that no two additions meet
        wanted, found = np.zeros((V, D)), np.zeros((V, D))
        np.add.at(wanted, ids[ids < V], grad[ids < V].astype(np.float64))
        real = np.asarray(unique_M) < V
        found[np.asarray(unique_M)[real]] = np.asarray(sum_MD)[real]
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=2e-5)


def test_a_table_is_the_same_by_sums_in_order():
    random = np.random.default_rng(4)
    array, update = random.normal(size=(V, D)).astype(np.float32), random.normal(size=(6, D)).astype(np.float32)
    for table, change in ((array, update), (array[:, 0], update[:, 0])):  # of one number a row, too
        both = [storage.add(jnp.asarray(table), jnp.asarray(ROWS), jnp.asarray(change), way) for way in (False, True)]
        np.testing.assert_allclose(*both, rtol=1e-5, atol=1e-6)
    halves = [
        storage.add(storage.stored(jnp.asarray(array), "bfloat16"), jnp.asarray(ROWS), jnp.asarray(update), way)
        for way in (False, True)
    ]
    np.testing.assert_allclose(*(storage.values(half) for half in halves), rtol=2**-7, atol=1e-6)


def test_no_step_converts_a_whole_table():
    def steps(table, ids, grad):
        def step(_, carry):
            return rows.damped_sgd(1.0).update(*carry, ids, grad, 0.1)

        return jax.lax.fori_loop(0, 9, step, (table, jnp.zeros(97)))

    table = storage.stored(jnp.zeros((97, 7)), "bfloat16")
    text = jax.jit(steps, donate_argnums=0).lower(table, jnp.asarray(ROWS), jnp.ones((6, 7))).compile().as_text()
    assert "u16[97,7]" in text
    assert "f32[97,7]" not in text
    assert "bf16[97,7]" not in text
