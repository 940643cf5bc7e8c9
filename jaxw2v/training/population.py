"""Many runs at once: R runs in one compiled program, over one pass of the corpus."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.training.segment import State
from jaxw2v.training.trainer import Run, Trainer, make_trainer

AXIS = "runs"


def make_population(**settings) -> Trainer:
    """A trainer whose keys, states and runs have a leading axis R and whose segments are shared.

    Each run has the vectors that it has alone, up to float32 rounding, whatever else is in the population. Seeds, k,
    exponent, rate, subsampling threshold and window may differ along R; what is static may not.

    Args:
      settings: of `make_trainer`. k differs only where spans share noise: elsewhere it is a shape.

    Returns:
      `init(key_R, words, contexts=None) -> State` and
      `train_segment(key_R, state, run, raw_N, start, end) -> (State, Info)`, every array of State, Run and Info with R
      in front.
    """
    one = make_trainer(**settings, runs=AXIS)

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


def stack(runs: Sequence[Run]) -> Run:
    """R runs as one, each array with R in front."""
    return jax.tree.map(lambda *arrays: jnp.stack(arrays), *runs)
