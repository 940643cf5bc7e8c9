"""The full softmax against equation 3 of Goldberg and Levy 2014 by double loops in float64, and its memory."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.training import blocks, softmax
from jaxw2v.training.model import Model
from tests.configs import hyperparameters_of, settings, trainer_of
from tests.loops import LEARNING_RATE, WINDOW, T, V, after_a_step, check_shared_out, check_step, neighbors


def loop(key, token_window, u, o, input):
    """(loss, pairs, gradients) of -log p(c | w), a pair and a word at a time."""
    u, o, ids = np.asarray(u, np.float64), np.asarray(o, np.float64), np.asarray(token_window.ids_W)
    total, pairs, grad_u, grad_o = 0.0, 0, np.zeros_like(u), np.zeros_like(o)
    for at, other_place in neighbors(key, token_window, own=input == "center"):
        pairs += 1
        w, c = ids[at], ids[other_place]
        z = sum(np.exp(u[w] @ o[other]) for other in range(V))
        total -= np.log(np.exp(u[w] @ o[c]) / z)
        for other in range(V):
            slope = np.exp(u[w] @ o[other]) / z - (other == c)
            grad_u[w] += slope * o[other]
            grad_o[other] += slope * u[w]
    return total, pairs, grad_u, grad_o


@pytest.mark.parametrize("input", ["center", "context"])
@pytest.mark.parametrize("piece", [5, 8, T], ids=lambda piece: f"{piece} rows")
def test_a_step_is_the_double_loop_however_it_is_cut(input, piece, key, token_window, model, monkeypatch):
    monkeypatch.setattr(softmax, "rows_at_a_time", lambda *_: piece)
    objective = softmax.make_softmax(1.0)
    pairs = softmax.draw_full_softmax(key, token_window, V, blocks.WindowSpec(WINDOW, WINDOW, True, input))
    expected = loop(key, token_window, *model, input)
    check_step(objective, pairs, model, *expected)
    check_shared_out(pairs, expected[1])


def test_one_table_for_words_and_contexts(key, token_window, model):
    objective = softmax.make_softmax(1e-3)
    pairs = softmax.draw_full_softmax(key, token_window, V, blocks.WindowSpec(WINDOW, WINDOW, True))
    u = np.asarray(model.input_VD)
    _, _, *grads = loop(key, token_window, u, u, "center")
    found = after_a_step(pairs, objective, Model(model.input_VD, None)).model
    np.testing.assert_allclose(found.input_VD, u - LEARNING_RATE * sum(grads), rtol=1e-4, atol=1e-5)


def test_a_bound_that_is_too_low_says_how_much_is_needed():
    with pytest.raises(ValueError, match=r"200,000 words needs 0\.34 GB at 100 dimensions"):
        softmax.rows_at_a_time(0.25, 200_000, 100, 512)
    assert 8 <= softmax.rows_at_a_time(0.25, 50_000, 300, 512) < 512
    assert softmax.rows_at_a_time(0.25, 1000, 100, 512) == 512


def test_the_compiled_segment_stays_below_the_bound(key):
    """A step's logits whole would take 51 MB alone; the bound is 16."""
    v, d, t, n, memory = 50_000, 10, 256, 1024, 16e6
    config = settings(
        model__dim=d, model__objective="softmax", model__memory=memory / 1e9, windows__window=2, optimizer__name="sgd",
        optimizer__learning_rate=0.025,
        optimizer__schedule="constant", train__step_tokens=t, train__chunk_tokens=t,
    )  # fmt: skip
    parts, hyperparameters = trainer_of(config), hyperparameters_of(config, np.arange(v, 0, -1))
    state = jax.eval_shape(lambda: parts.init(key, v))
    args = (hyperparameters, jnp.zeros(n, jnp.int32), jnp.float32(0), jnp.float32(1))
    compiled = jax.jit(parts.train_segment, donate_argnums=1).lower(key, state, *args).compile()
    assert compiled.memory_analysis().temp_size_in_bytes < memory
