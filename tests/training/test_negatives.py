import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.training.blocks import TokenWindow, WindowSpec, draw_pairs
from jaxw2v.training.negatives import (
    build_alias_table,
    draw,
    noise_probabilities,
    probabilities,
    slots_and_coins,
)


@pytest.mark.parametrize("exponent", [0.75, 1, 0, -0.5, -1, 40, -40])
def test_noise_is_count_to_the_exponent(exponent):
    count_V = np.array([1000, 300, 20, 5, 5])
    logs = exponent * np.log(count_V)
    found = noise_probabilities(count_V, exponent)
    assert found.sum() == pytest.approx(1)
    np.testing.assert_allclose(np.log(found[1:]) - np.log(found[:-1]), np.diff(logs), rtol=1e-9, atol=1e-9)


def test_exponent_does_not_overflow():
    found = noise_probabilities(np.array([10**9, 5]), 100)
    assert np.isfinite(found).all()
    assert found[0] == pytest.approx(1)


@pytest.mark.parametrize("v", [1, 2, 7, 1000])
def test_alias_table_round_trip(v):
    weight_V = np.random.default_rng(v).pareto(0.8, v) + 1e-9
    table = build_alias_table(weight_V)
    assert table.keep_V.dtype == np.float32
    assert ((table.keep_V >= 0) & (table.keep_V <= 1)).all()
    assert ((table.alias_V >= 0) & (table.alias_V < v)).all()
    # each slot rounds its keep to float32: an error of 2^-25 a slot
    np.testing.assert_allclose(probabilities(table), weight_V / weight_V.sum(), rtol=0, atol=v * 2**-24 / v)


@pytest.mark.parametrize("v", [1, 7, 2**16 - 1, 2**16, 633_001, 2**31 - 1])
def test_slots_and_coins_are_digits_of_a_product(v):
    """Against Python's integers, which have no end; among the numbers are those that carry."""
    x_N = np.random.default_rng(v).integers(0, 2**64, 500, dtype=np.uint64)
    x_N[:4] = 0, 1, 2**64 - 1, 2**32 - 1
    halves = np.stack([x_N >> np.uint64(32), x_N & np.uint64(2**32 - 1)]).astype(np.uint32)
    slot, coin = slots_and_coins(jnp.asarray(halves), v)
    product = [int(x) * v for x in x_N]
    np.testing.assert_array_equal(slot, [each >> 64 for each in product])
    np.testing.assert_array_equal(coin, [(each >> 40) % 2**24 / 2**24 for each in product])


def test_no_slot_is_preferred(key):
    """Of so many slots the remainder of 32 bits would give the first two thirds three quarters of all draws."""
    v, n = 3 * 2**29, 40_000
    slot, coin = slots_and_coins(jax.random.bits(key, (2, n)), v)
    assert float((slot < 2**30).mean()) == pytest.approx(2 / 3, abs=4 * np.sqrt(2 / 9 / n))
    assert float(coin.mean()) == pytest.approx(1 / 2, abs=4 * np.sqrt(1 / 12 / n))


def test_words_of_probability_zero_are_never_drawn(key):
    table = build_alias_table(np.array([0.0, 1.0, 0.0, 3.0]))
    drawn = np.asarray(draw(key, jax.tree.map(jnp.asarray, table), (50_000,)))
    assert set(drawn.tolist()) == {1, 3}


def test_draws_have_the_distribution(key):
    p_V = noise_probabilities(np.array([5000, 800, 90, 9, 5, 5, 300]), 0.75)
    n = 200_000
    drawn = draw(key, jax.tree.map(jnp.asarray, build_alias_table(p_V)), (n,))
    counts = np.bincount(drawn, minlength=len(p_V))
    assert (np.abs(counts - n * p_V) < 4 * np.sqrt(n * p_V * (1 - p_V))).all()


def test_joint_distribution_of_d_prime(key):
    """(w, c) of D' comes from p(w) p(c)^(3/4) / Z, w as often as it is a center, k times for each pair of D."""
    count_V, k, window = np.array([60, 30, 10]), 3, 1
    p_V = noise_probabilities(count_V, 0.75)
    noise = jax.tree.map(jnp.asarray, build_alias_table(p_V))
    t = 30_000
    ids_W = jnp.asarray(np.random.default_rng(0).choice(3, t + 2, p=count_V / 100), jnp.int32)
    token_window, windows = TokenWindow(ids_W, jnp.zeros(t + 2, jnp.int32)), WindowSpec(window, window, True)
    block = draw_pairs(key, token_window, noise, windows, k)
    joint = np.zeros((3, 3))
    weight = np.asarray(block.negative_BCE[:, 0])
    assert weight.sum() == k * np.asarray(block.positive_BCE).sum() == k * 2 * t
    center = np.broadcast_to(np.asarray(block.inputs), weight.shape)
    np.add.at(joint, (center, np.asarray(block.outputs)), weight)
    n = joint.sum()
    p_word = np.bincount(np.asarray(block.inputs).ravel(), minlength=3) / t  # of this very text
    expected = np.outer(p_word, p_V)
    assert (np.abs(joint - n * expected) < 4 * np.sqrt(n * expected * (1 - expected))).all()
