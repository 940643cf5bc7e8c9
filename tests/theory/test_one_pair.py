import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.theory import one_pair

WORD = jnp.asarray(np.random.default_rng(1).normal(size=7), jnp.float32)
OUTPUT = jnp.asarray(np.random.default_rng(2).normal(size=(11, 7)), jnp.float32)


def test_both_losses_by_loops():
    x = [sum(float(o) * float(w) for o, w in zip(row, WORD)) for row in OUTPUT]
    expected = np.log(sum(np.exp(one) for one in x)) - x[4]
    assert float(one_pair.softmax_loss(WORD, OUTPUT, 4)) == pytest.approx(expected, rel=1e-5)
    expected = sum(-np.log(1 / (1 + np.exp(-one if at == 0 else one))) for at, one in enumerate(x[:4]))
    assert float(one_pair.negative_sampling_loss(WORD, OUTPUT[:4])) == pytest.approx(expected, rel=1e-5)


def test_gradients_are_those_of_the_losses():
    for found, expected in (
        (one_pair.softmax_gradient(WORD, OUTPUT, 4), jax.grad(one_pair.softmax_loss, (0, 1))(WORD, OUTPUT, 4)),
        (
            one_pair.negative_sampling_gradient(WORD, OUTPUT[:4]),
            jax.grad(one_pair.negative_sampling_loss, (0, 1))(WORD, OUTPUT[:4]),
        ),
    ):
        for one, other in zip(found, expected):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_the_error_of_a_gradient_is_seen(monkeypatch):
    found = one_pair.gradient_errors(WORD, OUTPUT, context=4, k=3)
    assert set(found) == {"softmax", "negative sampling"}
    assert max(found.values()) < 1e-5
    monkeypatch.setattr(one_pair, "softmax_gradient", lambda *read: one_pair.Gradient(WORD + 100, OUTPUT))
    found = one_pair.gradient_errors(WORD, OUTPUT, context=4, k=3)
    assert found["softmax"] > 90
    assert found["negative sampling"] < 1e-5
