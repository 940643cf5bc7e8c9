"""Plain loops in float64, written from the papers' equations, and how a step is compared with them."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.training import blocks, dense, loss, rows, segment
from jaxw2v.training.parts import part, positive_pairs
from jaxw2v.training.windows import draw_reach, offsets
from tests.configs import section

V, D, T, WINDOW, LEARNING_RATE = 11, 7, 12, 2, 0.25
K, SPAN, SHARED_SAMPLES = 3, 4, 5
SGD = rows.sgd()


def neighbors(key, token_window, own) -> Iterator[tuple[int, int]]:
    """(place, place of a word in reach) of all places of a step; the reach is the first one's, or the other's."""
    reach = np.asarray(draw_reach(key, (T if own else T + 2 * WINDOW,), WINDOW, True))
    reach_W = np.pad(reach, WINDOW) if own else reach
    sentence = np.asarray(token_window.sentence_W)
    for at in range(WINDOW, WINDOW + T):
        for f in offsets(WINDOW):
            if sentence[at] == sentence[at + f] >= 0 and abs(f) <= reach_W[at if own else at + f]:
                yield at, at + f


def drawn(form, key, token_window, noise, k=K, **windows):
    """The blocks of a form of sharing negative samples, and their objective."""
    spec = blocks.WindowSpec(WINDOW, WINDOW, True)._replace(**windows)
    shared_by = "span" if form in ("dense", "blocks") else form
    negatives = section("negatives", k=k, shared_by=shared_by, span=SPAN, shared_samples=SHARED_SAMPLES)
    pairs = blocks.draw_negative_sampling(key, token_window, noise, spec, negatives, k)
    if form == "dense":
        return blocks.band_as_blocks(pairs), loss.BLOCKS
    if form == "blocks":
        return pairs, dense.DENSE
    return pairs, loss.BAND if form == "span" else loss.BLOCKS


def weighted_pairs(step) -> Iterator[tuple[int, int, float, float]]:
    """(input id, output id, positive weight, negative weight) of every pair that counts."""
    step = jax.device_get(step)
    if isinstance(step, blocks.Band):
        found = _of_a_band(step)
    else:
        found = (
            (step.inputs[b, c], step.outputs[b, e], step.positive_BCE[b, c, e], step.negative_BCE[b, c, e])
            for b, c, e in np.ndindex(step.positive_BCE.shape)
        )
    for w, c, positive, negative in found:
        if positive or negative:
            yield int(w), int(c), float(positive), float(negative)


def _of_a_band(step):
    for c in range(len(step.inputs)):
        for j, o in enumerate(offsets(WINDOW)):
            yield step.inputs[c], step.token_W[WINDOW + c + o], step.positive_OT[j, c], 0.0
        for d in range(SHARED_SAMPLES):
            yield step.inputs[c], step.noise_BK[c // SPAN, d], 0.0, step.negative_T[c]


def double_loop(step, u, o):
    """Goldberg and Levy 2014, equation 5, and its gradient."""
    u, o = np.asarray(u, np.float64), np.asarray(o, np.float64)
    total, grad_u, grad_o = 0.0, np.zeros_like(u), np.zeros_like(o)
    for w, c, positive, negative in weighted_pairs(step):
        sigma = 1 / (1 + np.exp(-u[w] @ o[c]))
        total += -positive * np.log(sigma) - negative * np.log(1 - sigma)
        slope = -positive * (1 - sigma) + negative * sigma
        grad_u[w] += slope * o[c]
        grad_o[c] += slope * u[w]
    return total, grad_u, grad_o


def after_a_step(pairs, objective, model, optimizer=SGD, freeze="none") -> segment.State:
    step = segment.make_step(objective, optimizer, freeze)
    state, _ = step(segment.init_state(model, optimizer), pairs, jnp.float32(LEARNING_RATE), jnp.bool_(True))
    return state


def check_step(objective, pairs, model, total, count, grad_u, grad_o) -> None:
    """A step of plain SGD has this loss of so many positive pairs, and moves the tables by these gradients."""
    value, _ = objective.of_rows(*segment.gather(model, pairs.inputs, pairs.outputs), pairs)
    assert float(value) == pytest.approx(total, rel=1e-5)
    assert float(positive_pairs(pairs)) == count > 0
    found = after_a_step(pairs, objective, model).model
    np.testing.assert_allclose(found.input_VD, model.input_VD - LEARNING_RATE * grad_u, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.output_VD, model.output_VD - LEARNING_RATE * grad_o, rtol=1e-4, atol=1e-5)


def check_shared_out(pairs, count) -> None:
    """The steps of a chunk have its positive pairs between them."""
    steps = [part(pairs, jnp.int32(i), SPAN) for i in range(T // SPAN)]
    assert sum(float(positive_pairs(one)) for one in steps) == count
