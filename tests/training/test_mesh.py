"""Devices that share a step, the columns of the tables or a population leave what one device leaves."""

import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec

from jaxw2v.settings.mesh import MeshSettings
from jaxw2v.training import mesh, population, replicas, storage
from tests.configs import hyperparameters_of, population_of, settings, trainer_of

V, D, N = 53, 12, 300
COUNTS = np.arange(V, 0, -1) * 7
ONE = {"data": 1, "column": 1, "runs": 1}
SMALL = {
    "model__dim": D, "windows__window": 5, "negatives__k": 3, "negatives__span": 4, "negatives__shared_samples": 6,
    "subsample__threshold": 0.05, "train__chunk_tokens": 64, "optimizer__learning_rate": 0.3,
    "optimizer__final_fraction": 0.0, "optimizer__initial_accumulator": 1.0, "optimizer__max_row_move": 0.05,
}  # fmt: skip


@pytest.fixture(autouse=True)
def weak_promotion():
    """As outside of the tests: optax mixes types."""
    with jax.numpy_dtype_promotion("standard"):
        yield


def config(tokens, axes=(), **changes):
    mesh_settings = MeshSettings(**ONE | dict(axes))
    return settings(**SMALL | {"train__step_tokens": tokens, "train__mesh": mesh_settings} | changes)


@functools.cache
def program(tokens, axes, make, changes, copies=1):
    """The trainer, its mesh, and what keeps and trains a state, for all tests of these shapes."""
    of = make(config(tokens, axes, **dict(changes)))
    on = mesh.make_mesh(jax.devices(), replicas=copies, **dict(axes))
    made = replicas.make_replicas(of.train_segment, on)
    return of, on, jax.jit(made.keep), Compiled(jax.jit(made.train_segment, donate_argnums=1))


class Compiled:
    """A function that is compiled when it is first called."""

    def __init__(self, jitted):
        self.jitted, self.made = jitted, None

    def __call__(self, *arguments):
        self.made = self.made or self.jitted.lower(*arguments).compile()
        return self.made(*arguments)

    def tables(self, v, d):
        """The instructions of its text whose result has so many rows and columns."""
        return [line for line in self.made.as_text().splitlines() if re.search(rf"= \S*\[(\d,)?{v},{d}\]", line)]


def pieces(copies):
    ids = np.random.default_rng(3).zipf(1.3, (copies, N)) % V
    ids[:, [11, 40, 41, 190]] = -1
    return ids.astype(np.int32)


def trained(tokens, axes, run, key, changes=(), make=trainer_of, copies=1, v=V):
    """A state after two segments, in the host's memory; what was seen; the program."""
    many = make is population_of
    of, on, keep, train = program(tokens, tuple(axes.items()), make, tuple(changes), copies)
    shapes = jax.eval_shape(lambda: of.init(key, v))
    lying = mesh.state_lying(on, shapes, many)
    state = jax.jit(of.init, static_argnums=1, out_shardings=lying)(key, v)
    run = jax.device_put(run, mesh.lying(on, mesh.spec_of_runs(many)))
    raw_RN = jax.device_put(pieces(copies), mesh.lying(on, PartitionSpec(mesh.REPLICAS)))
    by_replica, infos = mesh.lying(on, mesh.spec_by_replica(many)), []
    for s in range(2):
        keys = jnp.stack([fold(key, 10 * s + r, many) for r in range(copies)])
        arguments = jax.device_put(keys, by_replica), state, keep(state), run, raw_RN
        clock = jax.device_put((jnp.float32(s / 2), jnp.float32((s + 1) / 2)), mesh.lying(on, PartitionSpec()))
        state, info = train(*arguments, *clock)
        infos.append(jax.tree.map(np.asarray, info))
    for leaf in jax.tree.leaves(state):  # bit for bit: a checkpoint keeps one copy
        for index in {str(shard.index) for shard in leaf.addressable_shards}:
            assert len({np.asarray(s.data).tobytes() for s in leaf.addressable_shards if str(s.index) == index}) == 1
    return jax.tree.map(np.asarray, state), infos, train


def fold(key, number, many):
    return jax.vmap(lambda each: jax.random.fold_in(each, number))(key) if many else jax.random.fold_in(key, number)


def assert_same(found, expected, rtol=2e-4):
    (state, infos), (wanted, wanted_infos) = found[:2], expected[:2]
    for ours, other in zip(jax.tree.leaves(state), jax.tree.leaves(wanted), strict=True):
        ours, other = (np.asarray(storage.values(jnp.asarray(array)), np.float32) for array in (ours, other))
        np.testing.assert_allclose(ours, other, rtol=rtol, atol=1e-5)
    for info, other in zip(infos, wanted_infos):
        for name in ("pairs_I", "loss_pairs_I", "steps", "kept", "healthy"):
            np.testing.assert_array_equal(getattr(info, name), getattr(other, name), err_msg=name)
        np.testing.assert_allclose(info.loss_I, other.loss_I, rtol=1e-4, atol=1e-5)
    assert all(info.healthy.all() and info.loss_I.any() for info in infos)


WHOLE = re.compile(r" (copy|select|all-reduce|all-gather|all-to-all|collective-permute)[\w-]*\(")
ADAM = {"optimizer__name": "optax", "optimizer__learning_rate": 0.01}
CASES = {  # tokens of a device's step, axes, what else is chosen
    "a step shared by four, which windows reach over": (4, {"data": 4}, {}),
    "tokens and columns": (8, {"data": 2, "column": 2}, {}),
    "blocks": (8, {"data": 2}, {"negatives__shared_by": "window"}),
    "CBOW": (4, {"data": 2, "column": 2}, {"model__architecture": "cbow"}),
    "paths": (8, {"data": 2, "column": 2}, {"model__objective": "hierarchical_softmax"}),
    "one table": (8, {"data": 2}, {"model__tied": True}),
    "Adam": (8, {"column": 3}, ADAM),
    "columns of four": (16, {"column": 4}, {}),
    "pairs": (8, {"data": 4}, {"negatives__shared_by": "pair"}),
    "contexts as input": (8, {"data": 2}, {"model__input": "context", "negatives__shared_by": "window"}),
    "bfloat16": (8, {"data": 2, "column": 2}, {"model__dtype": "bfloat16"}),
    "a frozen table": (8, {"data": 2, "column": 2}, {"model__freeze": "input"}),
    "Adam, all of it": (8, {"data": 2, "column": 2}, ADAM),
    # at .3 rows grow to 30 and more, and rounding with them
    "plain SGD": (8, {"data": 2, "column": 2}, {"optimizer__name": "sgd", "optimizer__learning_rate": 0.05}),
}
FAST = {"a step shared by four, which windows reach over", "tokens and columns", "CBOW"}


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n in FAST else pytest.mark.slow) for n in CASES])
def test_it_is_one_device_with_the_tokens_of_all(name, key):
    tokens, axes, changes = CASES[name]
    run = hyperparameters_of(config(tokens, **changes), COUNTS)
    together = trained(tokens, axes, run, key, changes.items())
    alone = trained(tokens * axes.get("data", 1), {}, run, key, changes.items())
    assert_same(together, alone, rtol=2**-6 if "bfloat16" in name else 2e-4)
    tables = together[2].tables(V, D // axes.get("column", 1))
    assert tables
    assert not [line for line in tables if WHOLE.search(line)]


def test_a_step_sends_its_rows_once(key):
    """A gather of the gradients of 8 centers, of 8 tokens with 5 on each side and of 2 x 6 negative samples."""
    tokens, axes, changes = CASES["tokens and columns"]
    run = hyperparameters_of(config(tokens), COUNTS)
    text = trained(tokens, axes, run, key, changes.items())[2].made.as_text()
    rows = 8 + (8 + 2 * 5) + 2 * 6
    assert re.findall(r"= (\S+) all-gather(?:-start)?\(", text) == [f"f32[2,{rows},{D // 2}]{{2,1,0}}"]
    assert not re.search(r" (all-to-all|collective-\w+|reduce-scatter)[\w-]*\(", text)


def test_the_check_of_the_text_can_fail():
    """Tables that are kept alike by a sum over devices do show, and so does one that is copied."""

    def program(table_VD, rows_M, grad_MD):
        change_VD = jax.lax.psum(jnp.zeros_like(table_VD).at[rows_M].add(grad_MD), mesh.DATA)
        return table_VD + change_VD, table_VD.at[rows_M].add(grad_MD)

    on = mesh.make_mesh(jax.devices(), data=2)
    shared = jax.shard_map(program, mesh=on, in_specs=PartitionSpec(), out_specs=PartitionSpec(), check_vma=False)
    compiled = Compiled(jax.jit(shared))
    compiled(jnp.ones((V, D)), jnp.arange(3), jnp.ones((3, D)))
    seen = {found[1] for line in compiled.tables(V, D) if (found := WHOLE.search(line))}
    assert seen == {"copy", "all-reduce"}


@pytest.mark.parametrize(
    ("axes", "copies"), [pytest.param({"runs": 2}, 1, marks=pytest.mark.slow), ({"runs": 2, "data": 2}, 1)], ids=str
)
def test_runs_spread_over_devices_are_the_runs_alone(axes, copies, key):
    runs = [hyperparameters_of(config(8, optimizer__learning_rate=rate), COUNTS) for rate in (0.1, 0.2, 0.3, 0.05)]
    keys = jax.random.split(key, len(runs))
    state, infos, compiled = trained(8, axes, population.stack(runs), keys, make=population_of, copies=copies)
    assert not [line for line in compiled.tables(V, D) if WHOLE.search(line)]
    if "data" not in axes:
        assert not re.search(r" (all-|collective-|reduce-scatter)[\w-]*\(", compiled.made.as_text())  # nothing is sent
    for r, run in enumerate(runs):
        own = [jax.tree.map(lambda array: array[:, r], info) for info in infos]  # noqa: B023 - called at once
        ours = jax.tree.map(lambda array: array[r], state)  # noqa: B023
        alone = trained(8 * axes.get("data", 1), {}, run, keys[r])
        assert_same((ours, own), alone)


@pytest.mark.slow
@pytest.mark.parametrize("axes", [{"column": 2}, {"data": 2}], ids=str)
def test_replicas_may_share_steps_and_columns(axes, key):
    run = hyperparameters_of(config(8), COUNTS)
    together = trained(8, axes, run, key, copies=2)
    assert_same(together, trained(8 * axes.get("data", 1), {}, run, key, copies=2))
