"""The model: two tables of vectors."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxw2v.training import tables


class Model(NamedTuple):
    """Two vectors for each word (Goldberg and Levy 2014, section 2, footnote on distinct vectors), held as in `tables`.

    Attributes:
      input_VD: [V, D], v_w of the centre word; what people use as "the" vectors. word2vec.c: syn0.
      output_VD: [V, D], v_c of the context word. word2vec.c: syn1neg.
    """

    input_VD: jax.Array
    output_VD: jax.Array


def init_model(key: jax.Array, words: int, dim: int, init_range: float, dtype: str = "float32") -> Model:
    """Input rows uniform in +-init_range / dim, output rows 0.

    Args:
      key: PRNG key; consumed.
      words: V.
      dim: D.
      init_range: 0.5 as word2vec.c, 1 as gensim.
      dtype: of the tables: one of `tables.DTYPES`.

    Differs from word2vec.c: its 16-bit generator repeats whole rows (every 16,384 words at 100 dimensions).
    """
    bound = init_range / dim
    return Model(
        input_VD=tables.stored(jax.random.uniform(key, (words, dim), jnp.float32, -bound, bound), dtype),
        output_VD=tables.stored(jnp.zeros((words, dim), jnp.float32), dtype),
    )
