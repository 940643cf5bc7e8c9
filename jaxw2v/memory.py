"""The memory that training will take, told before it takes it."""

import math
from pathlib import Path
from typing import Any

import jax

from jaxw2v.errors import InputError

# copies of the state that are there at once, measured on CPUs
ALONE, JOINED = (
    1.3,
    3.4,
)  # of one replica; of each of several, which keep what they began with to join what they changed
TOKEN = 32  # bytes of a token of a segment: its raw and kept ids, their sentences, and the sorting of them


def estimate(state: Any, replicas: int, segment: int, runs: int) -> float:
    """Bytes for the tables and the text, on each device; the rest, some hundred MB, does not grow with settings.

    Args:
      state: of all runs; shapes will do.
      replicas: how many there are.
      segment: tokens.
      runs: side by side.
    """
    tables = sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in jax.tree.leaves(state))
    return tables * (ALONE if replicas == 1 else JOINED) + TOKEN * segment * (1 + runs)


def available(device: jax.Device, root: Path = Path("/")) -> float | None:
    """Bytes that are free on a device; None: it does not say.

    Args:
      device: of a CPU it is the machine's memory, or that of the control group where it is less.
      root: of the file system; for tests.
    """
    if device.platform != "cpu":
        stats = device.memory_stats() or {}
        return stats["bytes_limit"] - stats.get("bytes_in_use", 0) if "bytes_limit" in stats else None
    free = []
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
        free += [1024 * float(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
        group = root / "sys/fs/cgroup"
        free.append(float((group / "memory.max").read_text()) - float((group / "memory.current").read_text()))
    except (OSError, ValueError):  # not Linux, or no limit: "max"
        pass
    return min(free, default=None)


def refuse_too_much(state: Any, devices: list[jax.Device], segment: int, words: int, dim: int, runs: int) -> None:
    """Before the tables are made.

    Raises:
      InputError: they have no room; the message says what to lower.
    """
    on_cpu = devices[0].platform == "cpu"
    needed = estimate(state, len(devices), segment, runs) * (len(devices) if on_cpu else 1)
    free = available(devices[0])
    if free is None or needed <= free:
        return
    lower = ["model.dim", "the vocabulary (vocab.max_size, vocab.min_count)", "train.segment"]
    lower += ["hydra.launcher.runs"] if runs > 1 else []
    lower += ["train.replicas"] if len(devices) > 1 else []
    raise InputError(
        f"training would take about {needed / 1e9:,.1f} GB and {free / 1e9:,.1f} GB are free: {words:,} words, "
        f"model.dim={dim}, {runs} run(s) at once, train.replicas={len(devices)}, segments of {segment:,} tokens; lower "
        f"{', '.join(lower[:-1])} or {lower[-1]}"
    )
