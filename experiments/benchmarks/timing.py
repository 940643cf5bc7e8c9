"""How long a compiled program takes."""

import time
from collections.abc import Callable

import jax


def best_of_five(program: Callable[[jax.Array], jax.Array], x: jax.Array) -> float:
    """Seconds of the shortest of five calls of a jitted function; a call before them compiles it."""
    program(x).block_until_ready()
    seconds = []
    for _ in range(5):
        begin = time.perf_counter()
        program(x).block_until_ready()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)
