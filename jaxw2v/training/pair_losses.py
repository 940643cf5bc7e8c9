"""Held-out losses: the loss of pairs that were not trained on, in nats. No gradient, no update."""

import jax
import jax.numpy as jnp

from jaxw2v.training import storage
from jaxw2v.training.loss import softplus
from jaxw2v.training.model import Model
from jaxw2v.training.negatives import AliasTable, draw
from jaxw2v.training.row_sums import row_sums
from jaxw2v.training.segment import gather

EXACT = jax.lax.Precision.HIGHEST  # a GPU would round factors of float32 products to 10 bits


def positive_losses(model: Model, word_M: jax.Array, context_M: jax.Array) -> jax.Array:
    """[M] float32: -log s(v_w . v_c) of each pair.

    Args:
      model: of V words.
      word_M, context_M: [M] int32 ids of rows of the input and of the output table.
    """
    input_MD, output_MD = gather(model, word_M, context_M)
    return softplus(-row_sums(input_MD * output_MD))


def drawn_losses(
    key: jax.Array, model: Model, noise: AliasTable, word_M: jax.Array, number_M: jax.Array, samples: int
) -> jax.Array:
    """[M] float32: the mean of -log s(-v_w . v_c') over negative samples c' of its own.

    A pair's negative samples depend on the key and on its number alone, whatever pairs stand beside it.

    Args:
      key: PRNG key; consumed.
      model: as of `positive_losses`.
      noise: what negative samples are drawn from.
      word_M: [M] int32 ids of input rows.
      number_M: [M] uint32, of the pairs.
      samples: static; K, negative samples of a pair.
    """
    noise_MK = jax.vmap(lambda number: draw(jax.random.fold_in(key, number), noise, (samples,)))(number_M)
    input_MD, noise_MKD = gather(model, word_M, noise_MK)
    return softplus(jnp.einsum("md,mkd->mk", input_MD, noise_MKD, precision=EXACT)).mean(-1)


def expected_losses(model: Model, noise_V: jax.Array, word_M: jax.Array) -> jax.Array:
    """[M] float32: the expectation of -log s(-v_w . v_c') over the noise distribution: the sum over all V words.

    Args:
      model: as of `positive_losses`.
      noise_V: [V] float32, probabilities of the words that have output rows.
      word_M: [M] int32 ids of input rows.
    """
    output_VD = storage.values(model.input_VD if model.output_VD is None else model.output_VD)
    x_MV = jnp.matmul(storage.rows(model.input_VD, word_M), output_VD.T, precision=EXACT)
    return jnp.matmul(softplus(x_MV), noise_V, precision=EXACT)
