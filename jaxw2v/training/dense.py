"""A band's loss by dense products: each span's centers against all of its tokens and negative samples at once.

The same sums as `loss.BAND`, whose shifted products are many small operations: here they are one product of matrices a
span, forward, and two backward, four times the arithmetic, of which a GPU has plenty.
"""

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.training.blocks import Band
from jaxw2v.training.loss import Objective, block_logits, pair_loss


def spans_of(token_WD: jax.Array, spans: int, window: int) -> jax.Array:
    """[B, C + 2 window, D] the rows of the tokens around each of B spans of C centers, from those of all W tokens."""
    w, dim = token_WD.shape
    c = (w - 2 * window) // spans
    pieces = 1 + -(-2 * window // c)  # of C rows, in which a span's rows lie
    padded = jnp.pad(token_WD, ((0, (spans + pieces - 1) * c - w), (0, 0)))
    piece_PCD = padded.reshape(spans + pieces - 1, c, dim)
    side_by_side = [jax.lax.slice_in_dim(piece_PCD, i, i + spans) for i in range(pieces)]
    return jnp.concatenate(side_by_side, axis=1)[:, : c + 2 * window]


def dense_logits(input_TD: jax.Array, output_MD: jax.Array, band: Band) -> jax.Array:
    """[B, C, C + 2 window + K] products of each center with the tokens around its span and its negative samples.

    Args:
      input_TD, output_MD: rows as of `loss.band_logits`.
      band: from `draw_band`.
    """
    (b, k), w, dim = band.noise_BK.shape, len(band.token_W), input_TD.shape[1]
    tokens = spans_of(output_MD[:w], b, len(band.positive_OT) // 2)
    rows_BED = jnp.concatenate([tokens, output_MD[w:].reshape(b, k, dim)], axis=1)
    return block_logits(input_TD.reshape(b, -1, dim), rows_BED)


def dense_loss(x_BCE: jax.Array, band: Band) -> jax.Array:
    """The summed loss of a band in nats, a scalar, from its `dense_logits`."""
    (b, k), (o, t) = band.noise_BK.shape, band.positive_OT.shape
    c = t // b
    shift_CA = np.arange(c + o)[None] - np.arange(c)[:, None]  # 0 .. 2 window within reach; window is the center
    at_CA = np.where(shift_CA > o // 2, shift_CA - 1, shift_CA)  # among the offsets, which leave it out
    inside_CA = (shift_CA >= 0) & (shift_CA <= o) & (shift_CA != o // 2)
    positive_BCO = band.positive_OT.T.reshape(b, c, o)
    found_BCA = positive_BCO[:, np.arange(c)[:, None], np.clip(at_CA, 0, o - 1)]
    positive_BCA = jnp.where(inside_CA, found_BCA, 0.0)
    negative_BCK = jnp.broadcast_to(band.negative_T.reshape(b, c, 1), (b, c, k))
    return pair_loss(
        x_BCE,
        jnp.pad(positive_BCA, ((0, 0), (0, 0), (0, k))),
        jnp.pad(negative_BCK, ((0, 0), (0, 0), (c + o, 0))),
    ).sum()


DENSE = Objective(dense_logits, dense_loss)
