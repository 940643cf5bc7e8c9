"""Subsampling of frequent words: each token is kept with a probability that depends on its word alone."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np


class Kept(NamedTuple):
    """The kept tokens of a segment, as windows see them.

    Attributes:
      ids_N: [N] int32 word ids at `length` places; V, which is no word, after these and where a removed token counts.
      sentence_N: [N] int32, the sentence that each token stands in; -1 where there is no word.
      length: int32 scalar, how many places there are.
      tokens: int32 scalar, how many tokens were kept: as many as places, unless removed tokens count.
    """

    ids_N: jax.Array
    sentence_N: jax.Array
    length: jax.Array
    tokens: jax.Array


def keep_probabilities(count_V: np.ndarray, threshold: float, formula: str) -> np.ndarray:
    """[V] float32 probabilities in (0, 1] that a token of each word is kept: `keep_of_share` of its share of tokens.

    Args:
      count_V: [V] positive counts.
      threshold: t; 0 keeps every token.
      formula: one of the two names.
    """
    return keep_of_share(count_V / count_V.sum(dtype=np.float64), threshold, formula)


def keep_of_share(share_V: np.ndarray, threshold: float, formula: str) -> np.ndarray:
    """[V] float32 probabilities in (0, 1] that a token is kept whose word has such a share of all tokens.

    With z the share and t the threshold:
      "word2vec_c": (sqrt(z / t) + 1) t / z, the C program's (McCormick 2017, "Sampling rate");
      "paper": sqrt(t / z), from Mikolov et al. 2013b, equation 5.

    Args:
      share_V: [V] in (0, 1].
      threshold: t; 0 keeps every token.
      formula: one of the two names.

    Differs from word2vec.c: its random number has 16 bits, ours 23.
    """
    if threshold == 0:
        return np.ones(len(share_V), np.float32)
    ratio_V = threshold / share_V  # t / z
    keep_V = np.sqrt(ratio_V) + ratio_V if formula == "word2vec_c" else np.sqrt(ratio_V)
    return np.minimum(keep_V, 1).astype(np.float32)


def keep_in_floats(count_V: np.ndarray, threshold: float, formula: str) -> np.ndarray:
    """[V] float32: `keep_probabilities` to the last bit as word2vec.c computes them, where they may be above 1.

    It mixes float32 and float64; "paper", which it does not have, is as there.
    """
    if formula != "word2vec_c":
        return keep_probabilities(count_V, threshold, formula)
    level = np.float32(threshold) * np.float32(count_V.sum())
    ratio_V = (count_V.astype(np.float32) / level).astype(np.float64)
    return ((np.sqrt(ratio_V) + 1) * np.float64(level) / count_V).astype(np.float32)


def subsample(
    key: jax.Array, raw_N: jax.Array, keep_V: jax.Array, max_sentence: jax.Array | None = None, removed: str = "skip"
) -> Kept:
    """The kept tokens of a segment, in order.

    Args:
      key: PRNG key; consumed.
      raw_N: [N] int32 ids; -1 ends a sentence and fills the end of the segment.
      keep_V: [V] float32 from `keep_probabilities`.
      max_sentence: int32 scalar, kept tokens after which a sentence is cut, as in word2vec.c; None: never.
      removed: static, of `windows.removed`: whether a removed token leaves a place. skip: none, so that kept tokens
        move together and windows reach over it ("dirty" of Levy, Goldberg and Dagan 2015, section 3.1); count: it does
        ("clean").
    """
    n, v = raw_N.shape[0], keep_V.shape[0]
    coin_N = jax.random.uniform(key, (n,))  # in [0, 1): keep_V == 1 always keeps
    kept_N = (raw_N >= 0) & (coin_N < keep_V[jnp.maximum(raw_N, 0)])
    stands_N = kept_N if removed == "skip" else raw_N >= 0
    place_N = jnp.where(kept_N, jnp.cumsum(stands_N) - 1, n)
    sentence_N = jnp.cumsum(raw_N < 0)
    if max_sentence is not None:
        before_N = jnp.cumsum(kept_N) - kept_N.astype(jnp.int32)  # kept tokens before each
        own_N = before_N - jax.lax.cummax(jnp.where(raw_N < 0, before_N, 0))  # of its sentence
        sentence_N = jnp.cumsum(kept_N & (own_N % max_sentence == 0))
    return Kept(
        ids_N=jnp.full(n, v, jnp.int32).at[place_N].set(raw_N, mode="drop"),
        sentence_N=jnp.full(n, -1, jnp.int32).at[place_N].set(sentence_N.astype(jnp.int32), mode="drop"),
        length=stands_N.sum(dtype=jnp.int32),
        tokens=kept_N.sum(dtype=jnp.int32),
    )
