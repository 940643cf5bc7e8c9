"""Each run of a population is the run alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.training import population, rows, schedules, trainer
from tests.configs import section

V, D, T, N = 53, 5, 8, 300
COUNTS = np.arange(V, 0, -1) * 7
SETTINGS = {
    "dim": D, "init_range": 0.5, "widest": 4, "dynamic": True, "k": 3, "shared_by": "span", "span": 4, "draws": 6,
    "schedule": schedules.make_schedule("linear", 0.0, 0.0), "step_tokens": T, "chunk_tokens": 4 * T,
}  # fmt: skip
SAME = {"threshold": 0.05, "formula": "word2vec_c", "exponent": 0.75, "window": 2, "k": 3, "rate": 0.3}
DIFFERENT = [
    {},
    {"threshold": 0.0, "window": 4},
    {"exponent": -0.5, "k": 11, "rate": 0.1},
    {"threshold": 0.001, "window": 1, "rate": 0.6},
]


@pytest.fixture
def raw_N():
    ids = np.random.default_rng(3).zipf(1.3, N) % V
    ids[[11, 40, 41, 190]] = -1
    return jnp.asarray(ids, jnp.int32)


def alone(optimizer, runs, keys, raw_N, segments=2):
    """What one compiled program, whose arguments they are, makes of each run."""
    parts = trainer.make_trainer(**SETTINGS, optimizer=optimizer)
    train, ends = jax.jit(parts.train_segment), []
    for numbers, key in zip(runs, keys):
        run, state, infos = trainer.make_hyperparameters(COUNTS, **(SAME | numbers)), parts.init(key, V), []
        for s in range(segments):
            clock = jnp.float32(s / segments), jnp.float32((s + 1) / segments)
            state, info = train(jax.random.fold_in(key, s), state, run, raw_N, *clock)
            infos.append(info)
        ends.append((state, infos))
    return ends


def together(optimizer, runs, keys, raw_N, segments=2):
    parts = population.make_population(**SETTINGS, optimizer=optimizer)
    run = population.stack([trainer.make_hyperparameters(COUNTS, **(SAME | numbers)) for numbers in runs])
    train = jax.jit(parts.train_segment, donate_argnums=1)
    state, infos = parts.init(keys, V), []
    for s in range(segments):
        fold = jax.vmap(lambda key: jax.random.fold_in(key, s))(keys)  # noqa: B023 - called at once
        state, info = train(fold, state, run, raw_N, jnp.float32(s / segments), jnp.float32((s + 1) / segments))
        infos.append(info)
    assert train._cache_size() == 1
    return state, infos


@pytest.mark.parametrize("name", ["sgd", "damped_sgd"])
def test_each_run_is_the_run_alone_whatever_else_is_there(name, raw_N):
    optimizer = trainer.make_optimizer(section("optimizer", name=name, initial_accumulator=1.0))
    keys = jax.random.split(jax.random.key(5), len(DIFFERENT))
    state, infos = together(optimizer, DIFFERENT, keys, raw_N)
    steps = [int(n) for n in infos[0].steps]
    assert len(set(steps)) > 1  # they end at different steps
    for r, (expected, expected_infos) in enumerate(alone(optimizer, DIFFERENT, keys, raw_N)):
        for found, other in zip(jax.tree.leaves(state), jax.tree.leaves(expected)):
            np.testing.assert_allclose(found[r], other, rtol=2e-5, atol=1e-6)
        for info, other in zip(infos, expected_infos):
            assert int(info.steps[r]) == int(other.steps)
            assert int(info.kept[r]) == int(other.kept)
            np.testing.assert_array_equal(info.pairs_I[r], other.pairs_I)
            np.testing.assert_allclose(info.loss_I[r], other.loss_I, rtol=1e-5, atol=1e-5)


MODELS = [{"tied": True}, {"architecture": "cbow"}, {"objective": "hierarchical_softmax"}, {"objective": "softmax"}]


@pytest.mark.slow
@pytest.mark.parametrize("changed", MODELS, ids=str)
def test_other_models_side_by_side(changed, raw_N, monkeypatch):
    monkeypatch.setitem(SETTINGS, "memory", 1e9)
    for name, value in changed.items():
        monkeypatch.setitem(SETTINGS, name, value)
    if changed.get("objective") == "hierarchical_softmax":
        monkeypatch.setitem(SAME, "objective", "hierarchical_softmax")
    keys = jax.random.split(jax.random.key(5), 2)
    numbers = [{}, {"threshold": 0.0, "window": 4, "rate": 0.1}]
    state, _ = together(rows.damped_sgd(1.0), numbers, keys, raw_N, segments=1)
    for r, (expected, _) in enumerate(alone(rows.damped_sgd(1.0), numbers, keys, raw_N, segments=1)):
        for found, other in zip(jax.tree.leaves(state), jax.tree.leaves(expected)):
            np.testing.assert_allclose(found[r], other, rtol=2e-4, atol=1e-5)


def test_a_run_that_diverges_leaves_the_others_alone(raw_N):
    keys = jax.random.split(jax.random.key(5), 2)
    loud = [{}, {"rate": 1e4}]
    state, infos = together(rows.sgd(), loud, keys, raw_N)
    assert infos[0].healthy.tolist() == [True, False]
    [(expected, _)] = alone(rows.sgd(), [{}], keys[:1], raw_N)
    np.testing.assert_allclose(state.model.input_VD[0], expected.model.input_VD, rtol=2e-5, atol=1e-6)
    assert np.isfinite(state.model.input_VD).all()


def test_no_table_is_copied_or_selected():
    v, d, r = 977, 13, 3
    parts = population.make_population(**(SETTINGS | {"dim": d}), optimizer=rows.damped_sgd(1.0))
    run = population.stack([trainer.make_hyperparameters(np.arange(v, 0, -1), **SAME)] * r)
    keys = jax.random.split(jax.random.key(0), r)
    state = jax.eval_shape(lambda: parts.init(keys, v))
    args = (run, jnp.zeros(N, jnp.int32), jnp.float32(0), jnp.float32(1))
    text = jax.jit(parts.train_segment, donate_argnums=1).lower(keys, state, *args).compile().as_text()
    tables = [line for line in text.splitlines() if f"= f32[{r},{v},{d}]" in line]
    assert tables
    assert not [line for line in tables if " copy(" in line or " select(" in line]
