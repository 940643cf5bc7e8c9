"""For notebook 1: both objectives of one training example and their gradients, written as in the papers."""

from typing import NamedTuple

import jax
import jax.numpy as jnp


class Gradient(NamedTuple):
    """Of a loss: with respect to v_w, [D], and to the output rows that the loss reads, [V, D] or [E, D]."""

    word_D: jax.Array
    output: jax.Array


def softmax_loss(word_D: jax.Array, output_VD: jax.Array, context: int) -> jax.Array:
    """-log p(c | w) in nats, p(c | w) = exp(v_c . v_w) / sum_c' exp(v_c' . v_w): Goldberg and Levy 2014, equation 3.

    Args:
      word_D: v_w.
      output_VD: v_c of all V contexts.
      context: c, a row.
    """
    x_V = jnp.matmul(output_VD, word_D)
    return jnp.log(jnp.exp(x_V).sum()) - x_V[context]


def softmax_gradient(word_D: jax.Array, output_VD: jax.Array, context: int) -> Gradient:
    """Of `softmax_loss`: p(c' | w) less 1 for the context, times the other vector, in each of the V rows."""
    p_V = jnp.exp(jnp.matmul(output_VD, word_D))
    return _times(p_V / p_V.sum(), context, word_D, output_VD)


def negative_sampling_loss(word_D: jax.Array, output_ED: jax.Array) -> jax.Array:
    """-log s(v_c . v_w) - sum_j log s(-v_cj . v_w) in nats: Goldberg and Levy 2014, section 2, of one (w, c) in D.

    Args:
      word_D: v_w.
      output_ED: v_c of the context, then of its k negative samples.
    """
    x_E = jnp.matmul(output_ED, word_D)
    return jnp.log1p(jnp.exp(-x_E[0])) + jnp.log1p(jnp.exp(x_E[1:])).sum()


def negative_sampling_gradient(word_D: jax.Array, output_ED: jax.Array) -> Gradient:
    """Of `negative_sampling_loss`: s(v_c . v_w) less 1 for the context, times the other vector, in 1 + k rows."""
    return _times(jax.nn.sigmoid(jnp.matmul(output_ED, word_D)), 0, word_D, output_ED)


def gradient_errors(word_D: jax.Array, output_VD: jax.Array, context: int, k: int) -> dict[str, float]:
    """By objective, the largest difference between its formula above and automatic differentiation of its loss.

    Args:
      word_D, output_VD, context: as of `softmax_loss`; negative sampling takes the first 1 + k rows.
      k: negative samples.
    """
    softmax, sampling = (word_D, output_VD, context), (word_D, output_VD[: 1 + k])
    pairs = {
        "softmax": (softmax_gradient(*softmax), jax.grad(softmax_loss, (0, 1))(*softmax)),
        "negative sampling": (
            negative_sampling_gradient(*sampling),
            jax.grad(negative_sampling_loss, (0, 1))(*sampling),
        ),
    }
    return {
        name: max(float(jnp.abs(one - other).max()) for one, other in zip(formula, automatic))
        for name, (formula, automatic) in pairs.items()
    }


def _times(probability, observed, word_D, output) -> Gradient:
    slope = probability.at[observed].add(-1.0)
    return Gradient(jnp.matmul(slope, output), slope[:, None] * word_D[None])
