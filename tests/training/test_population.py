"""Each run of a population is the run alone."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.training import population
from jaxw2v.training.blocks import TokenWindow
from jaxw2v.training.task import make_task
from tests.configs import hyperparameters_of, population_of, settings, trainer_of

V, D, T, N, WIDEST = 53, 5, 8, 300, 4
COUNTS = np.arange(V, 0, -1) * 7
SAME = {
    "model__dim": D, "negatives__k": 3, "negatives__span": 4, "negatives__shared_samples": 6,
    "optimizer__learning_rate": 0.3, "optimizer__final_fraction": 0.0, "optimizer__initial_accumulator": 1.0,
    "subsample__threshold": 0.05, "train__step_tokens": T, "train__chunk_tokens": 4 * T, "windows__window": 2,
}  # fmt: skip
DIFFERENT = [
    {},
    {"subsample__threshold": 0.0, "windows__window": 4},
    {"negatives__exponent": -0.5, "negatives__k": 11, "optimizer__learning_rate": 0.1},
    {"subsample__threshold": 0.001, "windows__window": 1, "optimizer__learning_rate": 0.6},
]
SGD = {"optimizer__name": "sgd"}


@pytest.fixture
def raw_N():
    ids = np.random.default_rng(3).zipf(1.3, N) % V
    ids[[11, 40, 41, 190]] = -1
    return jnp.asarray(ids, jnp.int32)


def hyperparameters(changes, count_V=COUNTS):
    return hyperparameters_of(settings(**SAME | changes), count_V)


@functools.cache
def one_program(widest=WIDEST, **shared):
    parts = trainer_of(settings(**SAME | shared), widest=widest)
    return parts, jax.jit(parts.train_segment)


@functools.cache
def program_of_all(**shared):
    parts = population_of(settings(**SAME | shared), widest=WIDEST)
    return parts, jax.jit(parts.train_segment, donate_argnums=1)


def alone(shared, runs, keys, raw_N, segments=2, own_windows=False):
    """What one compiled program, whose arguments they are, makes of each run; or one that is no wider than the run."""
    ends = []
    for changes, key in zip(runs, keys):
        window = changes.get("windows__window", SAME["windows__window"])
        parts, train = one_program(**shared | ({"widest": window} if own_windows else {}))
        run, state, infos = hyperparameters(shared | changes), parts.init(key, V), []
        for s in range(segments):
            clock = jnp.float32(s / segments), jnp.float32((s + 1) / segments)
            state, info = train(jax.random.fold_in(key, s), state, run, raw_N, *clock)
            infos.append(info)
        ends.append((state, infos))
    return ends


def together(shared, runs, keys, raw_N, segments=2):
    parts, train = program_of_all(**shared)
    run = population.stack([hyperparameters(shared | changes) for changes in runs])
    state, infos = parts.init(keys, V), []
    for s in range(segments):
        fold = jax.vmap(lambda key: jax.random.fold_in(key, s))(keys)  # noqa: B023 - called at once
        state, info = train(fold, state, run, raw_N, jnp.float32(s / segments), jnp.float32((s + 1) / segments))
        infos.append(info)
    assert train._cache_size() == 1
    return state, infos


@pytest.mark.parametrize("name", ["sgd", "damped_sgd"])
def test_each_run_is_the_run_alone_whatever_else_is_there(name, raw_N):
    shared = {"optimizer__name": name}
    keys = jax.random.split(jax.random.key(5), len(DIFFERENT))
    state, infos = together(shared, DIFFERENT, keys, raw_N)
    steps = [int(n) for n in infos[0].steps]
    assert len(set(steps)) > 1  # they end at different steps
    for r, (expected, expected_infos) in enumerate(alone(shared, DIFFERENT, keys, raw_N)):
        for found, other in zip(jax.tree.leaves(state), jax.tree.leaves(expected)):
            np.testing.assert_allclose(found[r], other, rtol=2e-5, atol=1e-6)
        for info, other in zip(infos, expected_infos):
            assert int(info.steps[r]) == int(other.steps)
            assert int(info.kept[r]) == int(other.kept)
            np.testing.assert_array_equal(info.pairs_I[r], other.pairs_I)
            np.testing.assert_allclose(info.loss_I[r], other.loss_I, rtol=1e-5, atol=1e-5)


MODELS = [
    {"model__tied": True},
    {"model__input": "context"},
    {"negatives__shared_by": "pair"},
    {"negatives__shared_by": "pair", "model__input": "context"},
    {"negatives__shared_by": "window"},
    {"negatives__shared_by": "window", "model__input": "context"},
    {"model__architecture": "cbow"},
    {"model__architecture": "cbow", "negatives__shared_by": "pair"},
    {"model__objective": "hierarchical_softmax"},
    {"model__objective": "hierarchical_softmax", "model__input": "context"},
    {"model__objective": "softmax"},
    {"model__objective": "softmax", "model__input": "context"},
]


@pytest.mark.parametrize("changed", MODELS, ids=str)
def test_draws_do_not_depend_on_the_widest_window_of_the_company(changed, raw_N):
    """The loss of the pairs of a text, for a window of 2 where the program goes to 2 and to 4; one other word tells."""
    config, key, run = settings(**SAME | changed), jax.random.key(11), hyperparameters(changed)
    input_VD, output_VD = jax.random.normal(key, (2, V, D))

    @functools.partial(jax.jit, static_argnums=0)
    def loss(widest, key, run):
        task = make_task(config.model, config.windows, config.negatives, widest=widest)
        ids_W = raw_N[60 - widest : 60 + 3 * T + widest]  # of one sentence
        drawn = task.draw(key, TokenWindow(ids_W, jnp.zeros_like(ids_W)), run)
        rows = input_VD.at[drawn.inputs].get(mode="clip"), output_VD.at[drawn.outputs].get(mode="clip")
        return task.objective.loss(task.objective.logits(*rows, drawn), drawn)

    assert float(loss(WIDEST, key, run)) == pytest.approx(float(loss(2, key, run)), rel=1e-5)
    assert float(loss(2, jax.random.key(12), run)) != pytest.approx(float(loss(2, key, run)), rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("changed", MODELS, ids=str)
def test_other_models_side_by_side(changed, raw_N):
    keys = jax.random.split(jax.random.key(5), 2)
    runs = [{}, {"subsample__threshold": 0.0, "windows__window": 4, "optimizer__learning_rate": 0.1}]
    state, _ = together(changed, runs, keys, raw_N, segments=1)
    for r, (expected, _) in enumerate(alone(changed, runs, keys, raw_N, 1, own_windows=True)):
        for found, other in zip(jax.tree.leaves(state), jax.tree.leaves(expected)):
            np.testing.assert_allclose(found[r], other, rtol=2e-4, atol=1e-5)


def test_a_run_that_diverges_leaves_the_others_alone(raw_N):
    keys = jax.random.split(jax.random.key(5), len(DIFFERENT))  # as many as above: the same compiled program
    loud = [{}, {"optimizer__learning_rate": 1e4}, *DIFFERENT[2:]]
    state, infos = together(SGD, loud, keys, raw_N)
    assert infos[0].healthy.tolist() == [True, False, True, True]
    [(expected, _)] = alone(SGD, [{}], keys[:1], raw_N)
    np.testing.assert_allclose(state.model.input_VD[0], expected.model.input_VD, rtol=2e-5, atol=1e-6)
    assert np.isfinite(state.model.input_VD).all()


def test_no_table_is_copied_or_selected():
    v, d, r = 977, 13, 3
    parts, train = program_of_all(model__dim=d)
    run = population.stack([hyperparameters({}, np.arange(v, 0, -1))] * r)
    keys = jax.random.split(jax.random.key(0), r)
    state = jax.eval_shape(lambda: parts.init(keys, v))
    args = (run, jnp.zeros(N, jnp.int32), jnp.float32(0), jnp.float32(1))
    text = train.lower(keys, state, *args).compile().as_text()
    tables = [line for line in text.splitlines() if f"= f32[{r},{v},{d}]" in line]
    assert tables
    assert not [line for line in tables if " copy(" in line or " select(" in line]
