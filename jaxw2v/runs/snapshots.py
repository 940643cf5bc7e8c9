"""Snapshots: the tables of a run after some of its epochs, for a look at how it gets where it ends."""

import tempfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax

from jaxw2v.checkpoints import identity
from jaxw2v.checkpoints.finishing import Finishing
from jaxw2v.checkpoints.manager import CheckpointManager
from jaxw2v.checkpoints.signals import StopRequest
from jaxw2v.runs import session
from jaxw2v.runs.callbacks import Checkpoints, Divergence, Metrics, Progress, Report, Snapshots
from jaxw2v.runs.devices import mesh_of
from jaxw2v.runs.program import Program
from jaxw2v.settings.config import Config
from jaxw2v.text.corpus import Corpus
from jaxw2v.training.model import Model


class Place(NamedTuple):
    """Where a training that takes snapshots makes checkpoints, and goes on from them.

    Attributes:
      folder: claimed.
      record: of the text, the code and the machine; see `Inputs.record`.
      say: takes a line for a person.
    """

    folder: Path
    record: Mapping[str, Any]
    say: Callable[[str], None]


def take(
    config: Config,
    corpus: Corpus,
    epochs: Collection[int],
    report: Callable[[Progress], None] = lambda progress: None,
    place: Place | None = None,
) -> dict[int, Model]:
    """The tables after each of these epochs, in the host's memory, all at once; the last is what a run would save.

    Args:
      config: checked. It trains as `run.run` has it.
      corpus: encoded.
      epochs: from 1 to `train.epochs`.
      report: takes the progress after every segment.
      place: of checkpoints; None: none are made.

    Raises:
      InputError: one that training raises.
      Interrupted: somebody asked for the end; there is a checkpoint in the place.
    """
    mesh = mesh_of(config, corpus)
    with jax.default_device(mesh.devices.flat[0]), tempfile.TemporaryDirectory() as temporary:
        snapshots = Snapshots(Path(temporary) if place is None else place.folder, epochs)
        if place is None:
            program = Program([config], corpus, mesh)
            callbacks: list[session.Callback] = [Divergence([Path(temporary)]), snapshots, Report(report)]
            state = session.train(program, session.begin(program), callbacks)
        else:
            state = _with_checkpoints(Program([config], corpus, mesh), place, snapshots, report)
        for error in state.failed.values():
            raise error
        return snapshots.models()


def _with_checkpoints(
    program: Program, place: Place, snapshots: Snapshots, report: Callable[[Progress], None]
) -> session.TrainState:
    """Trains from the last checkpoint on. The last state stays as a checkpoint, so that it is not trained again."""
    config, request = program.configs[0], StopRequest(place.say)
    own = identity.make_identity(config, program.corpus, place.record, program.replicas)
    manager = CheckpointManager([place.folder], [own], config.train, request)
    metrics = manager.find()
    finishing = Finishing(manager, request)
    callbacks: list[session.Callback] = [
        Divergence([place.folder]),
        snapshots,
        Metrics([place.folder], metrics, report, finishing),
        Checkpoints(manager, request),
    ]
    state = manager.restore(program.init())
    last = state.done
    session.compile_for(program, state)
    with request.listening():
        state = session.train(program, state, callbacks)
        manager.settle()
        if state.done > last and not state.failed:
            manager.save(state, 1.0)
    return state
