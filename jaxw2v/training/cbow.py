"""Bags: a centre is predicted from all of its contexts at once, the continuous bag of words (Mikolov et al. 2013a)."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxw2v.training.blocks import Around, Windows, part, positive_pairs, tokens_and_partners
from jaxw2v.training.loss import Objective, pair_loss, pooled, spread
from jaxw2v.training.negatives import AliasTable, draw


class Bag(NamedTuple):
    """T neighbouring centres, each against the pooled rows of its contexts, and B stretches that share K noise words.

    T = B C. It is a block of C pooled input rows against C centres, each with its own bag, and K noise words.

    Attributes:
      around_W: [T + 2 widest] int32 ids of the centres with their surroundings.
      noise_BK: int32 ids of the noise words of each stretch.
      share_OT: [2 widest, T] float32, how much of the row at an offset is in the bag.
      spread_OT: the same shape, how much of the bag's gradient the row gets.
      positive_T: [T] float32, 1 where a centre has a context.
      negative_T: [T] float32, how often a bag counts with each noise word of its stretch.
    """

    around_W: jax.Array
    noise_BK: jax.Array
    share_OT: jax.Array
    spread_OT: jax.Array
    positive_T: jax.Array
    negative_T: jax.Array

    @property
    def inputs(self) -> jax.Array:
        """[T + 2 widest] int32 ids of the input rows: each token's row is read and written once for all its bags."""
        return self.around_W

    @property
    def outputs(self) -> jax.Array:
        """[T + B K] int32 ids of the output rows: the centres, then the noise words."""
        widest = len(self.share_OT) // 2
        return jnp.concatenate([self.around_W[widest : widest + len(self.positive_T)], self.noise_BK.reshape(-1)])


def draw_bags(
    key: jax.Array,
    around: Around,
    noise: AliasTable,
    windows: Windows,
    k: float | jax.Array,
    *,
    stretch: int,
    draws: int,
    pool: str,
) -> Bag:
    """The bags of a text; of a centre without contexts nothing counts.

    Args:
      key: PRNG key; consumed.
      around: the text; its number of centres is a multiple of `stretch`.
      noise: what noise words are drawn from.
      windows: how windows are drawn; contexts are the input whatever its `input` says.
      k: noise pairs for a bag, each of the `draws` counting k / draws; it may be traced.
      stretch: static; C, centres that share noise words.
      draws: static; K, noise words of a stretch.
      pool: "mean" of the contexts' rows; their "sum"; or "word2vec_c", the mean, of whose gradient every row gets the
        whole, as if it were the sum.
    """
    key_reach, key_noise = jax.random.split(key)
    centre_T, context_OT = tokens_and_partners(key_reach, around, windows, own=True)
    mean_OT = context_OT / jnp.maximum(context_OT.sum(0, keepdims=True), 1)
    positive_T = context_OT.max(0)
    return Bag(
        around_W=around.ids_W,
        noise_BK=draw(key_noise, noise, (len(centre_T) // stretch, draws)),
        share_OT=context_OT if pool == "sum" else mean_OT,
        spread_OT=mean_OT if pool == "mean" else context_OT,
        positive_T=positive_T,
        negative_T=positive_T * (k / draws),
    )


@part.register
def _(drawn: Bag, step: jax.Array, tokens: int) -> Bag:
    def cut(array, axis, start, size):
        return jax.lax.dynamic_slice_in_dim(array, start, size, axis)

    first, stretch = step * tokens, len(drawn.positive_T) // len(drawn.noise_BK)
    return Bag(
        around_W=cut(drawn.around_W, 0, first, tokens + len(drawn.share_OT)),
        noise_BK=cut(drawn.noise_BK, 0, first // stretch, tokens // stretch),
        share_OT=cut(drawn.share_OT, 1, first, tokens),
        spread_OT=cut(drawn.spread_OT, 1, first, tokens),
        positive_T=cut(drawn.positive_T, 0, first, tokens),
        negative_T=cut(drawn.negative_T, 0, first, tokens),
    )


@positive_pairs.register
def _(drawn: Bag) -> jax.Array:
    return drawn.positive_T.sum()


@jax.custom_vjp
def bag_rows(around_WD: jax.Array, share_OT: jax.Array, spread_OT: jax.Array) -> jax.Array:
    """[T, D] the row of each bag, sums of rows around by share_OT; its gradient goes back to them by spread_OT."""
    return pooled(share_OT, around_WD)


bag_rows.defvjp(
    lambda around_WD, share_OT, spread_OT: (pooled(share_OT, around_WD), spread_OT),
    lambda spread_OT, grad_TD: (spread(spread_OT, grad_TD), None, None),
)


class BagLogits(NamedTuple):
    """The products of bags: x_T with their centres, x_BCK with the noise words of their stretch."""

    x_T: jax.Array
    x_BCK: jax.Array


def bag_logits(around_WD: jax.Array, output_MD: jax.Array, bag: Bag) -> BagLogits:
    """The products of the rows around, pooled, with the output rows of the centres, then of the noise words."""
    (b, k), t = bag.noise_BK.shape, len(bag.positive_T)
    bag_TD = bag_rows(around_WD, bag.share_OT, bag.spread_OT)
    x_BCK = jnp.einsum("bcd,bkd->bck", bag_TD.reshape(b, t // b, -1), output_MD[t:].reshape(b, k, -1))
    return BagLogits((bag_TD * output_MD[:t]).sum(-1), x_BCK)


def bag_loss(x: BagLogits, bag: Bag) -> jax.Array:
    """The summed loss of bags in nats, a scalar; a bag with its centre is one positive pair."""
    negative_BC1 = bag.negative_T.reshape(len(bag.noise_BK), -1, 1)
    return pair_loss(x.x_T, bag.positive_T, 0.0).sum() + pair_loss(x.x_BCK, 0.0, negative_BC1).sum()


BAGS = Objective(bag_logits, bag_loss)
