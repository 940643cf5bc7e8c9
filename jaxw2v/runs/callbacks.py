"""What looks on while training goes: divergence, held-out loss, metrics, snapshots, checkpoints.

A run that has failed is passed over by all of them. Order matters: metrics report what was measured before them, and a
checkpoint, made last, holds the metrics.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jaxw2v.checkpoints import files
from jaxw2v.checkpoints.finishing import Finishing
from jaxw2v.checkpoints.manager import CheckpointManager
from jaxw2v.checkpoints.signals import StopRequest
from jaxw2v.checkpoints.state import TrainState
from jaxw2v.errors import InputError, Interrupted
from jaxw2v.files import results
from jaxw2v.hosts import orders
from jaxw2v.hosts.processes import ALONE, Processes
from jaxw2v.runs import tables
from jaxw2v.runs.divergence import diverged
from jaxw2v.runs.heldout_loss import Measure, Measured
from jaxw2v.runs.program import Program
from jaxw2v.runs.session import Done, sums
from jaxw2v.settings.config import Config
from jaxw2v.training import schedules
from jaxw2v.training.model import Model
from jaxw2v.training.segment import Info


class Divergence:
    """Ends a run whose products of rows grew beyond all bounds, and keeps its tables; see `divergence.diverged`.

    Args:
      folders: of the runs, where the tables go.
    """

    def __init__(self, folders: Sequence[Path]):
        self._folders = folders

    def after_segment(self, done: Done, state: TrainState, info: Info) -> None:
        program = done.program
        healthy_R = info.healthy.reshape(-1, len(program.configs)).all(0)
        new = [r for r in np.flatnonzero(~healthy_R).tolist() if r not in state.failed]
        tables_R = program.readable(state.state) if new else state.state
        for r in new:
            seen = program.rounds.seen_before(done.number)
            when = f"in epoch {program.rounds.epoch(done.number) + 1}, after {seen:.0%} of all words"
            arrays = tables.named(program.configs[r], program.model(tables_R, r))
            state.failed[r] = diverged(program.configs[r], arrays, program.corpus, self._folders[r], when)


class HeldoutLoss:
    """Measures the held-out loss after each epoch; its time is no training.

    Args:
      measure: from `heldout_loss.make_measure`.
      processes: that train the runs; all measure, as parts of the tables may lie with several.

    Attributes:
      found: by the number of a run, what was measured after this round; empty after others.
    """

    def __init__(self, measure: Measure, processes: Processes = ALONE):
        self._measure, self._processes = measure, processes
        self.found: dict[int, Measured] = {}

    def after_segment(self, done: Done, state: TrainState, info: Info) -> None:
        self.found = {}
        if not done.ends_epoch:
            return
        if self._processes.leads:
            orders.give(self._processes, orders.MEASURE, state.failed)
        runs = range(len(done.program.configs))
        with done.clock.paused():
            for r in [r for r in runs if r not in state.failed]:
                self.found[r] = self._measure(state.state.model, r if len(runs) > 1 else None)


class Progress(NamedTuple):
    """Where a run is, after a segment: a line of metrics.jsonl.

    Attributes:
      epoch: from 1.
      words: raw words seen of `total` in all epochs, rare words included.
      loss: nats per positive pair, its negative pairs included, over this epoch so far; starts near (1 + k) log 2.
        It is taken from one step of every chunk (`train.chunk_tokens`), drawn at random, before that step; None: no
        pair yet.
      segment_loss: the same over the last segment.
      learning_rate: at the end of the last segment.
      words_per_second: raw words, over the last segment; compilation apart.
      seconds: of training so far, compilation apart.
      heldout: after the last segment of an epoch, if sentences are held out; its seconds are apart.
    """

    epoch: int
    words: int
    total: int
    loss: float | None
    segment_loss: float | None
    learning_rate: float
    words_per_second: float
    seconds: float
    heldout: Measured | None = None


def progress(
    done: Done, state: TrainState, info: Info, heldout: Mapping[int, Measured] | None = None
) -> list[Progress]:
    """The progress of every run.

    Args:
      heldout: what was measured, by the number of a run.
    """
    program, before, after = done.program, done.number, done.number + 1
    raw = program.corpus.raw_words / program.corpus.words  # rare words count, as gensim counts them
    loss_R, counted_R, _ = sums(info, len(program.configs))
    trained = program.rounds.words_before(after) - program.rounds.words_before(before)
    scale = float(schedules.make_schedule(program.configs[0].optimizer)(program.rounds.seen_before(after)))
    return [
        Progress(
            epoch=program.rounds.epoch(before) + 1,
            words=round(program.rounds.words_before(after) * raw),
            total=program.corpus.raw_words * config.train.epochs,
            loss=_ratio(state.loss_R[r], state.counted_R[r]),
            segment_loss=_ratio(loss_R[r], counted_R[r]),
            learning_rate=_highest_rate(config) * scale,
            words_per_second=trained * raw / done.seconds,
            seconds=state.seconds,
            heldout=heldout.get(r) if heldout else None,
        )
        for r, config in enumerate(program.configs)
    ]


def _highest_rate(config: Config) -> float:
    rate = config.optimizer.learning_rate
    assert rate is not None  # a program's settings are complete
    return rate


def _ratio(loss: float, pairs: float) -> float | None:
    return float(loss / pairs) if pairs else None


class Metrics:
    """Adds a line to each run's metrics.jsonl, and reports the progress of the first run that has not failed.

    Args:
      folders: of the runs.
      metrics: their lines so far, which this adds to.
      report: takes a Progress. An Interrupted from it asks for the end, as Ctrl-C does.
      finishing: says how a run goes on whose line cannot be written.
      heldout: whose losses are in the lines.

    Raises:
      InputError: a line cannot be written.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        metrics: Sequence[list[dict[str, Any]]],
        report: Callable[[Progress], None],
        finishing: Finishing,
        heldout: HeldoutLoss | None = None,
    ):
        self._folders, self._metrics, self._report = folders, metrics, report
        self._finishing, self._heldout = finishing, heldout

    def after_segment(self, done: Done, state: TrainState, info: Info) -> None:
        alive = [r for r in range(len(self._folders)) if r not in state.failed]
        now_R = progress(done, state, info, self._heldout.found if self._heldout else None)
        for r in alive:
            measured = now_R[r].heldout
            line = now_R[r]._asdict() | {"heldout": measured._asdict() if measured else {}}
            self._metrics[r].append(results.flatten(line))
            try:
                results.append(self._folders[r] / "metrics.jsonl", self._metrics[r][-1])
            except InputError as error:
                raise self._finishing.unfinished(r, error) from error
            if r == alive[0]:
                try:
                    self._report(now_R[r])
                except Interrupted as error:  # nobody can read it: as after Ctrl-C
                    self._finishing.request.ask(error)


class Report:
    """Reports the progress of one run and writes nothing.

    Args:
      report: takes a Progress.
    """

    def __init__(self, report: Callable[[Progress], None]):
        self._report = report

    def after_segment(self, done: Done, state: TrainState, info: Info) -> None:
        if not state.failed:
            self._report(progress(done, state, info)[0])


class Snapshots:
    """Keeps the tables of one run after some epochs, in its folder, so that a run that goes on has them still.

    Args:
      folder: where they are kept, in files that are whole or known not to be.
      epochs: from 1.

    Raises:
      InputError: they cannot be written.
    """

    def __init__(self, folder: Path, epochs: Collection[int]):
        self._folder, self._epochs = folder, frozenset(epochs)

    def after_segment(self, done: Done, state: TrainState, info: Info) -> None:
        epoch = done.program.rounds.epoch(done.number) + 1
        if done.ends_epoch and epoch in self._epochs and not state.failed:
            model = done.program.model(state.state, 0)
            arrays = {name: array for name, array in model._asdict().items() if array is not None}
            try:
                files.write(self._path(epoch), {}, arrays)
            except OSError as error:
                why = f"cannot write ({error.strerror}); make room, and give the same command again"
                raise InputError(f"{self._path(epoch)}: {why}") from error

    def models(self) -> dict[int, Model]:
        """The tables after each of the epochs, in the host's memory.

        Raises:
          InputError: one is damaged, or not there.
        """
        found = {}
        for epoch in sorted(self._epochs):
            try:
                arrays = files.read(self._path(epoch)).arrays
            except (OSError, ValueError) as error:
                why = f"cannot be read ({error}); train.resume=never starts anew"
                raise InputError(f"{self._path(epoch)}: {why}") from error
            found[epoch] = Model._make(arrays.get(name) for name in Model._fields)
        return found

    def _path(self, epoch: int) -> Path:
        return self._folder / f"snapshot-{epoch:06d}"


class Checkpoints:
    """Makes checkpoints when it is time for one, and ends the session when somebody has asked for it.

    Args:
      manager: makes them.
      request: whether the end is asked for.

    Raises:
      Interrupted: somebody has; there is a checkpoint, if there was room for it.
    """

    def __init__(self, manager: CheckpointManager, request: StopRequest):
        self._manager, self._request = manager, request

    def after_segment(self, done: Done, state: TrainState, info: Info) -> None:
        if len(state.failed) == len(done.program.configs):
            return  # nothing is left to go on with
        share = done.program.rounds.seen_before(state.done)
        if self._request.asked:
            self._manager.save(readable(done.program, state), share)
        elif self._manager.due(state.done, len(done.program.rounds)):
            self._manager.save_soon(readable(done.program, state), share)


def readable(program: Program, state: TrainState) -> TrainState:
    """The same with its arrays in reach of this process, see `Program.readable`."""
    return state._replace(state=program.readable(state.state))
