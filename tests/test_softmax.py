"""The full softmax against equation 3 of Goldberg and Levy 2014 by double loops in float64, and its memory."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.training import blocks, rates, rows, segment, softmax, trainer
from jaxw2v.training.model import Model
from jaxw2v.training.windows import draw_reach, offsets

V, D, T, WINDOW, RATE = 11, 7, 12, 2, 0.25


@pytest.fixture
def around(key):
    ids_W = jax.random.randint(key, (T + 2 * WINDOW,), 0, V, jnp.int32)
    sentence_W = jnp.array([-1, 0, *[0] * 5, *[1] * 6, -1, -1, -1], jnp.int32)
    return blocks.Around(jnp.where(sentence_W < 0, V, ids_W), sentence_W)


@pytest.fixture
def model():
    return Model(*(jnp.asarray(np.random.default_rng(i).normal(size=(V, D)), jnp.float32) for i in (1, 2)))


def loop(key, around, u, o, input):
    """(loss, pairs, gradients) of -log p(c | w), a pair and a word at a time."""
    own = input == "centre"
    reach = np.asarray(draw_reach(key, (T if own else T + 2 * WINDOW,), WINDOW, True))
    reach_W = np.pad(reach, WINDOW) if own else reach
    ids, sentence = np.asarray(around.ids_W), np.asarray(around.sentence_W)
    total, pairs, grad_u, grad_o = 0.0, 0, np.zeros_like(u), np.zeros_like(o)
    for at in range(WINDOW, WINDOW + T):
        for f in offsets(WINDOW):
            if not sentence[at] == sentence[at + f] >= 0 or abs(f) > reach_W[at if own else at + f]:
                continue
            pairs += 1
            w, c = ids[at], ids[at + f]
            z = sum(np.exp(u[w] @ o[other]) for other in range(V))
            total -= np.log(np.exp(u[w] @ o[c]) / z)
            for other in range(V):
                slope = np.exp(u[w] @ o[other]) / z - (other == c)
                grad_u[w] += slope * o[other]
                grad_o[other] += slope * u[w]
    return total, pairs, grad_u, grad_o


@pytest.mark.parametrize("input", ["centre", "context"])
@pytest.mark.parametrize("piece", [5, 8, T], ids=lambda piece: f"{piece} rows")
def test_a_step_is_the_double_loop_however_it_is_cut(input, piece, key, around, model, monkeypatch):
    monkeypatch.setattr(softmax, "rows_at_a_time", lambda *_: piece)
    objective = softmax.make_softmax(1.0)
    pairs = softmax.draw_everyone(key, around, V, blocks.Windows(WINDOW, WINDOW, True, input))
    u, o = (np.asarray(table, np.float64) for table in model)
    total, count, grad_u, grad_o = loop(key, around, u, o, input)
    value, _ = objective.of_rows(*segment.gather(model, pairs.inputs, pairs.outputs), pairs)
    assert float(value) == pytest.approx(total, rel=1e-5)
    assert float(blocks.positive_pairs(pairs)) == count > 0
    step = segment.make_step(objective, rows.sgd())
    state, _ = step(segment.init_state(model, rows.sgd()), pairs, jnp.float32(RATE), jnp.bool_(True))
    np.testing.assert_allclose(state.model.input_VD, u - RATE * grad_u, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(state.model.output_VD, o - RATE * grad_o, rtol=1e-4, atol=1e-5)
    steps = [blocks.part(pairs, jnp.int32(i), 4) for i in range(T // 4)]
    assert sum(float(blocks.positive_pairs(one)) for one in steps) == count


def test_one_table_for_words_and_contexts(key, around, model):
    objective = softmax.make_softmax(1e6)
    pairs = softmax.draw_everyone(key, around, V, blocks.Windows(WINDOW, WINDOW, True))
    u = np.asarray(model.input_VD, np.float64)
    _, _, *grads = loop(key, around, u, u, "centre")
    step = segment.make_step(objective, rows.sgd())
    state, _ = step(segment.init_state(Model(model.input_VD, None), rows.sgd()), pairs, jnp.float32(RATE), True)
    np.testing.assert_allclose(state.model.input_VD, u - RATE * sum(grads), rtol=1e-4, atol=1e-5)


def test_a_bound_that_is_too_low_says_how_much_is_needed():
    with pytest.raises(ValueError, match=r"200,000 words needs 0\.34 GB at 100 dimensions"):
        softmax.rows_at_a_time(0.25e9, 200_000, 100, 512)
    assert 8 <= softmax.rows_at_a_time(0.25e9, 50_000, 300, 512) < 512
    assert softmax.rows_at_a_time(0.25e9, 1000, 100, 512) == 512


def test_the_compiled_segment_stays_below_the_bound(key):
    """A step's logits whole would take 51 MB alone; the bound is 16."""
    v, d, t, n, memory = 50_000, 10, 256, 1024, 16e6
    parts = trainer.make_trainer(
        dim=d, init_range=0.5, widest=2, dynamic=True, k=1, shared_by="pair", stretch=1, draws=1, optimizer=rows.sgd(),
        schedule=rates.make_schedule("constant", 1.0, 0.0), step_tokens=t, chunk_tokens=t, objective="softmax",
        memory=memory,
    )  # fmt: skip
    numbers = {"threshold": 0.0, "formula": "paper", "exponent": 1.0, "window": 2, "k": 1, "rate": 0.1}
    run = trainer.make_run(np.arange(v, 0, -1), **numbers)
    state = jax.eval_shape(lambda: parts.init(key, v))
    args = (run, jnp.zeros(n, jnp.int32), jnp.float32(0), jnp.float32(1))
    compiled = jax.jit(parts.train_segment, donate_argnums=1).lower(key, state, *args).compile()
    assert compiled.memory_analysis().temp_size_in_bytes < memory
