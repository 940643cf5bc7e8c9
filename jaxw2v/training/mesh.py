"""The mesh: how devices share the work, as one `jax.sharding.Mesh` with an axis for each way of sharing.

Every array of a run lies on it in one of a few ways, which are here; what devices tell each other within a step is in
`collectives`, and what replicas do after a segment in `replicas`.
"""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec, Sharding

# copies that are merged; runs of a population; tokens of a step; columns of the tables. Neighbors talk most: last.
AXES = REPLICAS, RUNS, DATA, COLUMN = ("replicas", "runs", "data", "column")


def make_mesh(
    devices: Sequence[jax.Device], *, replicas: int = 1, runs: int = 1, data: int = 1, column: int = 1
) -> Mesh:
    """The mesh of the first devices, as many as its axes need."""
    shape = (replicas, runs, data, column)
    return Mesh(np.array(devices[: int(np.prod(shape))]).reshape(shape), AXES)


def lying(mesh: Mesh, spec: PartitionSpec) -> Sharding:
    """Where an array lies that is divided like this; on a mesh of one device, there."""
    if mesh.size == 1:
        return jax.sharding.SingleDeviceSharding(mesh.devices.item())
    return NamedSharding(mesh, spec)


def spec_of_runs(many: bool) -> PartitionSpec:
    """Of arrays that have, of `many` runs, these in front, such as their hyperparameters."""
    return PartitionSpec(RUNS) if many else PartitionSpec()


def spec_by_replica(many: bool) -> PartitionSpec:
    """Of arrays with an entry for each replica in front and then, of `many` runs, one for each of these."""
    return PartitionSpec(REPLICAS, RUNS) if many else PartitionSpec(REPLICAS)


def specs_of_state(state: Any, many: bool) -> Any:
    """Of each array of a state: tables, and what of an optimizer's state is shaped like them, are divided by column.

    Args:
      state: of a run, or of `many` with these in front; shapes will do.
      many: whether there is an axis of runs.
    """

    def spec(leaf):
        in_front = spec_of_runs(many)
        return PartitionSpec(*in_front, None, COLUMN) if len(leaf.shape) == many + 2 else in_front

    return jax.tree.map(spec, state)


def state_lying(mesh: Mesh, state: Any, many: bool) -> Any:
    """Where each array of a state lies; arguments as of `specs_of_state`."""
    return jax.tree.map(lambda spec: lying(mesh, spec), specs_of_state(state, many))


def put(array: Any, sharding: Sharding) -> jax.Array:
    """An array on the devices. Of one that several processes have alike in their memory, each sends its own part."""
    if sharding.is_fully_addressable or (isinstance(array, jax.Array) and not array.is_fully_addressable):
        return jax.device_put(array, sharding)
    return jax.make_array_from_callback(array.shape, sharding, lambda index: array[index])


def put_all(arrays: Any, sharding: Sharding) -> Any:
    """`put` of each array of a tree."""
    return jax.tree.map(lambda array: put(array, sharding), arrays)
