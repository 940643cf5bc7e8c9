"""Blocks: which pairs of a step count, and how often.

A block is C input rows against E output rows and how often each of the C x E pairs counts as observed and as noise.
Everything here draws the same expected objective, k noise pairs for each positive pair; who shares a set of noise words
changes its variance and its cost (the setting `negatives.shared_by`).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxw2v.training.negatives import AliasTable, draw
from jaxw2v.training.windows import contexts, draw_reach, offsets


class Block(NamedTuple):
    """B blocks of C input rows against E output rows.

    Attributes:
      inputs: [B, C] int32 ids of input rows; V is no word, its pairs weigh 0.
      outputs: [B, E] int32 ids of output rows, likewise.
      positive_BCE: float32, how often each pair counts as observed.
      negative_BCE: float32, how often as noise.
    """

    inputs: jax.Array
    outputs: jax.Array
    positive_BCE: jax.Array
    negative_BCE: jax.Array


class Band(NamedTuple):
    """T neighbouring centres whose positives form a band, and B stretches of C centres that share K noise words.

    T = B C. The same pairs as `band_as_blocks`, with each token's row touched once.

    Attributes:
      inputs: [T] int32 ids of the centres.
      outputs: [W + B K] int32 ids of the tokens with their surroundings, then of the noise words.
      positive_OT: [2 window, T] float32, 1 where the token at an offset is a context.
      negative_BCK: float32, how often each pair of a centre and a noise word counts.
    """

    inputs: jax.Array
    outputs: jax.Array
    positive_OT: jax.Array
    negative_BCK: jax.Array


class Around(NamedTuple):
    """What a step sees of the text: T centres with `window` tokens more on both sides.

    Attributes:
      ids_W: [T + 2 window] int32; V is no word.
      sentence_W: [T + 2 window] int32; -1 is no word.
    """

    ids_W: jax.Array
    sentence_W: jax.Array


def _centres_and_contexts(key: jax.Array, around: Around, window: int, dynamic: bool) -> tuple[jax.Array, jax.Array]:
    t = len(around.ids_W) - 2 * window
    positive_OT = contexts(draw_reach(key, (t,), window, dynamic), around.sentence_W, window)
    return around.ids_W[window : window + t], positive_OT


def _context_ids(around: Around, window: int) -> jax.Array:
    t = len(around.ids_W) - 2 * window
    return jnp.stack([around.ids_W[window + o : window + o + t] for o in offsets(window)], axis=1)


def draw_pairs(key: jax.Array, around: Around, noise: AliasTable, window: int, dynamic: bool, k: int) -> Block:
    """The textbook: every pair has k noise words of its own (Goldberg and Levy 2014, section 2).

    A block is one centre: B = T, C = 1, E = 2 window contexts + 2 window k draws, of which those of its real contexts
    count.

    Args:
      key: PRNG key; consumed.
      around: the text of the step.
      noise: what noise words are drawn from.
      window, dynamic: see `draw_reach`.
      k: noise words for a pair.
    """
    key_reach, key_noise = jax.random.split(key)
    centre_T, positive_OT = _centres_and_contexts(key_reach, around, window, dynamic)
    t, o = len(centre_T), 2 * window
    noise_TK = draw(key_noise, noise, (t, o * k))
    positive_TO = positive_OT.T
    return Block(
        inputs=centre_T[:, None],
        outputs=jnp.concatenate([_context_ids(around, window), noise_TK], axis=1),
        positive_BCE=jnp.pad(positive_TO, ((0, 0), (0, o * k)))[:, None],
        negative_BCE=jnp.pad(jnp.repeat(positive_TO, k, axis=1), ((0, 0), (o, 0)))[:, None],
    )


def draw_windows(key: jax.Array, around: Around, noise: AliasTable, window: int, dynamic: bool, k: int) -> Block:
    """A centre's whole window shares k noise words, each counted once for every context (as pWord2Vec).

    A block is one centre: B = T, C = 1, E = 2 window contexts + k draws. Arguments as `draw_pairs`.
    """
    key_reach, key_noise = jax.random.split(key)
    centre_T, positive_OT = _centres_and_contexts(key_reach, around, window, dynamic)
    t, o = len(centre_T), 2 * window
    negative_TK = jnp.broadcast_to(positive_OT.sum(0)[:, None], (t, k))
    return Block(
        inputs=centre_T[:, None],
        outputs=jnp.concatenate([_context_ids(around, window), draw(key_noise, noise, (t, k))], axis=1),
        positive_BCE=jnp.pad(positive_OT.T, ((0, 0), (0, k)))[:, None],
        negative_BCE=jnp.pad(negative_TK, ((0, 0), (o, 0)))[:, None],
    )


def draw_band(
    key: jax.Array, around: Around, noise: AliasTable, window: int, dynamic: bool, k: int, stretch: int, draws: int
) -> Band:
    """Stretches of neighbouring centres share noise words: the fast path.

    Args:
      key: PRNG key; consumed.
      around: the text of the step; its number of centres is a multiple of `stretch`.
      noise: what noise words are drawn from.
      window, dynamic: see `draw_reach`.
      k: noise pairs for a positive pair, in expectation of the noise words: each of the `draws` counts k / draws.
      stretch: C, centres that share.
      draws: K, noise words of a stretch.
    """
    key_reach, key_noise = jax.random.split(key)
    centre_T, positive_OT = _centres_and_contexts(key_reach, around, window, dynamic)
    b = len(centre_T) // stretch
    weight_BC1 = (positive_OT.sum(0) * (k / draws)).reshape(b, stretch, 1)
    noise_BK = draw(key_noise, noise, (b, draws))
    return Band(
        inputs=centre_T,
        outputs=jnp.concatenate([around.ids_W, noise_BK.reshape(-1)]),
        positive_OT=positive_OT,
        negative_BCK=jnp.broadcast_to(weight_BC1, (b, stretch, draws)),
    )


def band_as_blocks(band: Band) -> Block:
    """The band written as dense blocks of C centres against the C + 2 window tokens around them and K noise words."""
    b, c, k = band.negative_BCK.shape
    window = len(band.positive_OT) // 2
    around_W, noise = jnp.split(band.outputs, [b * c + 2 * window])
    at_BA = jnp.arange(b)[:, None] * c + jnp.arange(c + 2 * window)[None]  # the places of a block's surroundings in W
    centre = jnp.arange(b * c)
    positive_BCA = jnp.zeros((b, c, c + 2 * window))
    for j, o in enumerate(offsets(window)):
        positive_BCA = positive_BCA.at[centre // c, centre % c, centre % c + window + o].set(band.positive_OT[j])
    return Block(
        inputs=band.inputs.reshape(b, c),
        outputs=jnp.concatenate([around_W[at_BA], noise.reshape(b, k)], axis=1),
        positive_BCE=jnp.pad(positive_BCA, ((0, 0), (0, 0), (0, k))),
        negative_BCE=jnp.pad(band.negative_BCK, ((0, 0), (0, 0), (c + 2 * window, 0))),
    )


def positive_pairs(step: Block | Band) -> jax.Array:
    """How many positive pairs a step holds, a float32 scalar."""
    return (step.positive_OT if isinstance(step, Band) else step.positive_BCE).sum()
