"""The checkpoints of runs: when they are made, and what a run that goes on begins with."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax

from jaxw2v.checkpoints import files, folder, search
from jaxw2v.checkpoints import identity as identities
from jaxw2v.checkpoints.files import Checkpoint
from jaxw2v.checkpoints.signals import StopRequest
from jaxw2v.checkpoints.state import TrainState, arrays_of, sums_of, take_up
from jaxw2v.errors import Interrupted
from jaxw2v.files import results
from jaxw2v.settings.train import TrainSettings

SHARE = 0.02  # of the time, at most, goes into checkpoints that are made by time
GENERATIONS = 2  # kept in a folder: the last may be damaged


class CheckpointManager:
    """Makes the checkpoints of runs that are trained side by side, each run's in its own folder, and finds them again.

    Args:
      folders: of the runs, claimed.
      own: their identities; see `make_identity`.
      settings: when to make checkpoints and whether to use them.
      request: whether somebody has asked for the end.

    Attributes:
      seconds: that went into checkpoints.
      restarts: how often the runs have gone on.
    """

    def __init__(
        self, folders: Sequence[Path], own: Sequence[dict[str, Any]], settings: TrainSettings, request: StopRequest
    ):
        self.folders, self._identities, self._settings, self._request = folders, own, settings, request
        self._names = [identities.digest(each) for each in own]
        self._found: dict[int, Checkpoint] = {}
        self._company = self._names
        self._last, self._cost = time.monotonic(), 0.0
        self.seconds, self.restarts = 0.0, 0

    @property
    def runs(self) -> int:
        """How many were trained side by side; those that were finished before are counted."""
        return len(self._company)

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
            self._company, self.restarts, self.seconds = meta["company"], meta["restarts"] + 1, meta["checkpoints"]
            self._request.say(f"going on after {meta['share']:.0%} of all words")
        return metrics

    def restore(self, state: Any) -> TrainState:
        """Where training was stopped; without a checkpoint: its beginning, `state`.

        Args:
          state: before the first step, on the devices.
        """
        found, self._found = self._found, {}  # their memory is free when this is done
        return take_up(found, self._names, state)

    def due(self, done: int, rounds: int) -> bool:
        """Whether it is time for a checkpoint after `done` of `rounds` segments."""
        if done == rounds and len(self.folders) > 1:
            return True  # of runs side by side some may be finished when the last part is stopped
        every = self._settings.checkpoint_every
        if every == 0:
            return False
        if self._settings.checkpoint_unit == "segments":
            return done % every == 0
        return time.monotonic() - self._last >= max(every, self._cost / SHARE)

    def save(self, state: TrainState, share: float) -> None:
        """Makes a checkpoint in each folder; a disk that is full costs the checkpoint, not the run.

        Args:
          state: all of it.
          share: of all words, that have been seen.

        Raises:
          Interrupted: a person or the system asked for the end.
        """
        begin = time.monotonic()
        alive = [r for r in range(len(self.folders)) if r not in state.failed]
        written = [self.write(r, state, share) for r in alive]
        saved = all(written)
        if saved:  # everywhere: until then those before may be needed
            for r in alive:
                for path in sorted(self.folders[r].glob(folder.CHECKPOINTS))[:-GENERATIONS]:
                    path.unlink()
        self._last = time.monotonic()
        self._cost = self._last - begin
        self.seconds += self._cost
        if self._request.asked is not None:
            place = self.folders[0].parent if len(self.folders) > 1 else self.folders[0]
            before = all(any(number < state.done for number in self.made(r)) for r in alive)
            went = f"{self.command} goes on from {'there' if saved else 'the checkpoint before'}"
            went = went if saved else f"not saved, {went}" if before else "not saved"
            stopped = f"stopped after {share:.0%} of all words, in {place}"
            message = "; ".join(filter(None, (self._request.asked.message, stopped)))
            raise Interrupted(message, self._request.asked.status, went)

    def write(self, r: int, state: TrainState, share: float) -> bool:
        """Makes a checkpoint of run r, or says why there is none."""
        place = self.folders[r]
        try:
            meta = {
                "identity": self._identities[r],
                "company": self._company,
                **sums_of(state, r, self._names),
                "share": share,
                "restarts": self.restarts,
                "checkpoints": self.seconds,
                "metrics": (place / "metrics.jsonl").read_text(encoding="utf-8"),
            }
            files.write(folder.checkpoint(place, state.done), meta, arrays_of(state, r))
        except (OSError, MemoryError, jax.errors.JaxRuntimeError) as error:
            why = getattr(error, "strerror", None) or "out of memory"
            self._request.tell(f"no checkpoint: {place}: {why}")
            return False
        return True

    def made(self, r: int) -> list[int]:
        """After how many segments the checkpoints of run r were made."""
        return [folder.number(path) for path in self.folders[r].glob(folder.CHECKPOINTS)]
