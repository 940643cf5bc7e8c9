"""Blocks and losses against a plain double loop over pairs, written from the equations."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.training import blocks, dense, loss
from jaxw2v.training.negatives import build_alias_table, probabilities
from jaxw2v.training.parts import part, positive_pairs
from jaxw2v.training.windows import offsets
from tests.configs import section
from tests.loops import SPAN, WINDOW, D, K, T, V, double_loop, drawn, weighted_pairs


def of_tables(step, step_loss, input_VD, output_VD):
    rows = input_VD.at[step.inputs].get(mode="clip"), output_VD.at[step.outputs].get(mode="clip")
    return step_loss.of_rows(*rows, step)[0]


@pytest.mark.parametrize("name", ["pair", "window", "span", "dense", "blocks"])
@pytest.mark.parametrize("dynamic", [True, False])
def test_every_form_is_the_double_loop(name, dynamic, key, token_window, noise, model):
    step, step_loss = drawn(name, key, token_window, noise, dynamic=dynamic)
    value, grads = jax.value_and_grad(lambda *t: of_tables(step, step_loss, *t), (0, 1))(*model)
    expected, *expected_grads = double_loop(step, *model)
    assert float(value) == pytest.approx(expected, rel=1e-5)
    for grad, expected_grad in zip(grads, expected_grads):
        np.testing.assert_allclose(grad, expected_grad, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["pair", "window", "span"])
def test_k_noise_pairs_for_each_positive_pair(name, key, token_window, noise):
    step, _ = drawn(name, key, token_window, noise)
    pairs = list(weighted_pairs(step))
    positive, negative = sum(p[2] for p in pairs), sum(p[3] for p in pairs)
    assert negative == pytest.approx(K * positive)
    assert float(positive_pairs(step)) == positive > 0


@pytest.mark.parametrize("name", ["pair", "window", "span"])
def test_positive_pairs_are_those_of_the_text(name, key, token_window, noise):
    """With fixed windows, D is known: all neighbors within reach in the same sentence."""
    step, _ = drawn(name, key, token_window, noise, dynamic=False)
    found = sorted((w, c) for w, c, positive, _ in weighted_pairs(step) if positive)
    ids, sentence = np.asarray(token_window.ids_W), np.asarray(token_window.sentence_W)
    expected = sorted(
        (int(ids[i]), int(ids[i + o]))
        for i in range(WINDOW, WINDOW + T)
        for o in offsets(WINDOW)
        if sentence[i] == sentence[i + o] >= 0
    )
    assert found == expected


def test_a_band_is_its_dense_blocks(key, token_window, noise, model):
    band, _ = drawn("span", key, token_window, noise)
    dense = blocks.band_as_blocks(band)
    results = [
        jax.value_and_grad(lambda *t, step=step, of=of: of_tables(step, of, *t), (0, 1))(*model)
        for step, of in ((band, loss.BAND), (dense, loss.BLOCKS))
    ]
    for one, other in zip(*(jax.tree.leaves(result) for result in results)):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("spans", "window"), [(1, 2), (3, 2), (2, 5), (4, 4)])
def test_spans_have_the_rows_around_them(spans, window):
    """Also where a window is wider than a span."""
    c = 4
    token_WD = jnp.arange(float((spans * c + 2 * window) * 3)).reshape(-1, 3)
    found = dense.spans_of(token_WD, spans, window)
    np.testing.assert_array_equal(found, [token_WD[b * c : b * c + c + 2 * window] for b in range(spans)])


@pytest.mark.parametrize("name", ["pair", "window", "span"])
def test_the_steps_of_a_chunk_share_out_its_pairs(name, key, token_window, noise):
    chunk, _ = drawn(name, key, token_window, noise)
    steps = [part(chunk, jnp.int32(i), SPAN) for i in range(T // SPAN)]
    shared_out = [pair for step in steps for pair in weighted_pairs(step)]
    assert sorted(shared_out) == sorted(weighted_pairs(chunk))
    assert all(float(positive_pairs(step)) > 0 for step in steps)


def test_neighbor_products_have_the_gradient_of_autodiff(key):
    center_TD = jax.random.normal(key, (5, 3))
    token_WD = jax.random.normal(jax.random.fold_in(key, 1), (9, 3))

    def plain(center_TD, token_WD):
        return jnp.stack([(center_TD * token_WD[2 + o : 7 + o]).sum(1) for o in offsets(2)])

    weight_OT = jax.random.normal(jax.random.fold_in(key, 2), (4, 5))
    np.testing.assert_allclose(loss.neighbor_products(center_TD, token_WD), plain(center_TD, token_WD), rtol=1e-6)
    found, expected = (
        jax.grad(lambda *x, f=f: (weight_OT * f(*x)).sum(), (0, 1))(center_TD, token_WD)
        for f in (loss.neighbor_products, plain)
    )
    for one, other in zip(found, expected):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_softplus_is_exact_far_out():
    x = jnp.array([-200.0, -30.0, 0.0, 30.0, 200.0])
    np.testing.assert_allclose(loss.softplus(x), [0, 9.357623e-14, np.log(2), 30, 200], rtol=1e-6)
    np.testing.assert_allclose(
        jax.vmap(jax.grad(loss.softplus))(x), [0, 9.357623e-14, 0.5, 1, 1], rtol=1e-5, atol=1e-30
    )


def test_untrained_tables_cost_one_plus_k_log_two(key, token_window, noise):
    step, step_loss = drawn("span", key, token_window, noise)
    value = of_tables(step, step_loss, jnp.ones((V, D)), jnp.zeros((V, D)))
    assert float(value / positive_pairs(step)) == pytest.approx((1 + K) * np.log(2), rel=1e-6)


@pytest.mark.parametrize(("name", "samples"), [("pair", 8), ("window", 4), ("span", 3)])
def test_sharing_noise_leaves_the_expected_gradient_unchanged(name, samples, key, monkeypatch):
    """Exactly, by going through every outcome of every draw: V = 3 words, 2 centers, k = 2."""
    v, t, window, k = 3, 2, 1, 2
    windows = blocks.WindowSpec(window, window, False)
    noise = jax.tree.map(jnp.asarray, build_alias_table(np.array([6.0, 3.0, 1.0])))
    p_V = probabilities(noise)
    ids_W = jnp.array([2, 0, 1, 1], jnp.int32)
    token_window = blocks.TokenWindow(ids_W, jnp.array([0, 0, 0, 0], jnp.int32))
    tables = [jnp.asarray(np.random.default_rng(i).normal(size=(v, 2)), jnp.float32) for i in (1, 2)]

    def gradient(noise_ids):
        monkeypatch.setattr(blocks, "draw", lambda key, table, shape: noise_ids.reshape(shape))
        monkeypatch.setattr(blocks, "words_of", lambda bits, table: noise_ids.reshape(bits.shape[1:]))
        if name == "pair":
            step, of = blocks.draw_pairs(key, token_window, noise, windows, k), loss.BLOCKS
        elif name == "window":
            step, of = blocks.draw_windows(key, token_window, noise, windows, k), loss.BLOCKS
        else:
            negatives = section("negatives", shared_by="span", span=2, shared_samples=samples)
            step, of = blocks.draw_band(key, token_window, noise, windows, negatives, k), loss.BAND
        return jax.grad(lambda *t: of_tables(step, of, *t), (0, 1))(*tables)

    outcomes = np.array(list(itertools.product(range(v), repeat=samples)), np.int32)
    chance = p_V[outcomes].prod(1)
    assert chance.sum() == pytest.approx(1)
    expected = [np.tensordot(chance, np.asarray(g, np.float64), 1) for g in jax.vmap(gradient)(jnp.asarray(outcomes))]

    # k E[log s(-u.o)] written out, with a positive pair for each neighbor
    u, o = (np.asarray(table, np.float64) for table in tables)
    truth = [np.zeros_like(u), np.zeros_like(o)]
    for c in range(window, window + t):
        for offset in offsets(window):
            w, context = int(ids_W[c]), int(ids_W[c + offset])
            for word, weight_positive, weight_negative in [(context, 1, 0), *((n, 0, k * p_V[n]) for n in range(v))]:
                sigma = 1 / (1 + np.exp(-u[w] @ o[word]))
                slope = -weight_positive * (1 - sigma) + weight_negative * sigma
                truth[0][w] += slope * o[word]
                truth[1][word] += slope * u[w]
    for one, other in zip(expected, truth):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-6)
