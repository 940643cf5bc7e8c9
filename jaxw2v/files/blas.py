"""BLAS on one thread: how it cuts a sum depends on how many it has, and so do the last bits of what it gives."""

import threadpoolctl

# A decorator. While the function runs, every BLAS that is loaded has one thread: numpy and scipy bring one each.
one_thread = threadpoolctl.threadpool_limits.wrap(limits=1, user_api="blas")
