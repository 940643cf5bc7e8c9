"""NumPy's npz: arrays `words` (V strings) and `vectors` ([V, D] float32), stored uncompressed."""

from collections.abc import Iterator
from typing import IO

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files import npz
from jaxw2v.vectors.intake import Rows
from jaxw2v.vectors.source import AGAIN, Source
from jaxw2v.vectors.table import Table

_WORDS_BYTES = 1 << 30  # the array `words` is as wide as its longest word
_BLOCK = 1 << 20  # numbers handed on at a time


class Arrays:
    """The two arrays of a file; `vectors_VD` stays on the disk until rows are read.

    Attributes:
      words: V strings, not checked.
      vectors_VD: [V, D], mapped.
    """

    def __init__(self, source: Source, limit: int | None):
        """The words are read.

        Raises:
          InputError: it has no two such arrays, or they are damaged.
        """
        assert source.file is not None
        self._path = source.path
        try:
            names, stored = npz.stored(source.file, source.place, ("words", "vectors"))
            if {"indptr", "indices"} <= names:
                raise InputError(
                    f"{source.path}: a sparse matrix without its words, as count-based runs leave it; it is read by "
                    "scipy.sparse.load_npz, its words are in the run's vocabulary.txt; for vectors use baseline=svd"
                )
            absent = [name for name in ("words", "vectors") if name not in stored]
            if absent:
                raise ValueError(f"it has no {absent[0]}.npy")
            words, vectors = stored["words"], stored["vectors"]
            if len(words.shape) != 1 or words.dtype.kind != "U" or len(vectors.shape) != 2 or vectors.dtype.kind != "f":
                raise ValueError("`words` must be V strings and `vectors` V x D floats")
            if words.shape[0] != vectors.shape[0]:
                raise ValueError(f"{words.shape[0]} words, but vectors of shape {vectors.shape}; give one row a word")
            if limit is None:
                words.check()
            self.words: list[str] = words.mapped()[:limit].tolist()
            self.vectors_VD = vectors.mapped()[:limit]
            self._stored = vectors
        except (ValueError, UnicodeError) as error:
            if isinstance(error, InputError):
                raise
            raise _broken(source.path, error) from None

    def check(self) -> None:
        """Reads all vectors once.

        Raises:
          InputError: their checksum is wrong.
        """
        try:
            self._stored.check()
        except ValueError as error:
            raise _broken(self._path, error) from None

    def rows(self) -> Iterator[Rows]:
        """The rows, in order."""
        size = max(1, _BLOCK // max(1, self.vectors_VD.shape[1]))
        for start in range(0, len(self.words), size):
            rows_ND = self._stored.rows(start, min(size, len(self.words) - start))
            with np.errstate(over="ignore"):
                vectors_ND = np.asarray(
                    self.vectors_VD[start : start + size] if rows_ND is None else rows_ND, np.float32
                )
            yield Rows(self.words[start : start + size], vectors_ND, lambda at, s=start: f"row {s + at + 1}")  # type: ignore[misc]

    def is_as_wanted(self) -> bool:
        """Whether the vectors can be used as they lie on the disk."""
        return self.vectors_VD.dtype == np.dtype("<f4") and self.vectors_VD.flags.c_contiguous


def write(table: Table, file: IO[bytes], path: object) -> None:
    """Writes the table.

    Raises:
      InputError: a word is too long.
    """
    longest = max(map(len, table.words))
    if 4 * longest * len(table.words) > _WORDS_BYTES:
        raise InputError(f"cannot save {path}: a word of {longest} letters makes the array too wide; use bin or txt")
    np.savez(file, words=np.array(table.words, np.str_), vectors=np.asarray(table.vectors_VD, "<f4"))


def _broken(path: str, error: Exception) -> InputError:
    reason = " ".join(str(error).split())[:200]
    return InputError(f"{path}: not an npz of words and vectors ({reason}); {AGAIN} with numpy.savez")
