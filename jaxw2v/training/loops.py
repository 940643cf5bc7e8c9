"""The loops of a segment: as long as its kept tokens, or of lengths that are known when it is compiled.

XLA runs a loop of known length on a GPU without asking; of any other the host waits before each turn until the GPU says
whether there is one, which takes longer than a small step. On a CPU nothing waits, and no turn is in vain.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp


def over_steps(body: Callable, begin: Any, first: jax.Array, end: jax.Array, most: int, static: bool) -> Any:
    """`begin` after body(i, carry) for the steps i from `first` to below `end`.

    Args:
      body: what a step does with the carry; a step that is not there must leave it alone, see `static`.
      begin: the carry before.
      first, end: int32 scalars; at most `most` steps.
      most: static.
      static: static; all `most` turns are taken, those from `end` on in vain.
    """
    if not static:
        return jax.lax.fori_loop(first, end, body, begin)
    return jax.lax.fori_loop(0, most, lambda i, carry: body(first + i, carry), begin)


def over_chunks(body: Callable, begin: Any, chunks: jax.Array, at_once: int | None) -> Any:
    """`begin` after body(i, carry) for the chunks i from 0 to below `chunks`.

    Args:
      body: what a chunk does with the carry; one that is not there must leave it alone, see `at_once`.
      begin: the carry before.
      chunks: int32 scalar.
      at_once: static; chunks that are taken before anyone asks whether there are more, those past the last in vain;
        None: their number is asked for once, as it is not by a GPU.
    """
    if at_once is None:
        return jax.lax.fori_loop(0, chunks, body, begin)

    def more(carry):
        first, inner = carry
        return first + at_once, jax.lax.fori_loop(0, at_once, lambda i, x: body(first + i, x), inner)

    return jax.lax.while_loop(lambda carry: carry[0] < chunks, more, (jnp.int32(0), begin))[1]
