"""BLAS on one thread: how it splits a sum, and so the last bits of a result, depend on how many it has."""

import threadpoolctl

# A decorator. While the function runs, every BLAS that is loaded has one thread: numpy and scipy bring one each.
one_thread = threadpoolctl.threadpool_limits.wrap(limits=1, user_api="blas")
