"""Going on where a run was stopped: when checkpoints are made, which one is used, and whose they are."""

import contextlib
import json
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxw2v import checkpoint, folder
from jaxw2v import identity as identities
from jaxw2v.checkpoint import Checkpoint
from jaxw2v.config import Train
from jaxw2v.errors import InputError, Interrupted
from jaxw2v.training import population

SHARE = 0.02  # of the time, at most, goes into checkpoints that are made by time
GENERATIONS = 2  # kept in a folder: the last may be damaged
_META = {  # of a checkpoint
    "identity": dict, "company": list, "done": int, "share": float, "loss": float, "counted": float, "pairs": float,
    "seconds": float, "failed": dict, "restarts": int, "checkpoints": float, "metrics": str,
}  # fmt: skip


class Reached(NamedTuple):
    """Where training stands between two segments.

    Attributes:
      done: segments trained, of each replica, in all epochs.
      state: of all runs, as the compiled program takes it.
      loss_R, counted_R: [R] float64, sums over the epoch so far: nats, and the pairs that they are from.
      pairs_R: [R] float64, positive pairs so far.
      seconds: of training so far.
      failed: by the number of a run, why it goes no further.
    """

    done: int
    state: Any
    loss_R: np.ndarray
    counted_R: np.ndarray
    pairs_R: np.ndarray
    seconds: float
    failed: dict[int, InputError]


class Keeper:
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
        settings: Train,
        say: Callable[[str], None],
    ):
        self._folders, self._identities, self._settings, self._say = folders, own, settings, say
        self._names = [identities.digest(each) for each in own]
        self._found: dict[int, Checkpoint] = {}
        self._company = self._names
        self._signal: int | None = None
        self._last = time.monotonic()
        self._cost = 0.0
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
            folder.clear(place, keep=(folder.CHECKPOINTS, "diverged*.npz") if self._found else ())
            if text:
                part = place / ".metrics.jsonl.tmp"
                part.write_text(text, encoding="utf-8")
                part.replace(place / "metrics.jsonl")
            metrics.append([json.loads(line) for line in text.splitlines()])
        if self._found:
            meta = next(iter(self._found.values())).meta
            self._company, self.restarts, self.seconds = meta["company"], meta["restarts"] + 1, meta["checkpoints"]
            self._say(f"going on after {meta['share']:.0%} of all words")
        return metrics

    def restore(self, state: Any) -> Reached:
        """Where training was stopped; without a checkpoint: its beginning, `state`.

        Args:
          state: before the first step, on the devices.
        """
        runs = len(self._folders)
        if not self._found:
            return Reached(0, state, np.zeros(runs), np.zeros(runs), np.zeros(runs), 0.0, {})
        found, self._found = self._found, {}  # their memory is free when this is done
        metas = {r: each.meta for r, each in found.items()}
        any_meta = next(iter(metas.values()))
        failed = {
            self._names.index(name): InputError(why) for name, why in any_meta["failed"].items() if name in self._names
        }
        leaves, structure = jax.tree.flatten(state)

        def restored(i: int, like: jax.Array) -> jax.Array:
            own = {r: each.arrays[str(i)] for r, each in found.items()}
            blank = np.zeros_like(next(iter(own.values())))  # a run that failed is trained no further
            array = own[0] if runs == 1 else np.stack([own.get(r, blank) for r in range(runs)])
            return jax.device_put(array, like.sharding)

        def sums(key: str) -> np.ndarray:
            return np.array([metas[r][key] if r in metas else 0.0 for r in range(runs)])

        return Reached(
            any_meta["done"],
            jax.tree.unflatten(structure, [restored(i, leaf) for i, leaf in enumerate(leaves)]),
            *(sums(key) for key in ("loss", "counted", "pairs")),
            any_meta["seconds"],
            failed,
        )

    def due(self, done: int, rounds: int) -> bool:
        """Whether it is time for a checkpoint after `done` of `rounds` segments."""
        if self._signal is not None or (done == rounds and len(self._folders) > 1):
            return True  # of runs side by side some may be finished when the last part is stopped
        every = self._settings.checkpoint_every
        if every == 0:
            return False
        if self._settings.checkpoint_unit == "segments":
            return done % every == 0
        return time.monotonic() - self._last >= max(every, self._cost / SHARE)

    def save(self, reached: Reached, share: float) -> None:
        """Makes a checkpoint in each folder; a disk that is full costs the checkpoint, not the run.

        Args:
          reached: all of it.
          share: of all words, that have been seen.

        Raises:
          Interrupted: a person or the system asked for the end.
        """
        begin = time.monotonic()
        runs = len(self._folders)
        failed = {self._names[r]: str(error) for r, error in reached.failed.items()}
        saved = True
        for r, place in enumerate(self._folders):
            if r in reached.failed:
                continue
            metrics = place / "metrics.jsonl"
            meta = {
                "identity": self._identities[r],
                "company": self._company,
                "done": reached.done,
                "share": share,
                "loss": float(reached.loss_R[r]),
                "counted": float(reached.counted_R[r]),
                "pairs": float(reached.pairs_R[r]),
                "seconds": reached.seconds,
                "failed": failed,
                "restarts": self.restarts,
                "checkpoints": self.seconds,
                "metrics": metrics.read_text(encoding="utf-8"),
            }
            own = population.alone(reached.state, r, runs)
            arrays = {str(i): leaf for i, leaf in enumerate(jax.tree.leaves(own))}
            try:
                checkpoint.write(place / f"checkpoint-{reached.done:08d}", meta, arrays)
            except OSError as error:
                self._say(f"no checkpoint: {place}: {error.strerror}")
                saved = False
        if saved:  # everywhere: until then those before may be needed
            for r, place in enumerate(self._folders):
                for path in sorted(place.glob(folder.CHECKPOINTS))[:-GENERATIONS]:
                    if r not in reached.failed:
                        path.unlink()
        self._last = time.monotonic()
        self._cost = self._last - begin
        self.seconds += self._cost
        if self._signal is not None:
            went = "the same command goes on from there" if saved else "not saved"
            place = self._folders[0].parent if runs > 1 else self._folders[0]
            raise Interrupted(f"stopped after {share:.0%} of all words, in {place}: {went}", 128 + self._signal)

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Inside, Ctrl-C or SIGTERM asks for a checkpoint and the end after this segment; a second one ends at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(number, frame):
            self._signal = number
            signal.signal(number, signal.SIG_DFL)
            self._say("stopping at the end of this segment; once more stops at once")

        numbers = [n for n in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(n) != signal.SIG_IGN]
        before = {number: signal.signal(number, stop) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _newest(self) -> dict[int, Checkpoint]:
        """The newest checkpoints, whole and of all runs; what is newer is removed then. Empty: there are none.

        Raises:
          InputError: they are of something else or cannot be read, or there are none but must be. All stay as they are.
        """
        paths = [{_number(path): path for path in place.glob(folder.CHECKPOINTS)} for place in self._folders]
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
                found[r] = _checked(checkpoint.read(path))
            except checkpoint.OtherVersionError as error:
                raise InputError(f"{path}: {error}; {identities.ELSEWHERE}") from error
            except OSError as error:  # it may be whole
                why = f"cannot be read ({error.strerror or error}); try again when it can"
                raise InputError(f"{path}: {why}; {identities.ELSEWHERE}") from error
            except ValueError as error:
                self._say(f"{path}: not used, {error}")
        for r, each in found.items():
            identities.refuse_another(each.meta["identity"], self._identities[r], self._folders[r])
        return found


def _checked(found: Checkpoint) -> Checkpoint:
    """The same. Raises ValueError: something is missing in it, so another program has made it."""
    wrong = [key for key, kind in _META.items() if not isinstance(found.meta.get(key), kind)]
    if wrong:
        raise ValueError(f"it does not say its {wrong[0]}")
    try:
        for line in found.meta["metrics"].encode().splitlines():
            json.loads(line)
    except RecursionError:
        raise ValueError("its metrics are wrong") from None
    return found


def _number(path: Path) -> int:
    """From a checkpoint's name, how far it is; -1 of a file with such a name that is none."""
    found = re.fullmatch(r"checkpoint-(\d+)", path.name)
    return int(found.group(1)) if found else -1
