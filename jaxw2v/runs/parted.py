"""Arrays whose parts lie on the devices of several processes: what process 0 lacks of them is sent to it."""

from typing import Any

import jax
import numpy as np

from jaxw2v.hosts.processes import Processes

Block = tuple[tuple[int, int], ...]  # where a part of an array begins and ends on each axis


def gathered(tree: Any, processes: Processes) -> Any:
    """The tree at process 0, arrays of which it lacks parts whole and in the host's memory; elsewhere the tree itself.

    All processes call it, each with its own view of the same arrays.
    """
    return jax.tree.map(lambda array: _whole(array, processes), tree)


def contents(array: np.ndarray) -> memoryview:
    """The bytes of an array, in the order of its rows."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _whole(array: jax.Array, processes: Processes) -> Any:
    if array.is_fully_replicated:
        return array
    here = {_block(shard.index, array.shape): shard.data for shard in array.addressable_shards}
    others = _senders(array)
    if not processes.leads:
        for block, sender in others.items():
            if sender == processes.index:
                processes.send_to_leader(contents(np.asarray(here[block])))
        return array
    found = np.empty(array.shape, array.dtype)
    for block, part in here.items():
        found[_index(block)] = part
    for block, sender in others.items():
        part = found[_index(block)]
        found[_index(block)] = np.frombuffer(processes.received(sender), array.dtype).reshape(part.shape)
    return found


def _senders(array: jax.Array) -> dict[Block, int]:
    """The parts that process 0 lacks, and which process sends each; the same everywhere, in the same order."""
    owners: dict[Block, int] = {}
    for device, index in array.sharding.devices_indices_map(array.shape).items():
        block = _block(index, array.shape)
        process = device.process_index  # type: ignore[attr-defined]  # not in jax's stubs
        owners[block] = min(process, owners.get(block, process))
    return {block: owner for block, owner in sorted(owners.items()) if owner}


def _block(index: tuple[slice, ...] | None, shape: tuple[int, ...]) -> Block:
    return tuple(each.indices(size)[:2] for each, size in zip(index or (), shape))


def _index(block: Block) -> tuple[slice, ...]:
    return tuple(slice(*each) for each in block)
