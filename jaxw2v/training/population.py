"""Many runs at once: R runs in one compiled program, over one pass of the corpus."""

from collections.abc import Sequence
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.training.trainer import Trainer

AXIS = "side by side"  # of runs within a device; that of devices is `mesh.RUNS`
Tree = TypeVar("Tree")


def make_population(one: Trainer) -> Trainer:
    """A trainer whose keys, states and hyperparameters have a leading axis R and whose segments are shared.

    Each run has the vectors that it has alone, up to float32 rounding, whatever else is in the population. Seeds and
    `Hyperparameters` may differ along R; what is static may not. k differs only where spans share negative samples:
    elsewhere it is a shape.

    Args:
      one: of a single run, made for the axis of runs `AXIS`.

    Returns:
      `init(key_R, words, contexts=None) -> State` and
      `train_segment(key_R, state, hyperparameters, raw_N, start, end) -> (State, Info)`, every array of State,
      Hyperparameters and Info with R in front.
    """

    def init(key_R, words, contexts=None):
        return jax.vmap(lambda key: one.init(key, words, contexts))(key_R)

    train_segment = jax.vmap(one.train_segment, in_axes=(0, 0, 0, None, None, None), axis_name=AXIS)
    return Trainer(init, train_segment)


def alone(state: Tree, r: int, runs: int) -> Tree:
    """The state of run r of `runs`, whole, in the host's memory: of what several devices have alike, one copy."""

    def leaf(array: jax.Array | np.ndarray) -> np.ndarray:
        if isinstance(array, np.ndarray):
            return array if runs == 1 else array[r]
        if array.is_fully_replicated:
            own = np.asarray(array.addressable_shards[0].data)
            return own if runs == 1 else own[r]
        found = np.empty(array.shape if runs == 1 else array.shape[1:], array.dtype)
        for shard in array.addressable_shards:
            if shard.replica_id == 0 and runs == 1:
                found[shard.index] = shard.data
            elif shard.replica_id == 0 and r in (here := range(runs)[shard.index[0]]):
                found[shard.index[1:]] = np.asarray(shard.data)[here.index(r)]
        return found

    return jax.tree.map(leaf, state)


def stack(runs: Sequence[Tree]) -> Tree:
    """The trees of arrays of R runs as one, such as their hyperparameters; each array has R in front."""
    return jax.tree.map(lambda *arrays: jnp.stack(arrays), *runs)
