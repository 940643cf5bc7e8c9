"""Orders: what process 0 has the others do after a round of training, and which runs go no further."""

import json
from collections.abc import Iterable

from jaxw2v.hosts.connection import packed
from jaxw2v.hosts.processes import Processes

GO_ON, SEND, MEASURE = "go on", "send", "measure"  # train on, send what process 0 lacks, measure with it


def give(processes: Processes, do: str, failed: Iterable[int] = ()) -> None:
    """At process 0: what the others are to do, if there are others.

    Args:
      processes: of the run.
      do: one of the orders.
      failed: the numbers of runs that go no further.

    Raises:
      InputError: a process has failed; the message is its.
    """
    if processes.count > 1:
        processes.tell(packed({"do": do, "failed": sorted(failed)}))


def take(processes: Processes) -> tuple[str, list[int]]:
    """At another process: what it is to do, and which runs go no further; see `give`.

    Raises:
      EndedElsewhere: process 0 goes no further.
    """
    said = json.loads(processes.told())
    return said["do"], said["failed"]
