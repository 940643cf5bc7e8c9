"""The folder of a run: whose it is, what an unfinished run left there, and that one process at a time uses it."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from jaxw2v.errors import InputError

CHECKPOINTS = "checkpoint-*"
STATE = "state.checkpoint"  # of a finished run, for others to start from
FILES = (
    "metrics.jsonl",
    "vectors.*",
    "contexts.*",
    "sums.*",
    "vocabulary.txt",
    "vocabulary-contexts.txt",
    "diverged*.npz",
    "answers.npz",
    "*.png",
    CHECKPOINTS,
    STATE,
)
PARTS = (".checkpoint-*.part", f".{STATE}.part", ".*.tmp")  # of files that were being written


def claim(folder: Path) -> None:
    """Makes the folder of a run. What an unfinished run left there stays: see `clear`.

    Raises:
      InputError: it holds a result or another program's files of the same names already, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"hydra.run.dir={folder}: cannot be made ({error.strerror}); choose another") from error
    if (folder / "result.json").exists():
        end(folder)
        raise InputError(
            f"{folder} holds a result already; choose another hydra.run.dir (where train.start_from={folder} goes on "
            "from its tables) or remove its result.json"
        )
    leftovers(folder)


def leftovers(folder: Path) -> list[Path]:
    """The files in a folder of a run that did not end.

    Raises:
      InputError: it holds another program's files of the same names.
    """
    found = [path for pattern in FILES for path in folder.glob(pattern)]
    if found and not (folder / ".hydra" / "config.yaml").exists():
        raise InputError(
            f"{folder} holds {found[0].name}, not made by a run; choose another hydra.run.dir or hydra.sweep.dir"
        )
    return found


def clear(folder: Path, keep: tuple[str, ...] = ()) -> None:
    """Removes what an unfinished run left in its folder, but for files whose names match a pattern of `keep`."""
    parts = [path for pattern in PARTS for path in folder.glob(pattern)]
    for path in [*leftovers(folder), *parts]:
        if not any(path.match(pattern) for pattern in keep):
            path.unlink(missing_ok=True)


def end(folder: Path) -> None:
    """Removes the checkpoints of a run that has a result; one that was killed right after it left them there."""
    for path in folder.glob(CHECKPOINTS):
        path.unlink(missing_ok=True)


def hold(handle: int, otherwise: str) -> None:
    """Locks an open file or folder until it is closed, or its process ends.

    On a file system without locks, as some network ones, nothing happens: there the user must not start two at once.

    Raises:
      InputError: another process has locked it; the message is `otherwise`.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InputError(otherwise) from error
    except OSError:
        pass


@contextlib.contextmanager
def lock(folder: Path) -> Iterator[None]:
    """No other run uses this folder, which exists, meanwhile. The lock goes with its process and leaves no file.

    Raises:
      InputError: another run uses it.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        hold(handle, f"{folder}: a run is going on there; wait for it or choose another hydra.run.dir")
        yield
    finally:
        os.close(handle)


def locked(folder: Path) -> bool:
    """Whether a run uses the folder now."""
    try:
        with lock(folder):
            return False
    except (InputError, OSError):
        return True
