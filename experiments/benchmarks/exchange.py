"""What the devices that share a step send each other, and how long that takes by itself."""

import re

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from experiments.benchmarks.timing import best_of_five
from jaxw2v.training.mesh import DATA

TIMES = 200  # in one program, since starting one takes as long as several
_GATHER = re.compile(r"= \(?(?:f32\[[\d,]+\]\S* )?f32\[(?:\d+,)?(\d+),(\d+),(\d+)\]\S* all-gather(?:-start)?\(")


def sent(text: str) -> tuple[int, int] | None:
    """Rows that a device sends in a step, and their length; None: it sends none.

    Args:
      text: of a compiled program in which devices share steps.
    """
    found = _GATHER.search(text)
    return (int(found[2]), int(found[3])) if found else None


def seconds(mesh: Mesh, rows: int, dim: int) -> float:
    """The best of five: for each device to have [rows, dim] numbers of all that share a step with it."""

    def many_times(own_MD):
        after = (jax.lax.axis_index(DATA) + 1) % mesh.shape[DATA]  # what comes is sent on: none can be left out
        return jax.lax.fori_loop(0, TIMES, lambda _, x: jax.lax.all_gather(x, DATA)[after], own_MD)

    spec = PartitionSpec(DATA)
    program = jax.jit(jax.shard_map(many_times, mesh=mesh, in_specs=spec, out_specs=spec, check_vma=False))
    x = jax.device_put(jnp.zeros((mesh.shape[DATA] * rows, dim)), NamedSharding(mesh, spec))
    return best_of_five(program, x) / TIMES
