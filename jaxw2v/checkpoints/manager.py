"""Going on where a run was stopped: when checkpoints are made, which one is used, and whose they are."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax

from jaxw2v.checkpoints import files, folder, signals
from jaxw2v.checkpoints import identity as identities
from jaxw2v.checkpoints.files import Checkpoint
from jaxw2v.checkpoints.state import TrainState, arrays_of, checked, sums_of, take_up
from jaxw2v.errors import InputError, Interrupted, is_full
from jaxw2v.files import results
from jaxw2v.settings.train import TrainSettings

SHARE = 0.02  # of the time, at most, goes into checkpoints that are made by time
GENERATIONS = 2  # kept in a folder: the last may be damaged


class CheckpointManager:
    """Makes the checkpoints of runs that are trained side by side, each run's in its own folder, and finds them again.

    Args:
      folders: of the runs, claimed.
      own: their identities, see `make_identity`.
      settings: when to make checkpoints and whether to use them.
      say: takes a line for a person.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        own: Sequence[dict[str, Any]],
        settings: TrainSettings,
        say: Callable[[str], None],
    ):
        self._folders, self._identities, self._settings, self._say = folders, own, settings, say
        self._names = [identities.digest(each) for each in own]
        self._found: dict[int, Checkpoint] = {}
        self._company = self._names
        self._asked: Interrupted | None = None
        self._trained: TrainState | None = None  # all segments
        self._settled = False
        self._last, self._cost = time.monotonic(), 0.0
        self.seconds = 0.0  # that went into checkpoints
        self.restarts = 0

    @property
    def runs(self) -> int:
        """How many were trained side by side; those that were finished before are counted."""
        return len(self._company)

    def find(self) -> list[list[dict[str, Any]]]:
        """Looks for checkpoints and makes the folders ready to go on, or to start: the metrics of each run so far.

        Raises:
          InputError: they are of something else, and the message names the difference; there are none but must be.
        """
        if self._settings.resume != "never":
            self._found = self._newest()
        metrics = []
        for r, place in enumerate(self._folders):
            if self._found and r not in self._found:  # it failed before: what it left stays
                metrics.append([])
                continue
            text = self._found[r].meta["metrics"] if self._found else ""
            if text:  # before anything is removed: the disk may be full
                results.write_lines(place / "metrics.jsonl", text)
            kept = (folder.CHECKPOINTS, "diverged*.npz", *(["metrics.jsonl"] if text else []))
            folder.clear(place, keep=kept if self._found else ())
            metrics.append([json.loads(line) for line in text.splitlines()])
        if self._found:
            meta = next(iter(self._found.values())).meta
            self._company, self.restarts, self.seconds = meta["company"], meta["restarts"] + 1, meta["checkpoints"]
            self._say(f"going on after {meta['share']:.0%} of all words")
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
        if self._asked is not None or (done == rounds and len(self._folders) > 1):
            return True  # of runs side by side some may be finished when the last part is stopped
        every = self._settings.checkpoint_every
        if every == 0:
            return False
        if self._settings.checkpoint_unit == "segments":
            return done % every == 0
        return time.monotonic() - self._last >= max(every, self._cost / SHARE)

    def save(self, train_state: TrainState, share: float) -> None:
        """Makes a checkpoint in each folder; a disk that is full costs the checkpoint, not the run.

        Args:
          reached: all of it.
          share: of all words, that have been seen.

        Raises:
          Interrupted: a person or the system asked for the end.
        """
        begin, runs = time.monotonic(), len(self._folders)
        alive = [r for r in range(runs) if r not in train_state.failed]
        written = [self._write(r, train_state, share) for r in alive]
        saved = all(written)
        if saved:  # everywhere: until then those before may be needed
            for r in alive:
                for path in sorted(self._folders[r].glob(folder.CHECKPOINTS))[:-GENERATIONS]:
                    path.unlink()
        self._last = time.monotonic()
        self._cost = self._last - begin
        self.seconds += self._cost
        if self._asked is not None:
            place = self._folders[0].parent if runs > 1 else self._folders[0]
            before = all(any(number < train_state.done for number in self._made(r)) for r in alive)
            went = f"{self._command} goes on from {'there' if saved else 'the checkpoint before'}"
            went = went if saved else f"not saved, {went}" if before else "not saved"
            stopped = f"stopped after {share:.0%} of all words, in {place}"
            raise Interrupted("; ".join(filter(None, (self._asked.message, stopped))), self._asked.status, went)

    def _write(self, r: int, train_state: TrainState, share: float) -> bool:
        """Makes a checkpoint of run r, or says why there is none."""
        place = self._folders[r]
        try:
            meta = {
                "identity": self._identities[r],
                "company": self._company,
                **sums_of(train_state, r, self._names),
                "share": share,
                "restarts": self.restarts,
                "checkpoints": self.seconds,
                "metrics": (place / "metrics.jsonl").read_text(encoding="utf-8"),
            }
            files.write(folder.checkpoint(place, train_state.done), meta, arrays_of(train_state, r))
        except (OSError, MemoryError, jax.errors.JaxRuntimeError) as error:
            self._tell(f"no checkpoint: {place}: {getattr(error, 'strerror', None) or 'out of memory'}")
            return False
        return True

    def _made(self, r: int) -> list[int]:
        """After how many segments the checkpoints of run r were made."""
        return [folder.number(path) for path in self._folders[r].glob(folder.CHECKPOINTS)]

    @property
    def _command(self) -> str:
        return f"the same command{' with train.resume=auto' * (self._settings.resume == 'never')}"

    def _tell(self, line: str) -> None:
        """Says a line that must not cost what was trained, whoever hears it."""
        try:
            self._say(line)
        except Interrupted as error:
            self.ask(error)

    def ask(self, why: Interrupted) -> None:
        """Asks for a checkpoint and the end after this segment."""
        self._asked = self._asked or why

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Inside, Ctrl-C or SIGTERM asks for a checkpoint and the end after this segment; a second one ends at once."""

        def stop(number):
            self.ask(Interrupted("", 128 + number))
            self._tell("stopping at the end of this segment; once more stops at once")

        with signals.handled(stop):
            yield

    def hold(self, train_state: TrainState) -> None:
        """Keeps in reach what all segments have made, until the runs are finished: see `finishing`.

        Raises:
          Interrupted: somebody asked for the end meanwhile.
        """
        self._trained = train_state
        if self._asked is not None:
            self.save(train_state, 1.0)

    @contextlib.contextmanager
    def finishing(self) -> Iterator[None]:
        """Inside, Ctrl-C or SIGTERM ends at once, but saves what is held before; a second one does not wait for that.

        Raises:
          Interrupted: in the place of a KeyboardInterrupt that does not say how to go on.
        """

        def stop(number):
            self.ask(signals.interrupted(number))
            if self._trained is None or self._settled:
                raise self._asked

        with signals.handled(stop):
            try:
                yield
                self.check()  # Python may have ignored it, as in a callback of the garbage collector
            except KeyboardInterrupt as error:
                if self._trained is None or getattr(error, "onward", ""):
                    raise
                unfinished = [r for r, place in enumerate(self._folders) if not (place / "result.json").exists()]
                ways = [self.onward(r) for r in unfinished if r not in self._trained.failed]
                raise signals.told(error, max(set(ways), key=ways.count, default="the result is there")) from None

    def check(self) -> None:
        """After training: what it has left is freed, where Python ignores exceptions, and a signal may raise again.

        Raises:
          Interrupted: somebody asked for the end meanwhile.
        """
        self._settled = True
        if self._asked is not None:
            raise self._asked

    def onward(self, r: int) -> str:
        """How run r goes on if it is not finished. What is held of it is saved before, where there is room."""
        place, train_state = self._folders[r], self._trained
        last = max(self._made(r), default=0)
        if train_state is None:
            return f"{self._command} goes on from the last checkpoint" if last > 0 else "the same command starts anew"
        if folder.checkpoint(place, train_state.done).exists() or self._write(r, train_state, 1.0):
            return f"{self._command} goes on from what was trained"
        if any((each / "result.json").exists() for each in self._folders):  # its company is gone
            folder.end(place)
            last = 0
        if last > 0:
            return f"{self._command} goes on from the checkpoint after {last / train_state.done:.0%} of the segments"
        return "the same command trains anew, as there was no room for a checkpoint"

    def unfinished(self, r: int, error: Exception) -> Exception:
        """Why run r was not finished and how it goes on, saved before if need be, unless its settings are at fault."""
        cause = error if isinstance(error, OSError) else error.__cause__
        if isinstance(error, InputError) and not isinstance(cause, OSError):
            return error
        onward = self.onward(r)
        if not isinstance(cause, OSError):
            return error
        what = f"{self._folders[r]}: cannot write ({cause.strerror or cause})"
        first = "make room" if is_full(cause) else "fix that"
        return InputError(f"{what if error is cause else str(error).partition('; ')[0]}; {first}, and {onward}")

    def _newest(self) -> dict[int, Checkpoint]:
        """The newest checkpoints, whole and of all runs; what is newer is removed then. Empty: there are none.

        Raises:
          InputError: they are of something else or cannot be read, or there are none but must be. All stay as they are.
        """
        paths = [{folder.number(path): path for path in place.glob(folder.CHECKPOINTS)} for place in self._folders]
        lacking = self._folders[0]
        for done in sorted(set().union(*paths), reverse=True):
            found = self._read({r: each[done] for r, each in enumerate(paths) if done in each})
            if not found:
                continue
            meta = next(iter(found.values())).meta
            if meta["company"] != self._names and meta["share"] != 1:
                there, here = len(meta["company"]), len(self._names)
                beside = f"of {there} side by side there, {here} here" if there != here else "beside other ones"
                raise InputError(
                    f"{self._folders[min(found)]} holds an unfinished run trained as one {beside}: give the launcher, "
                    f"hydra.launcher.runs and jobs of before; {identities.ELSEWHERE}"
                )
            without = [r for r, name in enumerate(self._names) if r not in found and name not in meta["failed"]]
            if not without:
                for path in [each[at] for each in paths for at in each if at > done]:
                    path.unlink(missing_ok=True)
                return found
            lacking = self._folders[without[0]]
        if self._settings.resume == "must":
            raise InputError(
                f"train.resume=must: {lacking} holds no checkpoint to go on from; name the folder of an "
                "unfinished run with hydra.run.dir=FOLDER, or use train.resume=auto"
            )
        return {}

    def _read(self, paths: Mapping[int, Path]) -> dict[int, Checkpoint]:
        """Those that are whole, by the number of their run; all are of these runs."""
        found = {}
        for r, path in paths.items():
            try:
                found[r] = checked(files.read(path))
            except files.OtherVersionError as error:
                raise InputError(f"{path}: {error}; {identities.ELSEWHERE}") from error
            except OSError as error:  # it may be whole
                why = f"cannot be read ({error.strerror or error}); try again when it can"
                raise InputError(f"{path}: {why}; {identities.ELSEWHERE}") from error
            except ValueError as error:
                self._say(f"{path}: not used, {error}")
        for r, each in found.items():
            identities.refuse_another(each.meta["identity"], self._identities[r], self._folders[r])
        return found
