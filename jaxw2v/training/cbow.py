"""CBOW, continuous bag of words: a center is predicted from all of its contexts at once (Mikolov et al. 2013a)."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxw2v.settings.negatives import NegativeSettings
from jaxw2v.training.blocks import TokenWindow, WindowSpec, tokens_and_partners
from jaxw2v.training.loss import Objective, pair_loss, pooled, spread
from jaxw2v.training.negatives import AliasTable, draw, draw_others
from jaxw2v.training.parts import Section, part, positive_pairs, sections
from jaxw2v.training.row_sums import row_sums


class CbowBatch(NamedTuple):
    """T neighboring centers, each against the pooled rows of its contexts, and B spans that share K negative samples.

    T = B C. A block is C pooled input rows against K negative samples, and each against its own center.

    Attributes:
      token_W: [T + 2 widest] int32 ids of the centers with `widest` tokens more on both sides.
      noise_BK: int32 ids of the negative samples of each span.
      share_OT: [2 widest, T] float32, the weight of the row at an offset in the center's mean.
      spread_OT: the same shape, how much of the mean's gradient the row gets.
      positive_T: [T] float32, 1 where a center has a context.
      negative_T: [T] float32, how often a center counts with each negative sample of its span.
    """

    token_W: jax.Array
    noise_BK: jax.Array
    share_OT: jax.Array
    spread_OT: jax.Array
    positive_T: jax.Array
    negative_T: jax.Array

    @property
    def inputs(self) -> jax.Array:
        """[T + 2 widest] int32 ids of the input rows: each token's row is read and written once for all means."""
        return self.token_W

    @property
    def outputs(self) -> jax.Array:
        """[T + B K] int32 ids of the output rows: the centers, then the negative samples."""
        widest = len(self.share_OT) // 2
        return jnp.concatenate([self.token_W[widest : widest + len(self.positive_T)], self.noise_BK.reshape(-1)])


def draw_cbow(
    key: jax.Array,
    token_window: TokenWindow,
    noise: AliasTable,
    windows: WindowSpec,
    negatives: NegativeSettings,
    k: float | jax.Array,
    pool: str,
) -> CbowBatch:
    """The CBOW batch of a text; of a center without contexts nothing counts.

    Args:
      key: PRNG key; consumed.
      token_window: the text; its number of centers is a multiple of `span` if that shares.
      noise: what negative samples are drawn from.
      windows: how windows are drawn; contexts are the input whatever its `input` says.
      negatives: static. A center and its mean are one pair, so those who share by pair or window share with nobody.
      k: negative pairs for a center where spans share, each sample counting k / K; it may be traced. Elsewhere
        `negatives.k` samples are drawn.
      pool: static; "mean" of the contexts' rows; their "sum"; or "word2vec_c", the mean, of whose gradient every row
        gets the whole, as if it were the sum.
    """
    span, samples = negatives.span_of(len(token_window.ids_W) - 2 * windows.widest), negatives.shared_samples
    if negatives.shared_by != "span":
        span, samples, k = 1, max(negatives.k, 1), negatives.k
    key_reach, key_noise = jax.random.split(key)
    center_T, context_OT = tokens_and_partners(key_reach, token_window, windows, own=True)
    if negatives.equal == "keep":
        noise_BK = draw(key_noise, noise, (len(center_T) // span, samples))
    else:  # not where spans share
        words_TK = jnp.broadcast_to(center_T[:, None], (len(center_T), samples))
        again = negatives.equal == "redraw"
        noise_BK, differs_TK = draw_others(key_noise, lambda key: draw(key, noise, words_TK.shape), words_TK, again)
        noise_BK = jnp.where(differs_TK, noise_BK, len(noise.keep_V))  # V, which is no word
    mean_OT = context_OT / jnp.maximum(context_OT.sum(0, keepdims=True), 1)
    positive_T = context_OT.max(0)
    return CbowBatch(
        token_W=token_window.ids_W,
        noise_BK=noise_BK,
        share_OT=context_OT if pool == "sum" else mean_OT,
        spread_OT=mean_OT if pool == "mean" else context_OT,
        positive_T=positive_T,
        negative_T=positive_T * (k / samples),
    )


@part.register
def _(drawn: CbowBatch, step: jax.Array, tokens: int) -> CbowBatch:
    def cut(array, axis, start, size):
        return jax.lax.dynamic_slice_in_dim(array, start, size, axis)

    first, span = step * tokens, len(drawn.positive_T) // len(drawn.noise_BK)
    return CbowBatch(
        token_W=cut(drawn.token_W, 0, first, tokens + len(drawn.share_OT)),
        noise_BK=cut(drawn.noise_BK, 0, first // span, tokens // span),
        share_OT=cut(drawn.share_OT, 1, first, tokens),
        spread_OT=cut(drawn.spread_OT, 1, first, tokens),
        positive_T=cut(drawn.positive_T, 0, first, tokens),
        negative_T=cut(drawn.negative_T, 0, first, tokens),
    )


@positive_pairs.register
def _(drawn: CbowBatch) -> jax.Array:
    return drawn.positive_T.sum()


@sections.register
def _(pairs: CbowBatch) -> tuple[list[Section], list[Section]]:
    tokens, neighbors = len(pairs.positive_T), len(pairs.share_OT)
    return [Section(tokens, neighbors)], [Section(tokens), Section(pairs.noise_BK.size)]


@jax.custom_vjp
def cbow_means(token_WD: jax.Array, share_OT: jax.Array, spread_OT: jax.Array) -> jax.Array:
    """[T, D] the mean of each center, a sum of rows weighted by share_OT; its gradient returns to them by spread_OT."""
    return pooled(share_OT, token_WD)


cbow_means.defvjp(
    lambda token_WD, share_OT, spread_OT: (pooled(share_OT, token_WD), spread_OT),
    lambda spread_OT, grad_TD: (spread(spread_OT, grad_TD), None, None),
)


class CbowLogits(NamedTuple):
    """The products of CBOW means: x_T with their centers, x_BCK with the negative samples of their span."""

    x_T: jax.Array
    x_BCK: jax.Array


def cbow_logits(token_WD: jax.Array, output_MD: jax.Array, batch: CbowBatch) -> CbowLogits:
    """The products of the pooled rows with the output rows of the centers, then of the negative samples."""
    (b, k), t = batch.noise_BK.shape, len(batch.positive_T)
    mean_TD = cbow_means(token_WD, batch.share_OT, batch.spread_OT)
    x_BCK = jnp.einsum("bcd,bkd->bck", mean_TD.reshape(b, t // b, -1), output_MD[t:].reshape(b, k, -1))
    return CbowLogits(row_sums(mean_TD * output_MD[:t]), x_BCK)


def cbow_loss(x: CbowLogits, batch: CbowBatch) -> jax.Array:
    """The summed loss in nats, a scalar; a center with its mean is one positive pair."""
    negative_BC1 = batch.negative_T.reshape(len(batch.noise_BK), -1, 1)
    return pair_loss(x.x_T, batch.positive_T, 0.0).sum() + pair_loss(x.x_BCK, 0.0, negative_BC1).sum()


CBOW = Objective(cbow_logits, cbow_loss)
