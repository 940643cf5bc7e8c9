"""Where the rows of a file go: into memory, or into a file that is mapped."""

import contextlib
import errno
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from jaxw2v.errors import InputError, is_full
from jaxw2v.files import memory, writing

_ASKED = 1 << 26  # bytes; for so many and more the system is asked whether they are free
_VERSION = 1  # of the copies


class Grown:
    """A matrix in one piece of memory that grows by rows.

    Args:
      path: of the file they come from, for messages.
      numbers: D.
      expected: rows that are surely there, for which there is room at once.
    """

    def __init__(self, path: str, numbers: int, expected: int = 0):
        self._path, self._rows = path, 0
        self._check(4 * expected * numbers)
        self._vectors_VD = np.empty((expected, numbers), np.float32)

    def add(self, vectors_ND: np.ndarray) -> None:
        """Takes N more rows.

        Raises:
          InputError: there is no memory for them.
        """
        more = self._rows + len(vectors_ND)
        room = len(self._vectors_VD)
        if more > room:
            wanted = max(more, room + room // 2)
            self._check(vectors_ND[:1].nbytes * (wanted - room))
            self._resize(wanted)
        self._vectors_VD[self._rows : more] = vectors_ND
        self._rows = more

    def whole(self) -> np.ndarray:
        """[V, D] float32; nothing can be added any more."""
        self._resize(self._rows)
        return self._vectors_VD

    def _resize(self, rows: int) -> None:
        if rows != len(self._vectors_VD):
            self._vectors_VD.resize((rows, self._vectors_VD.shape[1]), refcheck=False)

    def _check(self, needed: int) -> None:
        if needed >= _ASKED and (free := memory.available()) is not None and needed > free:
            raise no_room(
                self._path, f"{needed / 1e9:,.2f} GB more would be taken and {max(free, 0) / 1e9:,.2f} are free"
            )


def no_room(path: str, why: str) -> InputError:
    """The error for vectors that are larger than the memory."""
    return InputError(
        f"{path}: not enough memory ({why}); read the first N words with --limit N (limit=N), or leave the vectors on "
        "the disk with --mmap (mmap=True)"
    )


@contextlib.contextmanager
def enough_memory(path: str | os.PathLike) -> Iterator[None]:
    """Within it, memory that runs out is an InputError which names `--limit`."""
    try:
        yield
    except MemoryError as error:
        raise no_room(str(path), " ".join(str(error).split())[:120] or "MemoryError") from None


def mapped(path: Path, offset: int, shape: tuple[int, int], dtype: Any = "<f4") -> np.ndarray:
    """An array that stays on the disk, read-only."""
    try:
        return np.memmap(path, dtype, mode="r", offset=offset, shape=shape)
    except OSError as error:
        if error.errno == errno.ENOMEM:  # of addresses
            raise MemoryError(str(error)) from None
        raise


class Copy:
    """Vectors of a file written once as they are in memory, so that they can be mapped; in the cache.

    Args:
      place: of the file.
      options: how it is read.
    """

    def __init__(self, place: Path, options: dict[str, Any]):
        status = place.stat()
        self._of = {"version": _VERSION, "size": status.st_size, "time": status.st_mtime_ns, **options}
        name = hashlib.sha256(os.fsencode(place.resolve()) + json.dumps(options).encode()).hexdigest()
        folder = Path(os.environ.get("JAXW2V_CACHE") or "~/.cache/jaxw2v").expanduser() / "vectors"
        self.vectors, self._record = folder / f"{name[:32]}.float32", folder / f"{name[:32]}.json"

    def read(self) -> tuple[list[str], np.ndarray, list[str]] | None:
        """Words, [V, D] float32 on the disk, and notes; None: there is no copy, or it is of an older file."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            record = json.loads(self._record.read_text(encoding="utf-8"))
            words, numbers = record["words"], record["numbers"]
            if record["of"] == self._of and self.vectors.stat().st_size == 4 * len(words) * numbers:
                return words, mapped(self.vectors, 0, (len(words), numbers)), record["notes"]
        return None

    @contextlib.contextmanager
    def written(self) -> Iterator["Written"]:
        """Rows are added inside; `keep` follows.

        Raises:
          InputError: the cache has no room.
        """
        try:
            self.vectors.parent.mkdir(parents=True, exist_ok=True)
            self._record.unlink(missing_ok=True)
            with writing.whole(self.vectors) as file:
                yield Written(file)
        except OSError as error:
            raise self._cannot(error) from error

    def keep(self, words: list[str], numbers: int, notes: list[str]) -> None:
        """Says what was written, as the last."""
        record = {"of": self._of, "numbers": numbers, "notes": notes, "words": words}
        try:
            with writing.whole(self._record) as file:
                file.write(json.dumps(record).encode())
        except OSError as error:
            raise self._cannot(error) from error

    def _cannot(self, error: OSError) -> InputError:
        remedy = "make room there, name another folder in JAXW2V_CACHE, or read fewer words with --limit (limit=N)"
        if error.errno == errno.EACCES or not is_full(error):
            remedy = "name a folder in JAXW2V_CACHE that can be written to"
        return InputError(f"{self.vectors}: a copy to be mapped cannot be written ({error.strerror}); {remedy}")


class Written:
    """Rows that are written to a file."""

    def __init__(self, file: IO[bytes]):
        self._file = file

    def add(self, vectors_ND: np.ndarray) -> None:
        """Takes N more rows."""
        self._file.write(np.ascontiguousarray(vectors_ND, "<f4").data)
