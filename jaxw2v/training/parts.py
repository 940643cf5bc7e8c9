"""The pairs of a step as parts: cut from what was drawn for a chunk, and their rows joined to those of the step."""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxw2v.training.blocks import Band, Block


@functools.singledispatch
def part(drawn: Any, step: jax.Array, tokens: int) -> Any:
    """The pairs of one step among those drawn for several.

    Args:
      drawn: of a chunk of text; a Block with one block a center, a Band, or what registers here.
      step: int32 scalar, which step of the chunk.
      tokens: T, centers of a step; of a Band, whole spans.
    """

    def cut(array, axis, start, size):
        return jax.lax.dynamic_slice_in_dim(array, start, size, axis)

    first = step * tokens
    if isinstance(drawn, Block):
        return jax.tree.map(lambda array: cut(array, 0, first, tokens), drawn)
    span = len(drawn.negative_T) // len(drawn.noise_BK)
    return Band(
        token_W=cut(drawn.token_W, 0, first, tokens + len(drawn.positive_OT)),
        noise_BK=cut(drawn.noise_BK, 0, first // span, tokens // span),
        positive_OT=cut(drawn.positive_OT, 1, first, tokens),
        negative_T=cut(drawn.negative_T, 0, first, tokens),
    )


@functools.singledispatch
def positive_pairs(drawn: Any) -> jax.Array:
    """How many positive pairs there are, a float32 scalar."""
    return (drawn.positive_OT if isinstance(drawn, Band) else drawn.positive_BCE).sum()


class Section(NamedTuple):
    """Rows of a part that follow those of the part before in the step.

    Attributes:
      rows: of the part alone.
      shared: those after them, which are the first rows of the parts that follow: the neighbors of its last centers.
    """

    rows: int
    shared: int = 0


@functools.singledispatch
def sections(pairs: Any) -> tuple[list[Section], list[Section]]:
    """Those of the input rows and of the output rows of a part, in the order of its `inputs` and `outputs`."""
    if isinstance(pairs, Band):
        tokens, neighbors = len(pairs.negative_T), len(pairs.positive_OT)
        return [Section(tokens)], [Section(tokens, neighbors), Section(pairs.noise_BK.size)]
    return [Section(len(pairs.inputs))], [Section(len(pairs.outputs))]


def joined(rows_R: jax.Array, of: Sequence[Section]) -> jax.Array:
    """[M, ..., D]: the gradients of a step's rows, each row once, from those of its R parts; shared ones are added up.

    Args:
      rows_R: [R, ...] the gradients of each part's input rows, or output rows.
      of: the `sections` of these.
    """
    found, at = [], 0
    for rows, shared in of:
        found.append(_overlapped(rows_R[:, at : at + rows + shared], rows, shared))
        at += rows + shared
    return jnp.concatenate(found)


def _overlapped(part_R: jax.Array, rows: int, shared: int) -> jax.Array:
    r, pieces = len(part_R), 1 + -(-shared // rows)  # of so many rows each, the first of a part's own
    still = [(0, 0)] * (part_R.ndim - 2)
    full_R = jnp.pad(part_R, [(0, 0), (0, pieces * rows - rows - shared), *still])
    pieces_R = full_R.reshape(r, pieces, rows, *part_R.shape[2:])
    aligned = [jnp.pad(pieces_R[:, i], [(i, pieces - 1 - i), (0, 0), *still]) for i in range(pieces)]
    return jnp.asarray(sum(aligned)).reshape(-1, *part_R.shape[2:])[: r * rows + shared]
