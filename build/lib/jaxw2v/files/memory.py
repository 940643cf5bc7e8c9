"""The memory that is free on this machine for this process."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


def available(root: Path = Path("/")) -> float | None:
    """Bytes: the machine's free memory, or what the process's control groups or its limit leave, where that is less.

    None: the system does not say.

    Args:
      root: of the file system; for tests.
    """
    free = [1024 * number for name, number in _numbers(root / "proc/meminfo") if name == "MemAvailable:"]
    free += _left_by_groups(root)
    if (left := left_by_limit(root)) is not None:
        free.append(left)
    return min(free, default=None)


def left_by_limit(root: Path = Path("/")) -> float | None:
    """Bytes of addresses that the limit of this process leaves, as `ulimit -v` sets it; None: there is none."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # not Linux
        import resource  # here: there is none on Windows

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            pages = int((root / "proc/self/statm").read_text().split()[0])
            return float(limit - pages * os.sysconf("SC_PAGE_SIZE"))
    return None


def _left_by_groups(root: Path) -> Iterator[float]:
    """What the control groups of this process and those above them leave, of version 2 and of version 1."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        lines = ["0::/"]
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            top, limit, used, prefix = root / "sys/fs/cgroup", "memory.max", "memory.current", ""
        elif "memory" in controllers.split(","):
            top = root / "sys/fs/cgroup/memory"
            limit, used, prefix = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_"
        else:
            continue
        parts = [part for part in path.split("/") if part not in ("", "..")]
        for depth in range(len(parts) + 1):  # in a container the path may be that outside, and the group the top
            group = top.joinpath(*parts[:depth])
            with contextlib.suppress(OSError, ValueError):  # no such group, or no limit: "max"
                most, now = (float((group / name).read_text()) for name in (limit, used))
                # files that were read count as used, and make room when there is need
                caches = (f"{prefix}inactive_file", f"{prefix}active_file")
                yield most - now + sum(number for name, number in _numbers(group / "memory.stat") if name in caches)


def _numbers(path: Path) -> Iterator[tuple[str, float]]:
    """The first two words of each line, a name and a number; nothing if there is no such file."""
    with contextlib.suppress(OSError, ValueError):
        for line in path.read_text().splitlines():
            name, number, *_ = line.split()
            yield name, float(number)
