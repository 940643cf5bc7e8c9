"""Replicas: copies of the tables that train on a piece of text each and are merged after it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxw2v.training import storage
from jaxw2v.training.row_sums import row_sums
from jaxw2v.training.segment import State

AXIS = "replicas"


def adasum(one: jax.Array, other: jax.Array) -> jax.Array:
    """Two changes of the same rows as one, row by row (Maleki et al. 2020, Scaling Distributed Training with Adaptive
    Summation).

    Orthogonal changes are added, such as those of a rare word, which only one replica met. Of changes in the same
    direction the mean is taken, as of a frequent word, which both replicas moved to the same place.

    Args:
      one, other: [..., V, D].
    """
    both = row_sums(one * other)[..., None] / 2

    def weight(change):
        square = row_sums(jnp.square(change))[..., None]
        return 1 - both / jnp.where(square > 0, square, 1)

    return weight(one) * one + weight(other) * other


class Replicas(NamedTuple):
    """R copies of the state of training, each on a device of its own; R = 1 is training as it is.

    Attributes:
      keep: state -> kept: what the merge will need of a state that training writes into. A program of its own: in one
        program with training XLA copies the tables instead.
      train_segment: (key_R, state, kept, hyperparameters, raw_RN, start, end) -> (state, info). key_R is [R] keys, or
        [R, runs] of a population; raw_RN is [R, N]; every array of info has R in front.
    """

    keep: Callable
    train_segment: Callable


def make_replicas(train_segment: Callable, devices: Sequence[jax.Device]) -> Replicas:
    """What trains R replicas, one on each device.

    All begin a segment with the same state, and each trains on a piece of its own. Then each merges the changes of all
    in its part of the rows, two at a time by `adasum`, and sends that part to the others: no row is merged twice, and
    each keeps only its part of the tables before. The pieces share one clock of the learning rate. Results depend on R
    and not on how many cores there are.

    Args:
      train_segment: of a `Trainer`, of one run or of a population.
      devices: R of them, a power of 2.
    """
    if len(devices) == 1:

        def alone(key_R, state, kept, hyperparameters, raw_RN, start, end):
            raw = jax.tree.map(lambda array: array[0], raw_RN)
            state, info = train_segment(key_R[0], state, hyperparameters, raw, start, end)
            return state, jax.tree.map(lambda array: array[None], info)

        return Replicas(lambda state: (), alone)

    def words_axis(state):
        return state.model.input_VD.ndim - 2  # in front is that of the runs of a population

    def keep(state):
        return jax.tree.map(lambda leaf: _own_part(leaf, words_axis(state), len(devices))[None], state)

    def replica(key_R, state, kept, hyperparameters, raw_RN, start, end):
        trained, info = train_segment(key_R[0], state, hyperparameters, raw_RN[0], start, end)
        with jax.named_scope("merge"):

            def merge(combine, trained, kept):
                return jax.tree.map(lambda *leaf: _merged(*leaf, words_axis(state), combine), trained, kept)

            kept = jax.tree.map(lambda array: array[0], kept)
            merged = State(merge(adasum, trained.model, kept.model), *merge(jnp.add, trained[1:], kept[1:]))
        return merged, jax.tree.map(lambda array: array[None], info)

    each, all_alike = PartitionSpec(AXIS), PartitionSpec()
    mesh = make_mesh(devices)
    return Replicas(
        jax.shard_map(keep, mesh=mesh, in_specs=(all_alike,), out_specs=each, check_vma=False),
        jax.shard_map(
            replica,
            mesh=mesh,
            in_specs=(each, all_alike, each, all_alike, each, all_alike, all_alike),
            out_specs=(all_alike, each),
            check_vma=False,  # every replica gets the same parts
        ),
    )


def _parts(leaf: jax.Array, axis: int, replicas: int) -> tuple[int, list[int]]:
    """How many rows a replica merges, and the first of each replica's; the last parts may overlap."""
    size = -(-leaf.shape[axis] // replicas)
    return size, [min(r * size, leaf.shape[axis] - size) for r in range(replicas)]


def _own_part(leaf: jax.Array, axis: int, replicas: int) -> jax.Array:
    """The rows that this replica merges; of what has no rows, such as a count of steps, all."""
    if leaf.ndim <= axis:
        return leaf
    size, firsts = _parts(leaf, axis, replicas)
    return jax.lax.dynamic_slice_in_dim(leaf, jnp.array(firsts)[jax.lax.axis_index(AXIS)], size, axis)


def _merged(trained: jax.Array, kept: jax.Array, axis: int, combine: Callable) -> jax.Array:
    """What all replicas continue with, written into `trained`; `kept` is this replica's part of what was before."""
    if trained.ndim <= axis:
        return kept + jax.lax.psum(trained - kept, AXIS)
    replicas, own = jax.lax.axis_size(AXIS), jax.lax.axis_index(AXIS)
    size, firsts = _parts(trained, axis, replicas)

    def from_other(distance):  # replicas whose numbers differ in these bits send each other the parts that they merge
        part = jax.lax.dynamic_slice_in_dim(trained, jnp.array(firsts)[own ^ distance], size, axis)
        return jax.lax.ppermute(part, AXIS, [(r, r ^ distance) for r in range(replicas)]) if distance else part

    parts = [from_other(distance) for distance in range(replicas)]
    changes = [storage.values(each) - storage.values(kept) for each in parts]
    while len(changes) > 1:
        changes = [combine(*pair) for pair in zip(changes[0::2], changes[1::2])]
    dtype = "bfloat16" if trained.dtype == jnp.uint16 else "float32"
    new = jax.lax.all_gather(storage.stored(storage.values(kept) + changes[0], dtype), AXIS)
    for rows, first in zip(new, firsts):
        trained = jax.lax.dynamic_update_slice_in_dim(trained, rows, first, axis)
    return trained


def make_mesh(devices: Sequence[jax.Device]) -> Mesh:
    """The mesh of R devices."""
    return Mesh(np.array(devices), (AXIS,))


def everywhere(devices: Sequence[jax.Device]) -> jax.sharding.Sharding:
    """The sharding of arrays that all replicas have whole, such as their state."""
    if len(devices) == 1:
        return jax.sharding.SingleDeviceSharding(devices[0])
    return NamedSharding(make_mesh(devices), PartitionSpec())


def apart(devices: Sequence[jax.Device]) -> jax.sharding.Sharding:
    """The sharding of arrays with an entry for each replica along their first axis, such as their pieces of text."""
    if len(devices) == 1:
        return jax.sharding.SingleDeviceSharding(devices[0])
    return NamedSharding(make_mesh(devices), PartitionSpec(AXIS))
