"""Replicas: each trains as it would alone, and their changes are merged as Adasum says."""

import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec

from jaxw2v.training import mesh, population, replicas, storage
from tests.configs import hyperparameters_of, population_of, settings, trainer_of

V, D, N = 53, 5, 300
COUNTS = np.arange(V, 0, -1) * 7


def config(dtype="float32", learning_rate=0.3):
    return settings(
        model__dim=D, model__dtype=dtype, windows__window=2, negatives__k=3, negatives__span=4,
        negatives__shared_samples=6, subsample__threshold=0.05, train__step_tokens=8, train__chunk_tokens=32,
        optimizer__learning_rate=learning_rate, optimizer__final_fraction=0.0, optimizer__initial_accumulator=1.0,
    )  # fmt: skip


@functools.cache
def one_alone(dtype):
    parts = trainer_of(config(dtype))
    return parts, jax.jit(parts.train_segment)


@functools.cache
def one_on_devices(make, dtype, count):
    """A trainer, and what keeps and trains its state on so many devices, each compiled once for all tests."""
    parts = make(config(dtype))
    made = replicas.make_replicas(parts.train_segment, mesh.make_mesh(jax.devices(), replicas=count))
    return parts, jax.jit(made.keep), jax.jit(made.train_segment, donate_argnums=1)


def adasum(one, other):
    """Maleki et al. 2020, equation 1, row by row, in float64."""
    merged = np.zeros_like(one, dtype=np.float64)
    for row, (a, b) in enumerate(zip(one.astype(np.float64), other.astype(np.float64))):
        for change in (a, b):
            square = change @ change
            merged[row] += change * (1 - (a @ b) / (2 * square) if square else 1)
    return merged


def test_changes_are_merged_by_adasum():
    random = np.random.default_rng(5)
    one, other = random.normal(size=(2, 40, D)).astype(np.float32)
    one[3] = other[3]  # both moved alike: the mean
    one[4], other[5] = 0, 0  # one replica alone met the word: its change
    one[6] = other[6] = 0
    found = np.asarray(replicas.adasum(jnp.asarray(one), jnp.asarray(other)))
    np.testing.assert_allclose(found, adasum(one, other), rtol=2e-5, atol=1e-6)
    np.testing.assert_allclose(found[3], one[3], rtol=1e-6)
    np.testing.assert_array_equal(found[4], other[4])
    np.testing.assert_array_equal(found[5], one[5])
    np.testing.assert_array_equal(found[6], 0)


def test_changes_at_right_angles_are_added():
    one, other = np.zeros((2, 1, D), np.float32)
    one[0, 0], other[0, 1] = 3, 4
    np.testing.assert_array_equal(replicas.adasum(one, other), one + other)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_change_near_zero_does_what_zero_does(sign):
    """The small change along the other one, where the equation without a floor would give half of it, or 1.5 times."""
    other = np.random.default_rng(7).normal(size=(1, D)).astype(np.float32)
    at = {
        size: np.asarray(replicas.adasum(sign * np.float32(size) * other, other)) for size in (0, 1e-6, 1e-4, 0.01, 1)
    }
    length = np.linalg.norm(other)
    for size in (1e-6, 1e-4):
        assert np.linalg.norm(at[size] - at[0]) < 3 * size * length
    np.testing.assert_array_equal(at[0], other)
    for size in (0.01, 1):  # from a hundredth on it is the equation
        np.testing.assert_allclose(at[size], adasum(sign * np.float32(size) * other, other), rtol=1e-4, atol=1e-6)


def pieces(count):
    ids = np.random.default_rng(3).zipf(1.3, (count, N)) % V
    ids[:, [11, 40, 41, 190]] = -1
    return ids.astype(np.int32)


def test_one_replica_is_the_run_itself():
    """What is trained gets its arguments without the axis of replicas, and what it says gets one."""
    made = replicas.make_replicas(lambda *arguments: (arguments, np.arange(3)), mesh.make_mesh(jax.devices()))
    assert made.keep("state") == ()
    found, info = made.train_segment(np.array([[7, 8]]), "state", (), "run", np.array([[4, 5, 6]]), 0.25, 0.5)
    assert found[0].tolist() == [7, 8]
    assert found[3].tolist() == [4, 5, 6]
    assert (found[1], found[2], *found[4:]) == ("state", "run", 0.25, 0.5)
    np.testing.assert_array_equal(info, [[0, 1, 2]])


def on_devices(key_R, state, run, raw_RN, dtype="float32", make=trainer_of):
    """A segment on as many devices as there are pieces of text."""
    on = mesh.make_mesh(jax.devices(), replicas=len(raw_RN))
    _, keep, train = one_on_devices(make, dtype, len(raw_RN))
    state, *alike = jax.device_put((state, run, jnp.float32(0), jnp.float32(1)), mesh.lying(on, PartitionSpec()))
    key_R, raw_RN = jax.device_put((key_R, raw_RN), mesh.lying(on, PartitionSpec(mesh.REPLICAS)))
    arguments = key_R, state, keep(state), alike[0], raw_RN, *alike[1:]
    compiled = train.lower(*arguments).compile()
    assert not re.findall(rf"\[(\d,)?{V},{D}\]\S* copy\(", compiled.as_text()), "a table is copied"
    return compiled(*arguments)


def floats(table):
    return np.asarray(storage.values(jnp.asarray(np.asarray(table))))


@pytest.mark.parametrize(("count", "dtype"), [(2, "float32"), (4, "float32"), (2, "bfloat16")])
def test_several_replicas_are_runs_alone_merged(count, dtype, key):
    parts, train = one_alone(dtype)
    run, raw_RN = hyperparameters_of(config(), COUNTS), pieces(count)
    keys, clock = jax.random.split(key, count), (jnp.float32(0), jnp.float32(1))
    start = jax.tree.map(np.array, parts.init(key, V))
    alone = [train(keys[r], start, run, jnp.asarray(raw_RN[r]), *clock)[0] for r in range(count)]

    together, info = on_devices(keys, start, run, raw_RN, dtype)
    assert info.steps.shape == (count,)

    for before, found, *each in zip(start.model, together.model, *(state.model for state in alone)):
        changes = [floats(table) - floats(before) for table in each]
        distance = 1
        while distance < count:
            changes = [adasum(changes[r], changes[r ^ distance]) for r in range(count)]
            distance *= 2
        wanted = floats(before) + changes[0]
        assert np.abs(changes[0]).max() > 0.01
        np.testing.assert_allclose(floats(found), wanted, rtol=2**-8 if dtype == "bfloat16" else 1e-4, atol=1e-5)
    for before, found, *each in zip(start[1:], together[1:], *(state[1:] for state in alone)):
        np.testing.assert_allclose(found, before + sum(after - before for after in each), rtol=1e-5)
    for leaf in jax.tree.leaves(together):  # bit for bit: a checkpoint keeps the first only
        shards = [np.asarray(shard.data).tobytes() for shard in leaf.addressable_shards]
        assert len(shards) == count
        assert len(set(shards)) == 1


def test_a_population_may_have_replicas(key):
    """Two of two runs: each is the run with two replicas."""
    one, _ = one_alone("float32")
    many, *_ = one_on_devices(population_of, "float32", 2)
    runs = [hyperparameters_of(config(learning_rate=learning_rate), COUNTS) for learning_rate in (0.1, 0.3)]
    keys, raw_RN = jax.random.split(key, (2, 2)), pieces(2)
    of_both = keys, many.init(keys[0], V), population.stack(runs), raw_RN
    found, _ = on_devices(*of_both, make=population_of)
    for r, run in enumerate(runs):
        expected, _ = on_devices(keys[:, r], one.init(keys[0, r], V), run, raw_RN)
        np.testing.assert_allclose(found.model.input_VD[r], expected.model.input_VD, rtol=1e-4, atol=1e-6)
