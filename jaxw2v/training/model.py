"""The model: two tables of vectors, or one for both roles."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.settings.model import ModelSettings
from jaxw2v.training import storage
from jaxw2v.training.streams import low_words


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

    Differs from word2vec.c, unless `init` is "word2vec_c": see `repeating_rows`.
    """
    dim, dtype = settings.dim, settings.dtype
    bound = settings.init_range / dim
    if settings.init == "word2vec_c":
        input_VD = storage.stored(repeating_rows(words, dim, settings.init_range), dtype)
    else:
        input_VD = storage.stored(jax.random.uniform(key, (words, dim), jnp.float32, -bound, bound), dtype)
    if settings.tied:
        return Model(input_VD, None)
    shape = (words if contexts is None else contexts, dim)
    if not settings.output_range:
        return Model(input_VD, storage.stored(jnp.zeros(shape, jnp.float32), dtype))
    bound = settings.output_range / dim
    output_VD = jax.random.uniform(jax.random.fold_in(key, 1), shape, jnp.float32, -bound, bound)
    return Model(input_VD, storage.stored(output_VD, dtype))


def repeating_rows(words: int, dim: int, init_range: float) -> jax.Array:
    """[words, dim] float32: the input rows of word2vec.c, which do not depend on a seed.

    Its numbers are the low 16 bits of its generator, which repeat: of 65,536 numbers, after 65,536 / gcd(65,536, dim)
    words (16,384 at 100 dimensions) the rows begin again.

    Args:
      words: V.
      dim: D.
      init_range: rows are within +-init_range / dim; in the C program 0.5.
    """
    value_I = (low_words().astype(np.float32) / np.float32(65536)).astype(np.float64) - 0.5
    value_I = (value_I * (2 * init_range) / dim).astype(np.float32)
    place_V = jnp.arange(words, dtype=jnp.uint32)[:, None] * jnp.uint32(dim)
    place_VD = place_V + jnp.arange(dim, dtype=jnp.uint32)[None]
    return jnp.asarray(value_I)[place_VD & jnp.uint32(65535)]
