"""Given pairs of words and contexts with vocabularies of their own (word2vecf, Levy and Goldberg 2014)."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxw2v.training.blocks import TokenWindow
from jaxw2v.training.negatives import AliasTable, draw
from jaxw2v.training.parts import part
from jaxw2v.training.subsample import Kept


class GivenPairs(NamedTuple):
    """Blocks, one a pair: B pairs, C = 1 word, E = its context + k negative contexts. Fields as of `blocks.Block`."""

    inputs: jax.Array
    outputs: jax.Array
    positive_BCE: jax.Array
    negative_BCE: jax.Array


def subsample_pairs(key: jax.Array, raw_N: jax.Array, keep_V: jax.Array, words: int) -> Kept:
    """The kept pairs of a segment: those whose word and whose context were both kept, as in word2vecf.

    Args:
      key: PRNG key; consumed.
      raw_N: [N] int32, words in [0, words) each followed by its context in [words, V), -1 between pairs.
      keep_V: [V] float32 from `keep_probabilities`, of the words, then of the contexts.
      words: how many of V are words.
    """
    n, v = len(raw_N), len(keep_V)
    coin_N = jax.random.uniform(key, (n,))  # in [0, 1): keep_V == 1 always keeps
    alone_N = (raw_N >= 0) & (coin_N < keep_V[jnp.maximum(raw_N, 0)])
    kept_N = alone_N & jnp.where(raw_N < words, jnp.roll(alone_N, -1), jnp.roll(alone_N, 1))
    place_N = jnp.where(kept_N, jnp.cumsum(kept_N) - 1, n)
    length = kept_N.sum(dtype=jnp.int32)
    return Kept(
        ids_N=jnp.full(n, v, jnp.int32).at[place_N].set(raw_N, mode="drop"),
        sentence_N=jnp.zeros(n, jnp.int32),
        length=length,
        tokens=length,
    )


def draw_given(key: jax.Array, token_window: TokenWindow, noise: AliasTable, words: int, k: int) -> GivenPairs:
    """The pairs of a chunk, each with k negative contexts of its own.

    Args:
      key: PRNG key; consumed.
      token_window: from `subsample_pairs`: each word, then its context.
      noise: of contexts.
      words: how many words there are; ids of contexts begin there.
      k: static; negative contexts of a pair.
    """
    pair_B2 = token_window.ids_W.reshape(-1, 2)
    b, contexts = len(pair_B2), len(noise.keep_V)
    real_B = pair_B2[:, 1] < words + contexts
    positive_BCE = real_B.astype(jnp.float32)[:, None, None]
    return GivenPairs(
        inputs=pair_B2[:, :1],
        outputs=jnp.concatenate([pair_B2[:, 1:] - words, draw(key, noise, (b, k))], axis=1),
        positive_BCE=jnp.pad(positive_BCE, ((0, 0), (0, 0), (0, k))),
        negative_BCE=jnp.pad(jnp.broadcast_to(positive_BCE, (b, 1, k)), ((0, 0), (0, 0), (1, 0))),
    )


@part.register
def _(drawn: GivenPairs, step: jax.Array, tokens: int) -> GivenPairs:
    pairs = tokens // 2
    return jax.tree.map(lambda array: jax.lax.dynamic_slice_in_dim(array, step * pairs, pairs), drawn)
