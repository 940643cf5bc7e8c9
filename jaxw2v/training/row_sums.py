"""Sums along rows, many numbers at a time.

XLA on the CPU keeps the order of a float32 sum along the last axis, and so adds one number at a time. Here blocks of
columns are added to one another first, which fills vector registers, and a product with ones adds up what is left. The
ten products of 256 centers with their neighbors take a third of the time at 100 dimensions, a fourth at 300.
"""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp

REGISTER = 8  # float32 numbers; blocks are as wide as a multiple of it
MOST_BLOCKS = 14  # of more XLA does not vectorize the sum


@jax.custom_vjp
def row_sums(x: jax.Array) -> jax.Array:
    """[...] float32: the sums of x [..., D] along its last axis."""
    return stacked_row_sums([x])[0]


# without this the gradient would be put together from blocks, too
row_sums.defvjp(
    lambda x: (row_sums(x), x.shape[-1]), lambda dim, grad: (jnp.broadcast_to(grad[..., None], (*grad.shape, dim)),)
)


def stacked_row_sums(arrays: Sequence[jax.Array]) -> jax.Array:
    """[A, ...] float32: `row_sums` of A arrays [..., D], with one product for all. Not on CPUs plain sums."""

    def by_blocks(*arrays):
        blocks = jnp.stack([_added_blocks(x) for x in arrays])
        return (blocks.reshape(-1, blocks.shape[-1]) @ jnp.ones((blocks.shape[-1], 1))).reshape(blocks.shape[:-1])

    def plain(*arrays):
        return jnp.stack([x.sum(-1) for x in arrays])

    return jax.lax.platform_dependent(*arrays, cpu=by_blocks, default=plain)


def block_width(dim: int) -> int:
    """L, columns of a block of rows of D = `dim` numbers."""
    return REGISTER * max(2, -(-dim // (REGISTER * MOST_BLOCKS)))


def _added_blocks(x: jax.Array) -> jax.Array:
    """[..., min(L, D)]: blocks of L columns, added; the last is the last L columns, of which those not yet added."""
    dim = x.shape[-1]
    width = min(block_width(dim), dim)
    # lax: the same program, and tracing these 300 operations takes half the time that it takes by jnp
    blocks = [jax.lax.slice_in_dim(x, i, i + width, axis=-1) for i in range(0, dim - width + 1, width)]
    if rest := dim % width:
        last = jax.lax.slice_in_dim(x, dim - width, dim, axis=-1)
        blocks.append(jnp.where(jnp.arange(width) >= width - rest, last, 0))
    return functools.reduce(jax.lax.add, blocks)
