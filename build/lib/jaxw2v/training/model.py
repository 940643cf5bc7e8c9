"""The model: two tables of vectors, or one for both roles."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxw2v.settings.model import ModelSettings
from jaxw2v.training import storage


class Model(NamedTuple):
    """Two vectors for each word (Goldberg and Levy 2014, section 2, footnote on distinct vectors), see `storage`.

    Attributes:
      input_VD: [V, D], v_w of the center word; what people use as "the" vectors. word2vec.c: syn0.
      output_VD: [V, D], v_c of the context word. word2vec.c: syn1neg. None: a word has one vector for both.
    """

    input_VD: jax.Array
    output_VD: jax.Array | None


def init_model(key: jax.Array, words: int, settings: ModelSettings, contexts: int | None = None) -> Model:
    """Input rows uniform in +-init_range / dim, output rows in +-output_range / dim.

    Args:
      key: PRNG key; consumed.
      words: V.
      settings: static: dim is D, dtype is that of the tables.
      contexts: rows of the output table, if not V.

    Differs from word2vec.c: its 16-bit generator repeats whole rows (every 16,384 words at 100 dimensions).
    """
    dim, dtype = settings.dim, settings.dtype
    bound = settings.init_range / dim
    input_VD = storage.stored(jax.random.uniform(key, (words, dim), jnp.float32, -bound, bound), dtype)
    if settings.tied:
        return Model(input_VD, None)
    shape = (words if contexts is None else contexts, dim)
    if not settings.output_range:
        return Model(input_VD, storage.stored(jnp.zeros(shape, jnp.float32), dtype))
    bound = settings.output_range / dim
    output_VD = jax.random.uniform(jax.random.fold_in(key, 1), shape, jnp.float32, -bound, bound)
    return Model(input_VD, storage.stored(output_VD, dtype))
