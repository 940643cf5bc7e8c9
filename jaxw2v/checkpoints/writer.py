"""Writes checkpoints, at once or in a thread, one after another."""

import functools
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxw2v.checkpoints import files, folder

GENERATIONS = 2  # kept in a folder: the last may be damaged
NO_ROOM = (OSError, MemoryError, jax.errors.JaxRuntimeError)  # what costs a checkpoint and not the run
Part = tuple[dict[str, Any], dict[str, np.ndarray]]  # of a run: what JSON can hold, and arrays; see `files.write`


class CheckpointWriter:
    """Writes checkpoints into the folders of runs. A disk that is full costs the checkpoint, and is told in a line.

    Nothing is written while the thread writes: every method but `busy` waits for it first. What the thread has to say
    is told, and what is wrong in it raised, by the method that waits: in the thread that trains.

    Args:
      folders: of the runs, by their numbers.
      tell: takes a line for a person.
    """

    def __init__(self, folders: Sequence[Path], tell: Callable[[str], None]):
        self._folders, self._tell_line = folders, tell
        self._thread: threading.Thread | None = None
        self._untold: list[str] = []
        self._bug: BaseException | None = None

    @property
    def busy(self) -> bool:
        """Whether the thread writes now."""
        return self._thread is not None and self._thread.is_alive()

    def write(self, done: int, makes: Mapping[int, Callable[[], Part]]) -> bool:
        """Whether there is a checkpoint of every run, after so many segments; then those long before are removed.

        Args:
          done: segments.
          makes: by the number of a run, what makes that which goes into its checkpoint.
        """
        self.settle()
        saved = self._write_all(done, makes)
        self._tell()
        return saved

    def write_one(self, r: int, done: int, make: Callable[[], Part]) -> bool:
        """Whether there is a checkpoint of run r. None is removed, as other runs may go on from one before."""
        self.settle()
        written = self._write(r, done, make)
        self._tell()
        return written

    def write_soon(self, done: int, parts: Mapping[int, Part], then: Callable[[], None]) -> None:
        """As `write`, in a thread, of what is there already and stays as it is; `then` is called there after it."""
        self.settle()

        def work() -> None:
            try:
                self._write_all(done, {r: functools.partial(parts.__getitem__, r) for r in parts})
                then()
            except BaseException as error:  # raised where training hears it
                self._bug = error

        self._thread = threading.Thread(target=work, name="checkpoint", daemon=True)
        self._thread.start()

    def settle(self) -> None:
        """Waits for the thread, if there is one, and tells why it has written none."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()
        self._tell()
        bug, self._bug = self._bug, None
        if bug is not None:
            raise bug

    def _write_all(self, done: int, makes: Mapping[int, Callable[[], Part]]) -> bool:
        written = [self._write(r, done, make) for r, make in makes.items()]
        saved = all(written)
        if saved:  # everywhere: until then those before may be needed
            for r in makes:
                for path in sorted(self._folders[r].glob(folder.CHECKPOINTS))[:-GENERATIONS]:
                    path.unlink()
        return saved

    def _write(self, r: int, done: int, make: Callable[[], Part]) -> bool:
        place = self._folders[r]
        try:
            files.write(folder.checkpoint(place, done), *make())
        except NO_ROOM as error:
            why = getattr(error, "strerror", None) or "out of memory"
            self._untold.append(f"no checkpoint: {place}: {why}")
            return False
        return True

    def _tell(self) -> None:
        while self._untold:
            self._tell_line(self._untold.pop(0))
