"""Replicas: copies of the tables that train on a piece of text each and join what they learned."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxw2v.training import storage
from jaxw2v.training.segment import State

AXIS = "replicas"


def joined(one: jax.Array, other: jax.Array) -> jax.Array:
    """Two changes of the same rows as one: Adasum of Maleki et al. 2020 (Scaling Distributed Training with Adaptive
    Summation), row by row.

    Changes that have nothing to do with each other are added: those of a rare word, which one replica met. Of changes
    that point the same way, as a frequent word's that both have brought to where it belongs, the mean is taken.

    Args:
      one, other: [..., V, D].
    """
    both = (one * other).sum(-1, keepdims=True) / 2

    def weight(change):
        square = jnp.square(change).sum(-1, keepdims=True)
        return 1 - both / jnp.where(square > 0, square, 1)

    return weight(one) * one + weight(other) * other


def make_replicas(train_segment: Callable, devices: Sequence[jax.Device]) -> Callable:
    """A function (key_R, state, run, raw_RN, start, end) -> (state, info) that trains R replicas, one on each device.

    All begin a segment with the same state, and each trains on a piece of its own; then what they changed is `joined`,
    pair by pair. The pieces share one clock of the learning rate. R = 1 is `train_segment` itself. Results depend on R
    and not on how many cores there are.

    Args:
      train_segment: of a `Trainer`, of one run or of a population.
      devices: R of them, a power of 2.

    Returns:
      The function; key_R is [R] keys, or [R, runs] of a population; raw_RN is [R, N]; every array of info has R in
      front.
    """
    if len(devices) == 1:

        def alone(key_R, state, run, raw_RN, start, end):
            state, info = train_segment(key_R[0], state, run, raw_RN[0], start, end)
            return state, jax.tree.map(lambda array: array[None], info)

        return alone

    def replica(key_R, state, run, raw_RN, start, end):
        trained, info = train_segment(key_R[0], state, run, raw_RN[0], start, end)
        with jax.named_scope("join"):
            change = jax.tree.map(lambda after, before: storage.values(after) - storage.values(before), trained, state)
            distance = 1
            while distance < len(devices):  # partners twice as far apart each time: in the end all have the same
                partners = [(r, r ^ distance) for r in range(len(devices))]
                other = jax.tree.map(lambda array: jax.lax.ppermute(array, AXIS, partners), change)  # noqa: B023
                # in one order on both sides: a product fused into a sum is rounded once, so that sums do not commute
                first = jax.lax.axis_index(AXIS) & distance == 0
                change, other = jax.lax.cond(
                    first, lambda own, other: (own, other), lambda own, other: (other, own), change, other
                )
                change = State(
                    jax.tree.map(joined, change.model, other.model), *jax.tree.map(jnp.add, change[1:], other[1:])
                )
                distance *= 2
            merged = jax.tree.map(_moved, state, change)
        return merged, jax.tree.map(lambda array: array[None], info)

    each, all_alike = PartitionSpec(AXIS), PartitionSpec()
    return jax.shard_map(
        replica,
        mesh=make_mesh(devices),
        in_specs=(each, all_alike, all_alike, each, all_alike, all_alike),
        out_specs=(all_alike, each),
        check_vma=False,  # every replica makes the same sum
    )


def _moved(table_VD: jax.Array, change_VD: jax.Array) -> jax.Array:
    dtype = "bfloat16" if table_VD.dtype == jnp.uint16 else "float32"
    return storage.stored(storage.values(table_VD) + change_VD, dtype)


def make_mesh(devices: Sequence[jax.Device]) -> Mesh:
    """The mesh of R devices."""
    return Mesh(np.array(devices), (AXIS,))


def everywhere(devices: Sequence[jax.Device]) -> jax.sharding.Sharding:
    """How arrays lie that all replicas have whole, such as their state."""
    if len(devices) == 1:
        return jax.sharding.SingleDeviceSharding(devices[0])
    return NamedSharding(make_mesh(devices), PartitionSpec())


def apart(devices: Sequence[jax.Device]) -> jax.sharding.Sharding:
    """How arrays lie that have an entry for each replica along their first axis, such as their pieces of text."""
    if len(devices) == 1:
        return jax.sharding.SingleDeviceSharding(devices[0])
    return NamedSharding(make_mesh(devices), PartitionSpec(AXIS))
