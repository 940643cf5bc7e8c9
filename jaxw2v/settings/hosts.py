"""The processes that train one run together, on one machine or on several."""

import re
from dataclasses import dataclass

from jaxw2v.settings.checks import need

MOST_PROCESSES = 1024
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.%\w]+\]|[^\s:/\[\]]+):([0-9]{1,5})")


@dataclass(frozen=True)
class HostSettings:
    """How the processes of a run find each other: see `hosts.join`."""

    coordinator: str | None  # null: one process; auto: as Slurm, Open MPI or Kubernetes say; ADDRESS:PORT of process 0
    processes: int | None  # how many there are
    process: int | None  # the number of this one
    timeout: float  # seconds in which all must have begun

    def __post_init__(self):
        named = self.coordinator not in (None, "auto")
        if self.coordinator is not None and named:
            found = _ADDRESS.fullmatch(self.coordinator)
            why = "use auto, or the address of process 0 and a port, such as 10.0.0.1:12345"
            need(found is not None and 0 < int(found[2]) < 2**16, "train.hosts.coordinator", self.coordinator, why)
        for key in ("processes", "process"):
            value, name = getattr(self, key), f"train.hosts.{key}"
            why = "give the number of processes and, from 0, of this one, with train.hosts.coordinator"
            need(value is not None or not named, name, "null", why)
        if named and self.processes is not None and self.process is not None:
            why = f"use 1 to {MOST_PROCESSES}"
            need(1 <= self.processes <= MOST_PROCESSES, "train.hosts.processes", self.processes, why)
            why = f"use 0 to {self.processes - 1}: there are train.hosts.processes={self.processes}"
            need(0 <= self.process < self.processes, "train.hosts.process", self.process, why)
        need(1 <= self.timeout <= 3600, "train.hosts.timeout", self.timeout, "use 1 to 3600 seconds")
