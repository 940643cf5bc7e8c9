"""Runs over several processes: what all must have alike, and the part of those that follow process 0.

Process 0 does what the only process of a run does: it reads checkpoints, writes files, evaluates and says how things
stand. Another one trains its part of the mesh, and after each round does what process 0 orders until that goes on.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from jaxw2v.checkpoints import identity, signals
from jaxw2v.checkpoints.files import Checkpoint
from jaxw2v.checkpoints.signals import StopRequest
from jaxw2v.checkpoints.state import TrainState, take_up
from jaxw2v.errors import EndedElsewhere, Interrupted
from jaxw2v.files import results
from jaxw2v.hosts import orders
from jaxw2v.hosts.agreement import agree
from jaxw2v.hosts.connection import packed
from jaxw2v.hosts.orders import GO_ON, SEND
from jaxw2v.hosts.processes import Processes
from jaxw2v.runs import parted, session, walk
from jaxw2v.runs.callbacks import HeldoutLoss
from jaxw2v.runs.inputs import Inputs, read_inputs
from jaxw2v.runs.program import Program
from jaxw2v.runs.session import Done
from jaxw2v.settings.config import Config
from jaxw2v.training import mesh as meshes
from jaxw2v.training.segment import Info

# settings that only process 0 reads, and paths, which may differ from machine to machine: what they name is compared
OWN = (identity.FREE | {"heldout.memory"}) - {"train.replicas", "train.device", "train.save_state"}
TEXT = ("corpus.sha256", "corpus.raw_words", "corpus.words", "corpus.sentences", "vocab.words", "vocab.sha256",
        "ids.sha256", "init.sha256", *identity.ENVIRONMENT)  # fmt: skip


def agree_on_settings(configs: Sequence[Config], processes: Processes) -> None:
    """Returns when all processes have the same settings, but for those that are their own.

    Raises:
      InputError: they do not; the message names one.
      EndedElsewhere: likewise; process 0 says so.
    """
    own: dict[str, Any] = {"jobs": len(configs)}
    for number, config in enumerate(configs):
        place = f" of job {number + 1}" if len(configs) > 1 else ""
        for key, value in results.flatten(dataclasses.asdict(config)).items():
            if key not in OWN and not key.startswith(identity.FREE_SECTIONS):
                own[f"{key}{place}"] = value
    agree(processes, own, "give all processes the same settings")


def begin(partly: bool, request: StopRequest, processes: Processes) -> None:
    """Process 0 has claimed the folders, and tells the others what they need to read the inputs.

    Args:
      partly: see `devices.choose_mesh`.
      request: to stop; it may come from any process.
    """
    if processes.count > 1:
        processes.when_asked = lambda status: request.ask(Interrupted("", status))
        processes.tell(packed({"partly": partly}))


def agree_on_inputs(inputs: Inputs, processes: Processes, timeout: float) -> None:
    """Returns when all processes have read the same text, with the same software and on machines of one kind, and their
    devices have added something up.

    Args:
      timeout: seconds that the sum may take.

    Raises:
      InputError, EndedElsewhere: as `agree_on_settings`.
    """
    kind = "give all processes the same text, software and kind of machine"
    agree(processes, {key: inputs.record.get(key) for key in TEXT}, kind)
    if processes.count > 1:
        _first_sum(inputs.mesh, processes, timeout)


def _first_sum(mesh: Mesh, processes: Processes, timeout: float) -> None:
    """All reach process 0, but perhaps not each other: then JAX would wait for half an hour."""
    why = (
        f"{processes.count} processes reach process 0, but not each other for sums of their devices within "
        f"train.hosts.timeout={timeout:g} s: each machine's host name must stand for an address that the others reach"
    )
    with processes.within(timeout, why):
        alike, one = PartitionSpec(), np.ones((), np.float32)
        total = jax.shard_map(
            lambda x: jax.lax.psum(x, meshes.AXES), mesh=mesh, in_specs=alike, out_specs=alike, check_vma=False
        )
        jax.block_until_ready(jax.jit(total)(meshes.put(one, meshes.lying(mesh, alike))))


def send_found(found: Mapping[int, Checkpoint], names: Sequence[str], processes: Processes) -> None:
    """Sends the checkpoints that process 0 goes on from.

    Args:
      found: by the number of a run.
      names: of all runs, see `take_up`.
    """
    if processes.count == 1:
        return
    processes.tell(packed({"names": list(names), "runs": list(found)}))
    for each in found.values():
        listed = [[name, array.dtype.name, array.shape] for name, array in each.arrays.items()]
        processes.tell(packed({"meta": {**each.meta, "metrics": ""}, "arrays": listed}))
        for array in each.arrays.values():
            processes.tell(parted.contents(array))


def _receive_found(processes: Processes) -> tuple[dict[int, Checkpoint], list[str]]:
    said = json.loads(processes.told())
    found = {}
    for r in said["runs"]:
        header = json.loads(processes.told())
        arrays = {
            name: np.frombuffer(processes.told(), jnp.dtype(dtype)).reshape(shape)
            for name, dtype, shape in header["arrays"]
        }
        found[int(r)] = Checkpoint(header["meta"], arrays)
    return found, said["names"]


class Leading:
    """The last callback of process 0: the others go on.

    Args:
      processes: of the run.
    """

    def __init__(self, processes: Processes):
        self._processes = processes

    def after_segment(self, done: Done, state: TrainState, info: Info) -> None:
        orders.give(self._processes, GO_ON, state.failed)


class Following:
    """The only callback of another process: does what process 0 orders.

    Args:
      processes: of the run.
      heldout: measures with all devices; None: nothing is held out.
    """

    def __init__(self, processes: Processes, heldout: HeldoutLoss | None):
        self._processes, self._heldout = processes, heldout

    def after_segment(self, done: Done, state: TrainState, info: Info) -> None:
        while True:
            do, failed = orders.take(self._processes)
            state.failed.update({r: EndedElsewhere(2) for r in failed})
            if do == GO_ON:
                return
            if do == SEND:
                done.program.readable(state.state)
            elif self._heldout is not None:
                self._heldout.after_segment(done, state, info)


def follow(configs: Sequence[Config], processes: Processes, repository: Path) -> None:
    """Trains this process's part of the runs that process 0 makes; returns when it has made them.

    Args:
      configs: as of process 0.
      processes: of the runs; this one does not lead.
      repository: see `run.run`.

    Raises:
      InputError: this process cannot go on.
      EndedElsewhere: process 0 does not.
    """
    partly = json.loads(processes.told())["partly"]
    alone = dataclasses.replace(configs[0].eval, similarity=[], analogies=[])  # process 0 evaluates
    first = dataclasses.replace(configs[0], eval=alone)
    inputs = read_inputs(first, repository, _say_nothing, len(configs), partly, processes.count)
    agree_on_inputs(inputs, processes, first.train.hosts.timeout)
    walk.refuse_long(configs, inputs.training)
    with jax.default_device(inputs.mesh.local_devices[0]):
        program = Program(configs, inputs.training, inputs.mesh, inputs.start, processes)
        found, names = _receive_found(processes)
        state = take_up(found, names, program.init())
        del found
        following = Following(processes, HeldoutLoss(inputs.measure, processes) if inputs.measure else None)
        with signals.handled(lambda number: processes.ask(128 + number)):
            state = session.train(program, state, [following])
            while orders.take(processes)[0] != GO_ON:
                program.readable(state.state)


def tell_scores(ends: list[float | Exception | None], processes: Processes) -> list[float | Exception | None]:
    """The same, when the other processes know them: the scores of runs, or why one failed."""
    if processes.count > 1:
        processes.tell(packed([["failed"] if isinstance(end, Exception) else end for end in ends]))
    return ends


def told_scores(processes: Processes) -> list[float | Exception | None]:
    """What process 0 tells by `tell_scores`; it alone says why a run failed."""
    return [EndedElsewhere(2) if isinstance(end, list) else end for end in json.loads(processes.told())]


def _say_nothing(_: str) -> None:
    pass
