"""A compiled segment against plain loops, and what its compiled text may not hold."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.text.segments import cut_segments, padded
from jaxw2v.training import blocks, rows, schedules, segment, subsample
from jaxw2v.training.parts import part
from tests.configs import hyperparameters_of, section, settings, trainer_of

V, D, WINDOW, K, T, N = 53, 5, 2, 3, 8, 120
SHARING = ["pair", "window", "span"]
NEGATIVES = {"span": 4, "shared_samples": 6}


def config(**changes):
    small = {
        "model__dim": D, "windows__window": WINDOW, "negatives__k": K, "subsample__threshold": 0.05,
        "optimizer__name": "sgd", "optimizer__learning_rate": 0.5, "optimizer__final_fraction": 0.0,
        "train__step_tokens": T, "train__chunk_tokens": 4 * T,
    }  # fmt: skip
    return settings(**small | {f"negatives__{name}": value for name, value in NEGATIVES.items()} | changes)


@functools.cache
def program(shared_by="span", removed="skip"):
    """A trainer, and its segment compiled once for all tests of this shape."""
    parts = trainer_of(config(negatives__shared_by=shared_by, windows__removed=removed))
    return parts, jax.jit(parts.train_segment)


@pytest.fixture
def words():
    return hyperparameters_of(config(), np.arange(V, 0, -1) * 7)


@pytest.fixture
def raw_N():
    ids = np.random.default_rng(3).zipf(1.3, N) % V
    ids[[11, 40, 41, 90]] = -1
    return jnp.asarray(np.where(np.arange(N) > 110, -1, ids), jnp.int32)


def start(parts, key):
    state = parts.init(key, V)
    return state._replace(model=state.model._replace(output_VD=jax.random.normal(key, (V, D))))


@pytest.mark.parametrize(("shared_by", "removed"), [*((way, "skip") for way in SHARING), ("span", "count")])
def test_a_segment_is_its_steps_written_as_plain_loops(shared_by, removed, key, words, raw_N):
    """Subsample, then for each step: windows and noise from its key, a double loop over pairs, plain SGD."""
    parts, train = program(shared_by, removed)
    keep_V = jnp.ones(V, jnp.float32)
    words = words._replace(keep_V=keep_V.at[:3].set(0.5))  # those that occur most
    state = start(parts, key)
    found, info = train(key, state, words, raw_N, jnp.float32(0.25), jnp.float32(0.75))

    key_keep, key_chunks = jax.random.split(key)
    kept = subsample.subsample(key_keep, raw_N, words.keep_V, removed=removed)
    count, tokens = int(kept.length), int(kept.tokens)
    assert T < tokens < N - 10  # some are removed, and the last step is short
    assert tokens == count if removed == "skip" else tokens < count
    chunk, windows = 4 * T, blocks.WindowSpec(WINDOW, WINDOW, True)
    assert chunk < count  # more than one chunk, the last one short
    ids = [V] * WINDOW + kept.ids_N[:count].tolist() + [V] * (WINDOW + chunk)
    sentence = [-1] * WINDOW + kept.sentence_N[:count].tolist() + [-1] * (WINDOW + chunk)
    steps = -(-count // T)
    u, o = (np.asarray(table, np.float64) for table in state.model)
    loss_S, pairs_S = np.zeros(steps), np.zeros(steps)
    draw = {
        "pair": lambda *of: blocks.draw_pairs(*of, windows, K),
        "window": lambda *of: blocks.draw_windows(*of, windows, K),
        "span": lambda *of: blocks.draw_band(*of, windows, section("negatives", **NEGATIVES), K),
    }[shared_by]

    @jax.jit
    def pairs_of(key, token_window, step):
        pairs = part(draw(key, token_window, words.noise), step, T)
        return blocks.band_as_blocks(pairs) if shared_by == "span" else pairs

    for i in range(steps):
        here = slice(i // 4 * chunk, i // 4 * chunk + chunk + 2 * WINDOW)
        token_window = blocks.TokenWindow(jnp.array(ids[here], jnp.int32), jnp.array(sentence[here], jnp.int32))
        key_draw, _ = jax.random.split(jax.random.fold_in(key_chunks, i // 4))
        block = jax.device_get(pairs_of(key_draw, token_window, jnp.int32(i % 4)))
        learning_rate = 0.5 * (1 - (0.25 + 0.5 * i / steps))
        grad_u, grad_o = np.zeros_like(u), np.zeros_like(o)
        for b, c, e in np.ndindex(block.positive_BCE.shape):
            positive, negative = float(block.positive_BCE[b, c, e]), float(block.negative_BCE[b, c, e])
            if positive or negative:
                w, n = int(block.inputs[b, c]), int(block.outputs[b, e])
                x = u[w] @ o[n]
                sigma = 1 / (1 + np.exp(-x))
                slope = -positive * (1 - sigma) + negative * sigma
                grad_u[w] += slope * o[n]
                grad_o[n] += slope * u[w]
                loss_S[i] += positive * np.logaddexp(0, -x) + negative * np.logaddexp(0, x)  # x may be large
                pairs_S[i] += positive
        u, o = u - learning_rate * grad_u, o - learning_rate * grad_o
    np.testing.assert_allclose(found.model.input_VD, u, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(found.model.output_VD, o, rtol=1e-3, atol=1e-5)
    assert int(info.steps) == steps
    assert int(info.kept) == tokens
    for c in range(-(-steps // 4)):  # of each chunk, one of its own steps reports
        mine = range(4 * c, min(4 * c + 4, steps))
        assert float(info.pairs_I[c]) == pairs_S[mine].sum()
        reported = [i for i in mine if float(info.loss_pairs_I[c]) == pairs_S[i]]
        assert any(float(info.loss_I[c]) == pytest.approx(loss_S[i], rel=1e-4) for i in reported)
    assert bool(info.healthy)


@pytest.mark.parametrize("shared_by", SHARING)
@pytest.mark.parametrize("name", ["sgd", "damped_sgd", "rowwise_adagrad", "optax"])
def test_no_table_is_copied_in_a_step(shared_by, name, key):
    changes = {"optimizer__name": name, "optimizer__initial_accumulator": 1.0, "negatives__shared_by": shared_by}
    with jax.numpy_dtype_promotion("standard"):  # optax itself mixes int32 counts and Python floats
        assert not copies(config(**changes, model__dim=13), key)


@pytest.mark.parametrize(
    "changed",
    [{"tied": True}, {"freeze": "input"}, {"architecture": "cbow"}, {"objective": "hierarchical_softmax"}],
    ids=str,
)
def test_no_table_is_copied_by_another_model(changed, key):
    optimizer = {"optimizer__name": "damped_sgd", "optimizer__initial_accumulator": 1.0}
    model = {f"model__{name}": value for name, value in changed.items()}
    assert not copies(config(**optimizer, **model, model__dim=13), key)


def copies(config, key):
    """The instructions of a compiled segment that copy a table or select from one."""
    v, d = 977, config.model.dim  # no other array has this shape
    parts, hyperparameters = trainer_of(config), hyperparameters_of(config, np.arange(v, 0, -1))
    state = jax.eval_shape(lambda: parts.init(key, v))
    args = (hyperparameters, jnp.zeros(N, jnp.int32), jnp.float32(0), jnp.float32(1))
    text = jax.jit(parts.train_segment, donate_argnums=1).lower(key, state, *args).compile().as_text()
    assert f"f32[{v},{d}]" in text
    table_sized = [line for line in text.splitlines() if f"= f32[{v},{d}]" in line]
    return [line for line in table_sized if " copy(" in line or " select(" in line]


def test_the_check_for_copies_can_fail(key, monkeypatch):
    """Two scatters to one table in a step, the mistake that the test above guards against, do show as a copy."""

    def update(table_VD, state, rows_M, grad_MD, learning_rate):
        table_VD, other_VD = table_VD.at[rows_M].add(grad_MD), table_VD.at[rows_M].add(-learning_rate * grad_MD)
        return jnp.where(learning_rate > 1, table_VD, other_VD), state

    monkeypatch.setattr(rows, "make_optimizer", lambda *_, **__: rows.RowOptimizer(lambda table_VD: (), update))
    assert copies(config(model__dim=13), key)


def test_a_step_is_traced_once(key, words, raw_N, monkeypatch):
    traces = []

    def schedule(fraction):
        traces.append(fraction)
        return 0.1 * (1 - fraction)

    monkeypatch.setattr(schedules, "make_schedule", lambda _: schedule)
    parts = trainer_of(config())
    run = jax.jit(parts.train_segment, donate_argnums=1)
    state = start(parts, key)
    run.lower(key, state, words, raw_N, jnp.float32(0), jnp.float32(1))
    once = len(traces)
    for i in range(4):
        state, _ = run(jax.random.fold_in(key, i), state, words, raw_N, jnp.float32(i / 4), jnp.float32((i + 1) / 4))
    assert len(traces) == once
    assert run._cache_size() == 1


@pytest.mark.parametrize("learning_rate", [1e3, 1e6])
def test_divergence_is_seen_and_leaves_finite_tables(learning_rate, key, words, raw_N):
    parts, train = program()
    loud = words._replace(learning_rate=jnp.float32(learning_rate))
    state, info = train(key, start(parts, key), loud, raw_N, jnp.float32(0), jnp.float32(1))
    assert not bool(info.healthy)
    assert int(info.steps) < -(-int(info.kept) // T)  # nothing is touched after the chunk
    for table in state.model:
        assert np.isfinite(table).all()


def test_a_segment_without_words_changes_nothing(key, words):
    parts, train = program()
    before = start(parts, key)
    after, info = train(key, before, words, jnp.full(N, -1, jnp.int32), jnp.float32(0), jnp.float32(1))
    assert int(info.steps) == int(info.kept) == 0
    assert bool(info.healthy)
    for one, other in zip(before.model, after.model):
        assert (one == other).all()


def test_training_lowers_the_loss_and_finds_the_companions(key):
    """Words 2i and 2i + 1 always stand together."""
    rng = np.random.default_rng(0)
    pairs = rng.integers(0, 20, 4000)
    raw_N = jnp.asarray(np.stack([2 * pairs, 2 * pairs + 1, np.full(4000, -1)], 1).ravel(), jnp.int32)
    small = config(
        model__dim=16, subsample__threshold=0.0, train__step_tokens=16, train__chunk_tokens=64,
        optimizer__name="damped_sgd", optimizer__initial_accumulator=1e4,
    )  # fmt: skip
    parts, words = trainer_of(small), hyperparameters_of(small, np.full(40, 200))
    run = jax.jit(parts.train_segment, donate_argnums=1)
    state, losses = parts.init(key, 40), []
    for i in range(4):
        state, info = run(jax.random.fold_in(key, i), state, words, raw_N, jnp.float32(i / 4), jnp.float32((i + 1) / 4))
        losses.append(float(info.loss_I.sum() / info.loss_pairs_I.sum()))
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.5 * (1 + K) * np.log(2)
    x = np.array(state.model.input_VD @ state.model.output_VD.T)
    assert (x.argmax(1) == np.arange(40) ^ 1).all()


@pytest.mark.parametrize(("tokens", "chunk"), [(8, 8), (15, 8), (17, 16), (1, 8)])
def test_a_chunk_is_whole_steps_and_one_at_least(tokens, chunk):
    assert segment.make_spec(section("train", step_tokens=8, chunk_tokens=tokens), WINDOW).chunk_tokens == chunk


@pytest.mark.parametrize("name", ["constant", "linear", "cosine"])
def test_schedules(name):
    schedule = schedules.make_schedule(section("optimizer", schedule=name, final_fraction=0.01, warmup=0.2))
    assert float(schedule(0.0)) == 0
    assert float(schedule(0.1)) == pytest.approx(0.5)
    assert float(schedule(0.2)) == pytest.approx(1)
    assert float(schedule(0.6)) == pytest.approx(1 if name == "constant" else 0.505)
    assert float(schedule(1.0)) == pytest.approx(1 if name == "constant" else 0.01, abs=1e-7)


@pytest.mark.parametrize("multiple", [1, 2, 4])
@pytest.mark.parametrize("capacity", [1, 2, 3, 5, 7, 100])
def test_segments_are_alike_cover_the_corpus_and_end_where_sentences_do(capacity, multiple):
    rng = np.random.default_rng(5)
    sentences = (1, 2, 6, 3, 1, 1, 4)
    ids_N = np.concatenate([[*rng.integers(0, 9, n), -1] for n in sentences]).astype(np.int32)
    cut = cut_segments(ids_N, capacity, multiple)
    lengths, count = np.diff(cut.bounds), len(cut.bounds) - 1
    assert count == multiple * -(-len(ids_N) // (capacity * multiple))
    assert lengths.max() <= -(-len(ids_N) // count) + max(sentences) + 1
    pieces = [padded(ids_N, cut, s, lengths.max()) for s in range(count)]
    assert np.concatenate([piece[:n] for piece, n in zip(pieces, lengths)]).tolist() == ids_N.tolist()
    assert all((piece[n:] == -1).all() for piece, n in zip(pieces, lengths))
    assert cut.words.tolist() == [(ids_N[:bound] >= 0).sum() for bound in cut.bounds]
    for s, (start, end) in enumerate(zip(cut.bounds, cut.bounds[1:-1])):
        division = len(ids_N) * (s + 1) // count
        ends = [place for place in range(start, division) if ids_N[place] == -1]
        assert end == (ends[-1] + 1 if ends else max(start, division))


def test_an_empty_corpus_has_segments_without_words():
    assert cut_segments(np.array([], np.int32), 5, 2).words.tolist() == [0, 0, 0]
