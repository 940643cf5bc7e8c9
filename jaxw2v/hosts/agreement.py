"""Agreement: that all processes of a run have the same, or process 0 says what one has else."""

import json
from collections.abc import Mapping
from typing import Any

from jaxw2v.errors import InputError
from jaxw2v.hosts.connection import packed
from jaxw2v.hosts.processes import Processes


def agree(processes: Processes, own: Mapping[str, Any], remedy: str) -> None:
    """Returns when all processes have said the same.

    Args:
      processes: of the run.
      own: what this process says, by name; what JSON has a form for.
      remedy: what a person can do.

    Raises:
      InputError: at process 0, one says something else; the message names what and the remedy.
      EndedElsewhere: likewise, at the others.
    """
    if processes.count == 1:
        return
    mine = json.loads(packed(dict(own)))
    for number, said in enumerate(processes.gathered(packed(mine))):
        theirs = json.loads(said)
        for name in [name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name)][:1]:
            here, there = (str(each.get(name))[:80] for each in (mine, theirs))
            raise InputError(f"{name}={here} in process 0, {there} in process {number}: {remedy}")
    if processes.leads:
        processes.tell(b"")
    else:
        processes.told()
