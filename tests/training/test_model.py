"""Switches of the model against plain double loops in float64: one table, a frozen one, no noise, who is the input."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.training import rows
from jaxw2v.training.model import Model, init_model
from jaxw2v.training.windows import draw_reach, offsets
from tests.configs import section
from tests.loops import LEARNING_RATE, WINDOW, D, K, T, V, after_a_step, double_loop, drawn, weighted_pairs

FORMS = ["pair", "window", "span"]


@pytest.mark.parametrize("form", FORMS)
def test_one_table_moves_by_what_both_roles_of_a_word_ask(form, key, token_window, noise, model):
    pairs, objective = drawn(form, key, token_window, noise)
    found = after_a_step(pairs, objective, Model(model.input_VD, None)).model
    u = np.asarray(model.input_VD, np.float64)
    expected = u - LEARNING_RATE * sum(double_loop(pairs, u, u)[1:])
    assert found.output_VD is None
    np.testing.assert_allclose(found.input_VD, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("form", FORMS)
def test_one_table_has_one_accumulator_a_row(form, key, token_window, noise, model):
    pairs, objective = drawn(form, key, token_window, noise)
    state = after_a_step(pairs, objective, Model(model.input_VD, None), rows.damped_sgd(1.0))
    assert state.output_rows == ()
    touched = {word for w, c, *_ in weighted_pairs(pairs) for word in (w, c)}
    assert {int(row) for row in np.flatnonzero(state.input_rows)} == touched


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("freeze", ["input", "output"])
def test_a_frozen_table_stays_and_the_other_learns(form, freeze, key, token_window, noise, model):
    pairs, objective = drawn(form, key, token_window, noise)
    found = after_a_step(pairs, objective, model, freeze=freeze).model
    u, o = (np.asarray(table, np.float64) for table in model)
    for name, found_VD, before_VD, grad in zip(("input", "output"), found, model, double_loop(pairs, u, o)[1:]):
        if name == freeze:
            assert (found_VD == before_VD).all()
        else:
            np.testing.assert_allclose(found_VD, before_VD - LEARNING_RATE * grad, rtol=1e-4, atol=1e-5)
            assert np.abs(grad).max() > 0.1


@pytest.mark.parametrize("form", FORMS)
def test_without_noise_all_pairs_are_positive_and_each_step_draws_them_together(form, key, token_window, noise, model):
    pairs, objective = drawn(form, key, token_window, noise, k=0)
    found = list(weighted_pairs(pairs))
    with_noise = [pair for pair in weighted_pairs(drawn(form, key, token_window, noise)[0]) if pair[2]]
    assert [pair[3] for pair in found] == [0.0] * len(found)
    assert sorted(found) == sorted((w, c, 1.0, 0.0) for w, c, *_ in with_noise)
    u, o = (np.asarray(table, np.float64) for table in model)
    after = after_a_step(pairs, objective, model).model
    for found_VD, before_VD, grad in zip(after, model, double_loop(pairs, u, o)[1:]):
        np.testing.assert_allclose(found_VD, before_VD - LEARNING_RATE * grad, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dynamic", [True, False])
def test_contexts_as_input_are_the_pairs_of_the_centers_turned_round(form, dynamic, key, token_window, noise):
    """(context, center) for every context in reach of its center, by plain loops."""
    pairs, _ = drawn(form, key, token_window, noise, input="context", dynamic=dynamic)
    key_reach, _ = jax.random.split(key)
    reach = draw_reach(key_reach, (T if form == "window" else T + 2 * WINDOW,), WINDOW, dynamic)
    reach_W = np.pad(reach, WINDOW) if form == "window" else np.asarray(reach)
    ids, sentence = np.asarray(token_window.ids_W), np.asarray(token_window.sentence_W)
    expected = []
    for step_token in range(WINDOW, WINDOW + T):
        for o in offsets(WINDOW):
            # a window's center is a token of the step; elsewhere its context is
            center, context = (step_token, step_token + o) if form == "window" else (step_token + o, step_token)
            if sentence[center] == sentence[context] >= 0 and abs(o) <= reach_W[center]:
                expected.append((int(ids[context]), int(ids[center])))
    found = list(weighted_pairs(pairs))
    assert sorted((w, c) for w, c, positive, _ in found if positive) == sorted(expected)
    assert sum(pair[3] for pair in found) == pytest.approx(K * len(expected))


def test_a_center_shares_its_noise_with_its_contexts_as_input(key, token_window, noise):
    """As pWord2Vec: the k words of a center count once with each of its contexts."""
    block, _ = drawn("window", key, token_window, noise, input="context")
    assert block.outputs.shape == (T, 1 + K)
    positive_TO = np.asarray(block.positive_BCE)[:, :, 0]
    assert 0 < positive_TO.sum() < positive_TO.size
    np.testing.assert_array_equal(block.negative_BCE[:, :, 1:], np.repeat(positive_TO[:, :, None], K, axis=2))
    assert (np.asarray(block.outputs[:, 0]) == np.asarray(token_window.ids_W[WINDOW : WINDOW + T])).all()


def test_where_tables_start(key):
    settings = section("model", dim=D, init_range=0.5, output_range=0.0)
    plain = init_model(key, V, settings)
    other = init_model(key, V, dataclasses.replace(settings, output_range=3.0))
    assert (plain.input_VD == other.input_VD).all()
    assert not plain.output_VD.any()
    assert 2.5 / D < float(jnp.abs(other.output_VD).max()) <= 3 / D
    assert init_model(key, V, dataclasses.replace(settings, tied=True)).output_VD is None
