"""CBOW against a loop over centers written from word2vec.c and Mikolov et al. 2013a, in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.training import blocks, cbow, segment
from jaxw2v.training.parts import part
from jaxw2v.training.windows import draw_reach, offsets
from tests.configs import section
from tests.loops import SHARED_SAMPLES, SPAN, WINDOW, D, K, T, check_step


def drawn(key, token_window, noise, pool="mean", k=K, shared_by="span"):
    windows = blocks.WindowSpec(WINDOW, WINDOW, True)
    negatives = section("negatives", k=k, shared_by=shared_by, span=SPAN, shared_samples=SHARED_SAMPLES)
    return cbow.draw_cbow(key, token_window, noise, windows, negatives, k, pool)


def loop(key, token_window, noise_BK, u, o, pool, k=K):
    """(loss, centers with contexts, both gradients), a center at a time, from the text itself."""
    reach_T = draw_reach(jax.random.split(key)[0], (T,), WINDOW, True)
    ids, sentence = np.asarray(token_window.ids_W), np.asarray(token_window.sentence_W)
    b, samples = noise_BK.shape
    total, count, grad_u, grad_o = 0.0, 0, np.zeros_like(u), np.zeros_like(o)
    for t in range(T):
        at = WINDOW + t
        near = [at + f for f in offsets(WINDOW) if abs(f) <= reach_T[t] and sentence[at + f] == sentence[at] >= 0]
        if not near:
            continue
        count += 1
        size = 1 if pool == "sum" else len(near)
        batch = sum(u[ids[c]] for c in near) / size
        error = np.zeros(D)
        for word, label, weight in [(ids[at], 1, 1), *((n, 0, k / samples) for n in noise_BK[t // (T // b)])]:
            sigma = 1 / (1 + np.exp(-batch @ o[word]))
            total -= weight * np.log(sigma if label else 1 - sigma)
            error += weight * (sigma - label) * o[word]
            grad_o[word] += weight * (sigma - label) * batch
        for c in near:
            grad_u[ids[c]] += error / (size if pool == "mean" else 1)
    return total, count, grad_u, grad_o


@pytest.mark.parametrize("pool", ["mean", "sum", "word2vec_c"])
@pytest.mark.parametrize(("shared_by", "shape"), [("span", (T // SPAN, SHARED_SAMPLES)), ("pair", (T, K))])
def test_a_step_is_the_loop_over_centers(pool, shared_by, shape, key, token_window, noise, model):
    batch = drawn(key, token_window, noise, pool, shared_by=shared_by)
    assert batch.noise_BK.shape == shape
    u, o = (np.asarray(table, np.float64) for table in model)
    expected = loop(key, token_window, np.asarray(batch.noise_BK), u, o, pool)
    check_step(cbow.CBOW, batch, model, *expected)
    assert expected[1] < T  # one word stands alone, one is none


@pytest.mark.parametrize("pool", ["mean", "sum"])
def test_the_gradient_is_the_derivative_and_that_of_word2vec_c_is_not(pool, key, token_window, noise, model):
    """By finite differences of the loop."""
    batch = drawn(key, token_window, noise, pool)
    u, o = (np.asarray(table, np.float64) for table in model)
    noise_BK, small, row = np.asarray(batch.noise_BK), 1e-6, int(batch.token_W[WINDOW + 1])

    def at(change):
        moved = u.copy()
        moved[row] += change
        return loop(key, token_window, noise_BK, moved, o, pool)

    direction = np.random.default_rng(3).normal(size=D)
    slope = (at(small * direction)[0] - at(-small * direction)[0]) / (2 * small)
    assert slope == pytest.approx(at(0)[2][row] @ direction, rel=1e-4)
    if pool == "mean":
        c_program = loop(key, token_window, noise_BK, u, o, "word2vec_c")[2][row] @ direction
        assert abs(c_program - slope) > 0.1 * abs(slope)


def test_the_steps_of_a_chunk_share_out_its_centers(key, token_window, noise, model):
    whole = drawn(key, token_window, noise)
    steps = [part(whole, jnp.int32(i), SPAN) for i in range(T // SPAN)]
    value, *values = (
        float(cbow.CBOW.of_rows(*segment.gather(model, batch.inputs, batch.outputs), batch)[0])
        for batch in (whole, *steps)
    )
    assert sum(values) == pytest.approx(value, rel=1e-5)
    assert min(values) > 0


def test_without_noise_only_centers_count(key, token_window, noise):
    assert not drawn(key, token_window, noise, k=0).negative_T.any()
