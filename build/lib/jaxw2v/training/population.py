"""Many runs at once: R runs in one compiled program, over one pass of the corpus."""

from collections.abc import Sequence
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.training.segment import State
from jaxw2v.training.trainer import Trainer

AXIS = "runs"
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


def alone(state: State, r: int, runs: int) -> State:
    """The state of run r of `runs`, in the host's memory: of what all replicas have alike, one copy."""

    def leaf(array: jax.Array) -> np.ndarray:
        own = np.asarray(array.addressable_shards[0].data)
        return own if runs == 1 else own[r]

    return jax.tree.map(leaf, state)


def stack(runs: Sequence[Tree]) -> Tree:
    """The trees of arrays of R runs as one, such as their hyperparameters; each array has R in front."""
    return jax.tree.map(lambda *arrays: jnp.stack(arrays), *runs)
