"""The loss of skip-gram with negative sampling, in nats, for pairs that count any number of times."""

import jax
import jax.numpy as jnp

from jaxw2v.training.blocks import Band, Block
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


def block_loss(input_CD: jax.Array, output_ED: jax.Array, positive_CE: jax.Array, negative_CE: jax.Array) -> jax.Array:
    """The summed loss of one block, a scalar in nats. `blocks_loss` maps it over a batch."""
    return pair_loss(input_CD @ output_ED.T, positive_CE, negative_CE).sum()


def blocks_loss(input_BCD: jax.Array, output_BED: jax.Array, block: Block) -> jax.Array:
    """The summed loss of B blocks, a scalar in nats.

    Args:
      input_BCD: the input rows that `block.inputs` names.
      output_BED: the output rows that `block.outputs` names.
      block: weights with a leading axis B.
    """
    return jax.vmap(block_loss)(input_BCD, output_BED, block.positive_BCE, block.negative_BCE).sum()


def band_loss(input_TD: jax.Array, output_MD: jax.Array, band: Band) -> jax.Array:
    """The summed loss of a band, a scalar in nats: the same as `blocks_loss` of `band_as_blocks`.

    Args:
      input_TD: the input rows of the centres.
      output_MD: the output rows of the W tokens around, then of the B x K noise words.
      band: from `draw_band`.
    """
    (b, k), w = band.noise_BK.shape, len(band.around_W)
    positive_OT = pair_loss(neighbour_products(input_TD, output_MD[:w]), band.positive_OT, 0.0)
    noise_BKD = output_MD[w:].reshape(b, k, -1)
    x_BCK = jnp.einsum("bcd,bkd->bck", input_TD.reshape(b, len(input_TD) // b, -1), noise_BKD)
    return positive_OT.sum() + pair_loss(x_BCK, 0.0, band.negative_T.reshape(b, -1, 1)).sum()


@jax.custom_vjp
def neighbour_products(centre_TD: jax.Array, around_WD: jax.Array) -> jax.Array:
    """[O, T] products of each centre with the row at each offset from it; W = T + 2 window gives the window."""
    t, window = len(centre_TD), (len(around_WD) - len(centre_TD)) // 2
    return jnp.stack([(centre_TD * around_WD[window + o : window + o + t]).sum(-1) for o in offsets(window)])


def _forward(centre_TD, around_WD):
    return neighbour_products(centre_TD, around_WD), (centre_TD, around_WD)


def _backward(rows, grad_OT):
    # Both directions as shifted products of arrays padded once: the transposes of 2w slices cost a fifth of a step.
    centre_TD, around_WD = rows
    t, w = len(centre_TD), len(around_WD)
    window = (w - t) // 2
    grad_centre_TD = sum(
        grad_OT[j, :, None] * around_WD[window + o : window + o + t] for j, o in enumerate(offsets(window))
    )
    padded_centre = jnp.pad(centre_TD, ((2 * window, 2 * window), (0, 0)))
    padded_grad = jnp.pad(grad_OT, ((0, 0), (2 * window, 2 * window)))
    grad_around_WD = sum(
        padded_grad[j, window - o : window - o + w, None] * padded_centre[window - o : window - o + w]
        for j, o in enumerate(offsets(window))
    )
    return grad_centre_TD, grad_around_WD


neighbour_products.defvjp(_forward, _backward)
