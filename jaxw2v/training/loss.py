"""The loss of skip-gram with negative sampling, in nats, for pairs that count any number of times."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxw2v.training.blocks import Band, Block
from jaxw2v.training.row_sums import stacked_row_sums
from jaxw2v.training.windows import offsets


@jax.custom_jvp
def softplus(x: jax.Array) -> jax.Array:
    """log(1 + e^x) = -log s(-x), with s(x) as its derivative: one transcendental in a gradient."""
    return jax.nn.softplus(x)


softplus.defjvps(lambda tangent, _, x: tangent * jax.nn.sigmoid(x))


def pair_loss(x: jax.Array, positive: jax.Array | float, negative: jax.Array | float) -> jax.Array:
    """positive * -log s(x) + negative * -log s(-x), elementwise: Goldberg and Levy 2014, equation 5, with counts.

    Args:
      x: v_w . v_c of the pairs.
      positive: how often a pair counts as observed (in D).
      negative: how often as noise (in D').
    """
    return (positive + negative) * softplus(x) - positive * x


def block_logits(input_BCD: jax.Array, output_BED: jax.Array) -> jax.Array:
    """[B, C, E] products v_w . v_c of the rows of B blocks."""
    return jax.vmap(lambda input_CD, output_ED: input_CD @ output_ED.T)(input_BCD, output_BED)


def block_loss(x_BCE: jax.Array, block: Block) -> jax.Array:
    """The summed loss of B blocks in nats, a scalar, from their `block_logits`."""
    return pair_loss(x_BCE, block.positive_BCE, block.negative_BCE).sum()


class BandLogits(NamedTuple):
    """The products v_w . v_c of a band: x_OT of centers with their neighbors, x_BCK with negative samples."""

    x_OT: jax.Array
    x_BCK: jax.Array


def band_logits(input_TD: jax.Array, output_MD: jax.Array, band: Band) -> BandLogits:
    """The products of a band's rows.

    Args:
      input_TD: the input rows of the centers.
      output_MD: the output rows of the W tokens, then of the B x K negative samples.
      band: from `draw_band`.
    """
    (b, k), w = band.noise_BK.shape, len(band.token_W)
    noise_BKD = output_MD[w:].reshape(b, k, -1)
    x_BCK = jnp.einsum("bcd,bkd->bck", input_TD.reshape(b, len(input_TD) // b, -1), noise_BKD)
    return BandLogits(neighbor_products(input_TD, output_MD[:w]), x_BCK)


def band_loss(x: BandLogits, band: Band) -> jax.Array:
    """The summed loss of a band in nats, a scalar: the same as `block_loss` of `band_as_blocks`."""
    negative_BC1 = band.negative_T.reshape(len(band.noise_BK), -1, 1)
    return pair_loss(x.x_OT, band.positive_OT, 0.0).sum() + pair_loss(x.x_BCK, 0.0, negative_BC1).sum()


class Objective(NamedTuple):
    """The loss in two parts, so that a step can return the logits that it needs anyway.

    Attributes:
      logits: (input rows, output rows, their pairs) -> products of the pairs.
      loss: (logits, their pairs) -> summed loss in nats, a scalar.
      seen: what a gradient sees in the place of the logits, see `sigmoids.make_seen`; None: themselves.
    """

    logits: Callable[[jax.Array, jax.Array, Any], Any]
    loss: Callable[[Any, Any], jax.Array]
    seen: Callable[[jax.Array], jax.Array] | None = None

    def of_rows(self, inputs: jax.Array, outputs: jax.Array, pairs: Block | Band) -> tuple[jax.Array, Any]:
        """The loss, and the logits beside it."""
        with jax.named_scope("products"):
            x = self.logits(inputs, outputs, pairs)
        with jax.named_scope("activation"):
            return self.loss(x if self.seen is None else jax.tree.map(self.seen, x), pairs), x

    def summed(self, over_columns: Callable[[Any], Any]) -> "Objective":
        """The same of rows whose columns several devices share: their products are added up by `over_columns`."""
        return self._replace(logits=lambda *rows_and_pairs: over_columns(self.logits(*rows_and_pairs)))


BLOCKS = Objective(lambda inputs, outputs, pairs: block_logits(inputs, outputs), block_loss)
BAND = Objective(band_logits, band_loss)


@jax.custom_vjp
def neighbor_products(center_TD: jax.Array, token_WD: jax.Array) -> jax.Array:
    """[O, T] products of each center with the row at each offset from it; W = T + 2 window gives the window."""
    t, window = len(center_TD), (len(token_WD) - len(center_TD)) // 2
    return stacked_row_sums([center_TD * _rows(token_WD, window + o, t) for o in offsets(window)])


def _forward(center_TD, token_WD):
    return neighbor_products(center_TD, token_WD), (center_TD, token_WD)


def _backward(rows, grad_OT):
    # Both directions as shifted products of arrays padded once: the transposes of 2w slices cost a fifth of a step.
    center_TD, token_WD = rows
    return pooled(grad_OT, token_WD), spread(grad_OT, center_TD)


neighbor_products.defvjp(_forward, _backward)


def pooled(weight_OT: jax.Array, token_WD: jax.Array) -> jax.Array:
    """[T, D] for each center the weighted sum of the rows at each offset from it."""
    t, window = weight_OT.shape[1], len(weight_OT) // 2
    terms = (weight_OT[j, :, None] * _rows(token_WD, window + o, t) for j, o in enumerate(offsets(window)))
    return functools.reduce(jax.lax.add, terms)


def spread(weight_OT: jax.Array, center_TD: jax.Array) -> jax.Array:
    """[W, D] for each token the weighted sum of the centers that have it at an offset: `pooled` transposed."""
    t, window = len(center_TD), len(weight_OT) // 2
    w = t + 2 * window
    padded_center = jnp.pad(center_TD, ((2 * window, 2 * window), (0, 0)))
    padded_weight = jnp.pad(weight_OT, ((0, 0), (2 * window, 2 * window)))
    terms = (
        padded_weight[j, window - o : window - o + w, None] * _rows(padded_center, window - o, w)
        for j, o in enumerate(offsets(window))
    )
    return functools.reduce(jax.lax.add, terms)


def _rows(table_WD: jax.Array, first: int, rows: int) -> jax.Array:
    return jax.lax.slice_in_dim(table_WD, first, first + rows)
