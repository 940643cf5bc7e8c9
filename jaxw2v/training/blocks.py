"""Blocks: which pairs of a step count, and how often.

A block is C input rows against E output rows and how often each of the C x E pairs counts as observed and as noise.
Everything here draws the same expected objective, k negative pairs for each positive pair; who shares a set of negative
samples changes its variance and its cost (the setting `negatives.shared_by`).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxw2v.settings.negatives import NegativeSettings
from jaxw2v.training.negatives import AliasTable, draw, draw_others, words_of
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
    """T neighboring centers whose positives form a band, and B spans of C centers that share K negative samples.

    T = B C. The same pairs as `band_as_blocks`, with each token's row touched once.

    Attributes:
      token_W: [T + 2 widest] int32 ids of the centers with `widest` tokens more on both sides.
      noise_BK: int32 ids of the negative samples of each span.
      positive_OT: [2 widest, T] float32, 1 where the token at an offset is a context.
      negative_T: [T] float32, how often a center counts with each negative sample of its span.
    """

    token_W: jax.Array
    noise_BK: jax.Array
    positive_OT: jax.Array
    negative_T: jax.Array

    @property
    def inputs(self) -> jax.Array:
        """[T] int32 ids of the input rows: the centers."""
        widest = len(self.positive_OT) // 2
        return self.token_W[widest : widest + len(self.negative_T)]

    @property
    def outputs(self) -> jax.Array:
        """[W + B K] int32 ids of the output rows: all tokens, then the negative samples; one array, one scatter."""
        return jnp.concatenate([self.token_W, self.noise_BK.reshape(-1)])


class TokenWindow(NamedTuple):
    """Text: T centers with `widest` tokens more on both sides, the farthest that any window reaches.

    Attributes:
      ids_W: [T + 2 widest] int32; V is no word.
      sentence_W: [T + 2 widest] int32; -1 is no word.
    """

    ids_W: jax.Array
    sentence_W: jax.Array


class WindowSpec(NamedTuple):
    """How windows are drawn; see `draw_reach`.

    Attributes:
      window: the farthest context; it may be traced.
      widest: static, an upper bound of `window`.
      dynamic: static.
      input: static, which word of a pair has the input row, "center" or "context" (as word2vec.c).
    """

    window: int | jax.Array
    widest: int
    dynamic: bool
    input: str = "center"


def tokens_and_partners(
    key: jax.Array, token_window: TokenWindow, windows: WindowSpec, own: bool
) -> tuple[jax.Array, jax.Array]:
    """[T] ids of the tokens of a step or chunk, and [O, T] 1 where the token at an offset makes a pair with it.

    Args:
      key: PRNG key; consumed.
      token_window: the text.
      windows: how windows are drawn.
      own: static; the token is the center, else the token at the offset is. (Windows near the end of a chunk are then
        drawn in both chunks: each pair's chance is the same.)
    """
    w, widest = len(token_window.ids_W), windows.widest
    t = w - 2 * widest
    reach = draw_reach(key, (t if own else w,), windows.window, windows.dynamic)
    if not own:  # a token's draw is that of the run alone, whose first token stands `window` before the first center
        reach = jnp.roll(reach, widest - windows.window)
    return token_window.ids_W[widest : widest + t], contexts(reach, token_window.sentence_W, widest)


def inputs_and_partners(key: jax.Array, token_window: TokenWindow, windows: WindowSpec) -> tuple[jax.Array, jax.Array]:
    """`tokens_and_partners` whose tokens are the input of the pairs."""
    return tokens_and_partners(key, token_window, windows, own=windows.input == "center")


def neighbor_ids(token_window: TokenWindow, widest: int) -> jax.Array:
    """[T, O] int32 ids of the tokens at each offset from each center."""
    t = len(token_window.ids_W) - 2 * widest
    return jnp.stack([token_window.ids_W[widest + o : widest + o + t] for o in offsets(widest)], axis=1)


def draw_pairs(
    key: jax.Array, token_window: TokenWindow, noise: AliasTable, windows: WindowSpec, k: int, equal: str = "keep"
) -> Block:
    """The textbook: every pair has k negative samples of its own (Goldberg and Levy 2014, section 2).

    A block is one input word: B = T, C = 1, E = 2 widest contexts + 2 widest k negative samples, of which those of its
    real contexts count.

    Args:
      key: PRNG key; consumed.
      token_window: the text.
      noise: what negative samples are drawn from.
      windows: how windows are drawn.
      k: static; negative samples of a pair.
      equal: static, of `negatives.equal`: what becomes of a sample that is the output word of its pair.
    """
    key_reach, key_noise = jax.random.split(key)
    center_T, positive_OT = inputs_and_partners(key_reach, token_window, windows)
    t, o = len(center_T), 2 * windows.widest

    def sample(key):
        return words_of(_bits_of_pairs(key, t, windows, k), noise)

    neighbor_TO, positive_TO = neighbor_ids(token_window, windows.widest), positive_OT.T
    negative_TK = jnp.repeat(positive_TO, k, axis=1)
    if equal == "keep":
        noise_TK = sample(key_noise)
    else:
        noise_TK, differs_TK = draw_others(key_noise, sample, jnp.repeat(neighbor_TO, k, axis=1), equal == "redraw")
        negative_TK = jnp.where(differs_TK, negative_TK, 0.0)
    return Block(
        inputs=center_T[:, None],
        outputs=jnp.concatenate([neighbor_TO, noise_TK], axis=1),
        positive_BCE=jnp.pad(positive_TO, ((0, 0), (0, o * k)))[:, None],
        negative_BCE=jnp.pad(negative_TK, ((0, 0), (o, 0)))[:, None],
    )


def _bits_of_pairs(key: jax.Array, t: int, windows: WindowSpec, k: int) -> jax.Array:
    """[2, T, 2 widest k] uint32 for the samples of the pairs at each offset: those of the run alone, whose array is
    [2, T, 2 window k]. Random bits depend on their place, not on how many there are (`jax_threefry_partitionable`)."""
    columns = 2 * windows.widest * k
    place = jnp.arange(2 * t)[:, None] * (2 * windows.window * k) + jnp.arange(columns)[None]
    place -= (windows.widest - windows.window) * k  # beyond the window are any bits
    return jax.random.bits(key, (2 * t * columns,)).at[place].get(mode="clip").reshape(2, t, columns)


def draw_windows(
    key: jax.Array, token_window: TokenWindow, noise: AliasTable, windows: WindowSpec, k: int, equal: str = "keep"
) -> Block:
    """A center's whole window shares k negative samples, each counted once for every context (as pWord2Vec).

    A block is one center: B = T, C = 1, E = 2 widest contexts + k negative samples; with contexts as input C = 2
    widest, E = 1 + k. Arguments as `draw_pairs`, but that samples of a window are not drawn again.
    """
    key_reach, key_noise = jax.random.split(key)
    center_T, positive_OT = tokens_and_partners(key_reach, token_window, windows, own=True)
    t, o = len(center_T), 2 * windows.widest
    noise_TK, neighbor_TO = draw(key_noise, noise, (t, k)), neighbor_ids(token_window, windows.widest)
    if windows.input == "context":
        positive_TO1 = positive_OT.T[:, :, None]
        negative_TOK = jnp.broadcast_to(positive_TO1, (t, o, k))
        if equal == "skip":
            negative_TOK = jnp.where((noise_TK != center_T[:, None])[:, None], negative_TOK, 0.0)
        return Block(
            inputs=neighbor_TO,
            outputs=jnp.concatenate([center_T[:, None], noise_TK], axis=1),
            positive_BCE=jnp.pad(positive_TO1, ((0, 0), (0, 0), (0, k))),
            negative_BCE=jnp.pad(negative_TOK, ((0, 0), (0, 0), (1, 0))),
        )
    negative_TK = jnp.broadcast_to(positive_OT.sum(0)[:, None], (t, k))
    if equal == "skip":
        differs_TOK = noise_TK[:, None] != neighbor_TO[:, :, None]
        negative_TK = jnp.where(differs_TOK, positive_OT.T[:, :, None], 0.0).sum(1)
    return Block(
        inputs=center_T[:, None],
        outputs=jnp.concatenate([neighbor_TO, noise_TK], axis=1),
        positive_BCE=jnp.pad(positive_OT.T, ((0, 0), (0, k)))[:, None],
        negative_BCE=jnp.pad(negative_TK, ((0, 0), (o, 0)))[:, None],
    )


def draw_band(
    key: jax.Array,
    token_window: TokenWindow,
    noise: AliasTable,
    windows: WindowSpec,
    negatives: NegativeSettings,
    k: float | jax.Array,
) -> Band:
    """Spans of C = `span` neighboring centers share K = `shared_samples` negative samples: the fast path.

    Args:
      key: PRNG key; consumed.
      token_window: the text; its number of centers is a multiple of `span`.
      noise: what negative samples are drawn from.
      windows: how windows are drawn.
      negatives: static.
      k: negative pairs for a positive pair, each sample counting k / K; it replaces `negatives.k` and may be traced.
    """
    key_reach, key_noise = jax.random.split(key)
    center_T, positive_OT = inputs_and_partners(key_reach, token_window, windows)
    return Band(
        token_W=token_window.ids_W,
        noise_BK=draw(key_noise, noise, (len(center_T) // negatives.span_of(len(center_T)), negatives.shared_samples)),
        positive_OT=positive_OT,
        negative_T=positive_OT.sum(0) * (k / negatives.shared_samples),
    )


def band_as_blocks(band: Band) -> Block:
    """The band as dense blocks of C centers against C + 2 window tokens and K negative samples."""
    (b, k), t, window = band.noise_BK.shape, len(band.negative_T), len(band.positive_OT) // 2
    c = t // b
    at_BA = jnp.arange(b)[:, None] * c + jnp.arange(c + 2 * window)[None]  # places in W
    center = jnp.arange(t)
    positive_BCA = jnp.zeros((b, c, c + 2 * window))
    for j, o in enumerate(offsets(window)):
        positive_BCA = positive_BCA.at[center // c, center % c, center % c + window + o].set(band.positive_OT[j])
    negative_BCK = jnp.broadcast_to(band.negative_T.reshape(b, c, 1), (b, c, k))
    return Block(
        inputs=band.inputs.reshape(b, c),
        outputs=jnp.concatenate([band.token_W[at_BA], band.noise_BK], axis=1),
        positive_BCE=jnp.pad(positive_BCA, ((0, 0), (0, 0), (0, k))),
        negative_BCE=jnp.pad(negative_BCK, ((0, 0), (0, 0), (c + 2 * window, 0))),
    )


def draw_negative_sampling(
    key: jax.Array,
    token_window: TokenWindow,
    noise: AliasTable,
    windows: WindowSpec,
    negatives: NegativeSettings,
    k: float | jax.Array,
) -> Block | Band:
    """The pairs of a text and their negative samples, shared as `negatives.shared_by` says. Arguments as `draw_band`.

    Where pairs or windows have samples of their own, `negatives.k` is their number and `k` is not used.
    """
    if negatives.shared_by == "span":
        return draw_band(key, token_window, noise, windows, negatives, k)
    draw_blocks = draw_pairs if negatives.shared_by == "pair" else draw_windows
    return draw_blocks(key, token_window, noise, windows, negatives.k, negatives.equal)
