"""For notebooks 4 and 5: what training draws in one pass over a text: tokens kept, pairs, and their distances."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.theory.counts import reach_weights
from jaxw2v.training.blocks import TokenWindow, WindowSpec, draw_pairs
from jaxw2v.training.negatives import AliasTable
from jaxw2v.training.subsample import subsample
from jaxw2v.training.windows import contexts, draw_reach, offsets


class Drawn(NamedTuple):
    """How often each word (row) was drawn with each context (column): observed, D, and as noise, D'.

    Attributes:
      positive_VV, negative_VV: [V, V] int64.
    """

    positive_VV: np.ndarray
    negative_VV: np.ndarray


def paired_places(key: jax.Array, ids_N: np.ndarray, keep_V: np.ndarray, window: int, dynamic: bool) -> np.ndarray:
    """[P, 2] int32: where in the text the word and the context of each pair stand.

    Args:
      key: PRNG key; consumed.
      ids_N: [N] int32 ids, -1 at sentence ends.
      keep_V: [V] from `keep_probabilities`.
      window, dynamic: see `draw_reach`.
    """
    keep_N = np.append(keep_V, 0).astype(np.float32)[ids_N]
    place_N = np.where(ids_N >= 0, np.arange(len(ids_N)), -1).astype(np.int32)
    n = len(place_N)

    def draw(key, place_N, keep_N):  # a place in the text in the role of an id
        key_keep, key_reach = jax.random.split(key)
        kept = subsample(key_keep, place_N, keep_N)
        reach_T = draw_reach(key_reach, (n,), window, dynamic)
        sentence_W = jnp.pad(kept.sentence_N, window, constant_values=-1)
        return jnp.pad(kept.ids_N, window), contexts(reach_T, sentence_W, window) > 0

    place_W, pair_OT = (np.asarray(array) for array in jax.jit(draw)(key, place_N, keep_N))
    return np.concatenate(
        [
            np.stack([place_W[window : window + n][pair_T], place_W[window + o : window + o + n][pair_T]], axis=1)
            for o, pair_T in zip(offsets(window), pair_OT)
        ]
    )


def distances(key: jax.Array, ids_N: np.ndarray, keep_V: np.ndarray, window: int, dynamic: bool) -> np.ndarray:
    """[P] int32: how far apart in the text the word and the context of each pair stand; arguments as above."""
    places_P2 = paired_places(key, ids_N, keep_V, window, dynamic)
    return np.abs(places_P2[:, 0] - places_P2[:, 1])


def with_place(places_P2: np.ndarray, place: int) -> tuple[int, int]:
    """How many pairs have this place of the text as their word, and how many as their context."""
    word, context = (places_P2 == place).sum(axis=0).tolist()
    return word, context


class KeptTokens(NamedTuple):
    """What one subsampling of a text left.

    Attributes:
      count_V: [V] int64 tokens kept of each word.
      off_S: [S] of the words that may be removed, (kept - expected) in standard errors, sqrt(n P (1 - P)).
    """

    count_V: np.ndarray
    off_S: np.ndarray


def kept(key: jax.Array, ids_N: np.ndarray, count_V: np.ndarray, keep_V: np.ndarray) -> KeptTokens:
    """One subsampling by the program's own function.

    Args:
      key: PRNG key; consumed.
      ids_N: [N] int32 ids, -1 at sentence ends.
      count_V: [V] tokens of each word in the text.
      keep_V: [V] from `keep_probabilities`.
    """
    left = np.asarray(subsample(key, jnp.asarray(ids_N), jnp.asarray(keep_V)).ids_N)
    left_V = np.bincount(left, minlength=len(count_V) + 1)[: len(count_V)]
    may_V = keep_V < 1
    count_S, keep_S = count_V[may_V], np.asarray(keep_V, np.float64)[may_V]
    return KeptTokens(left_V, (left_V[may_V] - count_S * keep_S) / np.sqrt(count_S * keep_S * (1 - keep_S)))


class Reach(NamedTuple):
    """Pairs of dynamic windows among those of fixed windows, by distance 1, 2, ...

    Attributes:
      share_O: [O] float64 fraction.
      expected_O: [O] float64 (window - d + 1) / window.
      error_O: [O] float64 standard error of the fraction.
    """

    share_O: np.ndarray
    expected_O: np.ndarray
    error_O: np.ndarray


def reach(dynamic_P: np.ndarray, fixed_P: np.ndarray, window: int) -> Reach:
    """Of two results of `distances` that differ in `dynamic` alone."""
    possible_O, there_O = (np.bincount(found, minlength=window + 1)[1 : window + 1] for found in (fixed_P, dynamic_P))
    expected_O = reach_weights(window, dynamic=True)
    # 2: both sides of a center have the same reach
    error_O = np.sqrt(2 * expected_O * (1 - expected_O) / possible_O)
    return Reach(there_O / possible_O, expected_O, error_O)


def count_pairs(key: jax.Array, ids_N: np.ndarray, noise: AliasTable, window: int, dynamic: bool, k: int) -> Drawn:
    """D and D' of one pass over a text that is not subsampled, every pair with k negative samples of its own.

    Args:
      key: PRNG key; consumed.
      ids_N: [N] int32 ids, -1 at sentence ends.
      noise: of the V words.
      window, dynamic: see `draw_reach`.
      k: negative samples of a pair.
    """
    v, real_N = len(noise.keep_V), ids_N >= 0
    ids_W = np.pad(ids_N[real_N], window, constant_values=v).astype(np.int32)
    sentence_W = np.pad(np.cumsum(~real_N)[real_N], window, constant_values=-1).astype(np.int32)
    token_window = TokenWindow(jnp.asarray(ids_W), jnp.asarray(sentence_W))
    noise = jax.tree.map(jnp.asarray, noise)
    windows = WindowSpec(window, window, dynamic)
    block = jax.jit(lambda key, token_window, noise: draw_pairs(key, token_window, noise, windows, k))(
        key, token_window, noise
    )
    inputs, outputs = np.asarray(block.inputs), np.asarray(block.outputs)
    cell = (inputs * (v + 1) + outputs).reshape(-1)
    counts = (
        np.bincount(cell, np.asarray(weight_BCE).reshape(-1), (v + 1) ** 2).reshape(v + 1, v + 1)[:v, :v]
        for weight_BCE in (block.positive_BCE, block.negative_BCE)
    )
    return Drawn(*(count_VV.astype(np.int64) for count_VV in counts))
