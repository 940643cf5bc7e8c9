"""The folder of a run: whose it is, what an unfinished run left there, and that one process at a time uses it."""

import contextlib
import errno
import re
from collections.abc import Iterator
from pathlib import Path

import filelock

from jaxw2v.errors import InputError

CHECKPOINTS = "checkpoint-" + "[0-9]" * 8
SNAPSHOTS = "snapshot-" + "[0-9]" * 6
PROGRESS = (CHECKPOINTS, SNAPSHOTS)  # what a run goes on from
STATE = "state.checkpoint"  # of a finished run, for others to start from
TABLES = [
    f"{table}.{ending}" for table in ("vectors", "vectors-output", "vectors-sum") for ending in ("bin", "txt", "npz")
]
FILES = (
    *TABLES,
    "*.sparse.npz",
    "metrics.jsonl",
    "vocabulary.txt",
    "vocabulary-contexts.txt",
    "diverged.npz",
    "diverged-output.npz",
    "predictions.npz",
    "loss.png",
    "tsne.png",
    "pca.png",
    *PROGRESS,
    STATE,
)
PARTS = (
    *(f".{name}.[0-9a-f]*.tmp" for name in (*FILES, "result.json", "error.txt")),
    ".hydra/.*.yaml.[0-9a-f]*.tmp",
)  # of a file that was being written
RECORD = Path(".hydra", "config.yaml")
_SECTIONS = ("corpus", "windows", "negatives")  # of a record


def checkpoint(folder: Path, done: int) -> Path:
    """Of a run, after so many segments."""
    return folder / f"checkpoint-{done:08d}"


def number(path: Path) -> int:
    """After how many segments a checkpoint was made, from its name."""
    return int(path.name.rpartition("-")[2])


def has_checkpoint(folder: Path) -> bool:
    """Whether there is one, of whatever run."""
    return any(folder.glob(CHECKPOINTS))


def recorded(folder: Path) -> bool:
    """Whether the settings of a run are recorded in a folder. Every program of Hydra's leaves a file of that name."""
    try:
        text = (folder / RECORD).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    return all(re.search(f"^{section}:", text, re.MULTILINE) for section in _SECTIONS)


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
        if recorded(folder):
            end(folder)
        raise InputError(
            f"{folder} holds a result already; choose another hydra.run.dir (where train.init_from={folder} goes on "
            "from its tables) or remove its result.json"
        )
    leftovers(folder)


def leftovers(folder: Path) -> list[Path]:
    """The files in a folder of a run that did not end.

    Raises:
      InputError: it holds another program's files of the same names.
    """
    found = [path for pattern in FILES for path in folder.glob(pattern)]
    if not found and (folder / RECORD).exists():
        found = [folder / RECORD]
    if found and not recorded(folder):
        raise InputError(
            f"{folder} holds {found[0].name}, not made by a run; choose another hydra.run.dir or hydra.sweep.dir"
        )
    return [path for path in found if path.name != RECORD.name]


def clear(folder: Path, keep: tuple[str, ...] = ()) -> None:
    """Removes what an unfinished run left in its folder, but for files whose names match a pattern of `keep`."""
    parts = [path for pattern in PARTS for path in folder.glob(pattern)]
    for path in [*leftovers(folder), *parts]:
        if not any(path.match(pattern) for pattern in keep):
            path.unlink(missing_ok=True)


def end(folder: Path) -> None:
    """Removes what a run with a result went on from; one that was killed right after its result left it there."""
    for path in [path for pattern in PROGRESS for path in folder.glob(pattern)]:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def hold(file: Path, otherwise: str) -> Iterator[None]:
    """Inside, this process alone has the lock whose file this is. The lock ends with its process, the file stays.

    On a file system without locks, as some network ones, nothing is locked: there the user must not start two at once.

    Raises:
      InputError: another process has it; the message is `otherwise`.
    """
    held = filelock.FileLock(file, blocking=False, fallback_to_soft=False)
    try:
        held.acquire()
    except filelock.Timeout as error:
        raise InputError(otherwise) from error
    except (OSError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            remedy = "choose another hydra.run.dir or hydra.sweep.dir"
            raise InputError(f"{file}: cannot be locked ({error.strerror}); {remedy}") from error
        yield
        return
    try:
        yield
    finally:
        held.release()


@contextlib.contextmanager
def lock(folder: Path) -> Iterator[None]:
    """No other run uses this folder, which exists, meanwhile.

    Raises:
      InputError: another run uses it.
    """
    with contextlib.suppress(OSError):  # a folder that cannot be written to is found out later
        (folder / RECORD.parent).mkdir(exist_ok=True)
    otherwise = f"{folder}: a run is going on there; wait for it or choose another hydra.run.dir"
    with hold(folder / RECORD.parent / "lock", otherwise):
        yield


def locked(folder: Path) -> bool:
    """Whether a run uses the folder now, or there is no such folder."""
    if not folder.is_dir():
        return True
    try:
        with lock(folder):
            return False
    except InputError:
        return True
