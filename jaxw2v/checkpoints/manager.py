"""The checkpoints of runs: when they are made, and what a run that goes on begins with."""

import functools
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxw2v.checkpoints import folder, search
from jaxw2v.checkpoints import identity as identities
from jaxw2v.checkpoints.files import Checkpoint
from jaxw2v.checkpoints.signals import StopRequest
from jaxw2v.checkpoints.state import TrainState, arrays_of, sums_of, take_up
from jaxw2v.checkpoints.timetable import Timetable
from jaxw2v.checkpoints.writer import NO_ROOM, CheckpointWriter, Part
from jaxw2v.errors import Interrupted
from jaxw2v.files import memory, results
from jaxw2v.settings.train import TrainSettings


class CheckpointManager:
    """Makes the checkpoints of runs that are trained side by side, each run's in its own folder, and finds them again.

    Args:
      folders: of the runs, claimed.
      own: their identities; see `make_identity`.
      settings: when to make checkpoints and whether to use them.
      request: whether somebody has asked for the end.

    Attributes:
      restarts: how often the runs have gone on.
      differences: of the machine and the software from those before, with which they went on all the same.
    """

    def __init__(
        self, folders: Sequence[Path], own: Sequence[dict[str, Any]], settings: TrainSettings, request: StopRequest
    ):
        self.folders, self._identities, self._settings, self._request = folders, own, settings, request
        self._names = [identities.digest(each) for each in own]
        self._found: dict[int, Checkpoint] = {}
        self._company = self._names
        self._timetable = Timetable(settings, len(folders))
        self.restarts = 0
        self.differences: list[str] = []
        self._writer = CheckpointWriter(folders, request.tell)

    @property
    def runs(self) -> int:
        """How many were trained side by side; those that were finished before are counted."""
        return len(self._company)

    @property
    def seconds(self) -> float:
        """That went into checkpoints."""
        return self._timetable.seconds

    @property
    def command(self) -> str:
        """The command that goes on, in words."""
        return f"the same command{' with train.resume=auto' * (self._settings.resume == 'never')}"

    def find(self) -> list[list[dict[str, Any]]]:
        """Looks for checkpoints and makes the folders ready to go on, or to start: the metrics of each run so far.

        Raises:
          InputError: they are of something else, and the message names the difference; there are none but must be.
        """
        if self._settings.resume != "never":
            self._found = search.newest(self.folders, self._identities, self._settings.resume, self._request.say)
        metrics: list[list[dict[str, Any]]] = []
        for r, place in enumerate(self.folders):
            if self._found and r not in self._found:  # it failed before: what it left stays
                metrics.append([])
                continue
            text = self._found[r].meta["metrics"] if self._found else ""
            if text:  # before anything is removed: the disk may be full
                results.write_lines(place / "metrics.jsonl", text)
            kept = (*folder.PROGRESS, "diverged*.npz", *(["metrics.jsonl"] if text else []))
            folder.clear(place, keep=kept if self._found else ())
            metrics.append([json.loads(line) for line in text.splitlines()])
        if self._found:
            meta = next(iter(self._found.values())).meta
            self._company, self.restarts = meta["company"], meta["restarts"] + 1
            self._timetable.seconds, self.differences = meta["checkpoints"], meta["differences"]
            anyway = f", with {'; '.join(self.differences)}" if self.differences else ""
            self._request.say(f"going on after {meta['share']:.0%} of all words{anyway}")
        return metrics

    @property
    def found(self) -> tuple[dict[int, Checkpoint], list[str]]:
        """The checkpoints that `restore` takes up, by the number of their run, and the names of all runs."""
        return self._found, self._names

    def restore(self, state: Any) -> TrainState:
        """Where training was stopped; without a checkpoint: its beginning, `state`.

        Args:
          state: before the first step, on the devices.
        """
        found, self._found = self._found, {}  # their memory is free when this is done
        return take_up(found, self._names, state)

    def due(self, done: int, rounds: int) -> bool:
        """Whether it is time for a checkpoint after `done` of `rounds` segments."""
        return self._timetable.due(done, rounds, self._writer.busy)

    def save_soon(self, state: TrainState, share: float) -> None:
        """Makes a checkpoint in each folder in a thread, from a copy of the state: training goes on at once.

        What `save` says of a full disk is said when the thread has ended: see `settle`. Where there is no room for a
        copy it is made here, as by `save`.

        Args:
          state, share: of `save`.
        """
        self.settle()
        begin = time.monotonic()
        try:
            self._need_room(state)
            parts = {r: self._part(r, state, share, np.array) for r in self._alive(state)}
        except NO_ROOM:
            self.save(state, share)
            return
        self._writer.write_soon(state.done, parts, lambda: self._timetable.count(begin))

    def settle(self) -> None:
        """Waits for the checkpoint that is being written, if there is one, and says why there is none."""
        self._writer.settle()

    def save(self, state: TrainState, share: float) -> None:
        """Makes a checkpoint in each folder; a disk that is full costs the checkpoint, not the run.

        Args:
          state: all of it.
          share: of all words, that have been seen.

        Raises:
          Interrupted: a person or the system asked for the end.
        """
        self.settle()
        begin = time.monotonic()
        makes = {r: functools.partial(self._part, r, state, share) for r in self._alive(state)}
        saved = self._writer.write(state.done, makes)
        self._timetable.count(begin)
        if self._request.asked is not None:
            place = self.folders[0].parent if len(self.folders) > 1 else self.folders[0]
            before = all(any(number < state.done for number in self.made(r)) for r in self._alive(state))
            went = f"{self.command} goes on from {'there' if saved else 'the checkpoint before'}"
            went = went if saved else f"not saved, {went}" if before else "not saved"
            stopped = f"stopped after {share:.0%} of all words, in {place}"
            message = "; ".join(filter(None, (self._request.asked.message, stopped)))
            raise Interrupted(message, self._request.asked.status, went)

    def write(self, r: int, state: TrainState, share: float) -> bool:
        """Makes a checkpoint of run r, or says why there is none."""
        return self._writer.write_one(r, state.done, functools.partial(self._part, r, state, share))

    def _part(self, r: int, state: TrainState, share: float, taken: Callable = np.asarray) -> Part:
        """What goes into a checkpoint of run r: what JSON can hold, and arrays, by `taken` from those of the state."""
        meta = {
            "identity": self._identities[r],
            "company": self._company,
            **sums_of(state, r, self._names),
            "share": share,
            "restarts": self.restarts,
            "checkpoints": self.seconds,
            "differences": self.differences,
            "metrics": (self.folders[r] / "metrics.jsonl").read_text(encoding="utf-8"),
        }
        return meta, {name: taken(array) for name, array in arrays_of(state, r).items()}

    def _alive(self, state: TrainState) -> list[int]:
        return [r for r in range(len(self.folders)) if r not in state.failed]

    def _need_room(self, state: TrainState) -> None:
        """Raises MemoryError: a copy of the state would leave less than another one."""
        free, size = memory.available(), sum(leaf.nbytes for leaf in jax.tree.leaves(state.state))
        if free is not None and free < 2 * size:
            raise MemoryError

    def made(self, r: int) -> list[int]:
        """After how many segments the checkpoints of run r were made."""
        return [folder.number(path) for path in self.folders[r].glob(folder.CHECKPOINTS)]
