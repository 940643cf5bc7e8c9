"""BLAS on one thread: how it splits a sum, and so the last bits of a result, depend on how many it has."""

import functools

import numpy as np
import threadpoolctl

# A decorator. While the function runs, every BLAS that is loaded has one thread: numpy and scipy bring one each.
one_thread = threadpoolctl.threadpool_limits.wrap(limits=1, user_api="blas")


@functools.cache
@one_thread
def take_memory() -> None:
    """NumPy's BLAS takes the memory that it works in, once. Where it finds none later, it ends the process."""
    many_VD = np.ones((2000, 8), np.float32)
    many_VD @ many_VD[0]
