"""What is kept of the rows of a file, and what is passed over: counted, and said."""

import contextlib
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.vectors.table import lengths

INVALID = ("error", "replace", "skip")

_SKIPPED = "\0"  # stands for a word that is not UTF-8; no word has NUL
_SAID = {  # one, several
    "twice": ("a row repeats a word: the first row of a word stays", "{:,} rows repeat a word: the first row stays"),
    "blank": ("a row without a word is passed over", "{:,} rows without a word (only white space) are passed over"),
    "skipped": ("a word that is not UTF-8 is passed over", "{:,} words that are not UTF-8 are passed over"),
    "replaced": ("a word is not UTF-8, repaired with U+FFFD", "{:,} words are not UTF-8, repaired with U+FFFD"),
    "spaces": ("a word has spaces", "{:,} words have spaces"),
    "lines": ("a blank line is passed over", "{:,} blank lines are passed over"),
}


class Rows(NamedTuple):
    """Some rows of a file, at least one.

    Attributes:
      words: as they stand there: UTF-8 that has not been checked, or text; all are of one kind.
      vectors_ND: [N, D] float32.
      place: where the row of a number below N stands, such as "line 7".
    """

    words: Sequence[bytes | str]
    vectors_ND: np.ndarray
    place: Callable[[int], str]


class Matrix(Protocol):
    """What rows are added to."""

    def add(self, vectors_ND: np.ndarray) -> None:
        """Takes N more rows."""


class Intake:
    """Takes the rows of a file; keeps the words and hands their rows on.

    Attributes:
      words: V that are kept, all different; none is empty, only white space, or has NUL.
      row_of: the row of each.
    """

    def __init__(self, path: str, invalid_utf8: str, matrix: Matrix):
        """Nothing is taken yet.

        Args:
          path: of the file, for messages.
          invalid_utf8: what becomes of a word that is not UTF-8 (NUL is none, too): "error", "replace" or "skip".
          matrix: takes the rows that are kept.
        """
        self.words: list[str] = []
        self.row_of: dict[str, int] = {}
        self._lengths: list[np.ndarray] = []
        self._path, self._invalid, self._matrix = path, invalid_utf8, matrix
        self._noted: dict[str, tuple[int, str]] = {}  # by kind, how often and where first

    def add(self, rows: Rows) -> None:
        """Some more rows.

        Raises:
          InputError: a word that is not UTF-8 where that is an error, a number that is NaN or infinite.
        """
        words, vectors_ND = self._decoded(rows), rows.vectors_ND
        kept: Sequence[int] = range(len(words))
        if not self._is_plain(words, rows):
            kept = self._usable(words, rows)
            words, vectors_ND = [words[at] for at in kept], vectors_ND[kept]
        length_N = lengths(vectors_ND)
        if not np.isfinite(length_N).all():
            at = int(np.argmin(np.isfinite(length_N)))
            where = rows.place(kept[at])
            raise InputError(
                f"{self._path}: {where}: the vector of {words[at][:40]!r} holds NaN or infinity; "
                "train again, or remove the row"
            )
        self.row_of.update(zip(words, range(len(self.words), len(self.words) + len(words))))
        self.words += words
        self._lengths.append(length_N)
        self._matrix.add(vectors_ND)

    @property
    def length_V(self) -> np.ndarray:
        """[V] float64, the lengths of the rows that are kept, see `table.lengths`."""
        return np.concatenate([np.zeros(0), *self._lengths])

    def note(self, kind: str, place: str) -> None:
        """One more of a kind that was passed over or changed, and where it stands."""
        count, first = self._noted.get(kind, (0, place))
        self._noted[kind] = (count + 1, first)

    def notes(self) -> list[str]:
        """A line for each kind of thing that was passed over or changed."""
        return [
            f"{self._path}: {_SAID[kind][count > 1].format(count)} ({'the first ' if count > 1 else ''}{place})"
            for kind, (count, place) in self._noted.items()
        ]

    def _is_plain(self, words: list[str], rows: Rows) -> bool:
        """Whether all rows are kept and nothing is noted; without a loop over them."""
        fresh = dict.fromkeys(words)
        return (
            len(fresh) == len(words)
            and self.row_of.keys().isdisjoint(fresh)
            and _SKIPPED not in fresh
            and all(map(str.strip, words))
            and (isinstance(rows.words[0], str) or " " not in "".join(words))
        )

    def _usable(self, words: list[str], rows: Rows) -> list[int]:
        """Which rows are kept; the others are noted."""
        kept, seen = [], set[str]()
        for at, word in enumerate(words):
            twice = word in self.row_of or word in seen
            if not twice and word.strip() and word != _SKIPPED:
                seen.add(word)
                kept.append(at)
                if " " in word and isinstance(rows.words[at], bytes):  # it is not said where such a word ends
                    self.note("spaces", f"{word[:40]!r} in {rows.place(at)}")
            elif word != _SKIPPED:
                self.note("twice" if twice else "blank", f"{word[:40]!r} in {rows.place(at)}")
        return kept

    def _decoded(self, rows: Rows) -> list[str]:
        """The words as text, `_SKIPPED` for those that are passed over."""
        with contextlib.suppress(UnicodeError):
            if isinstance(rows.words[0], bytes):
                whole = b"\0".join(rows.words).decode()  # type: ignore[arg-type]
                if whole.count("\0") == len(rows.words) - 1:
                    return whole.split("\0")
            else:
                whole = "".join(rows.words)  # type: ignore[arg-type]
                if "\0" not in whole and (whole.isprintable() or whole.encode()):  # text may hold lone surrogates
                    return list(rows.words)  # type: ignore[arg-type]
        return [self._mended(word, at, rows) for at, word in enumerate(rows.words)]

    def _mended(self, word: bytes | str, at: int, rows: Rows) -> str:
        data = word.encode(errors="surrogatepass") if isinstance(word, str) else word
        text = data.decode(errors="replace").replace("\0", "\ufffd")
        if text.encode() == data:
            return text
        where = f"{data[:40]!r} in {rows.place(at)}"
        if self._invalid == "error":
            raise InputError(
                f"{self._path}: {rows.place(at)}: the word {data[:40]!r} is not UTF-8 (cut in a letter, or Latin-1?); "
                "--invalid-utf8 skip passes over such words, replace keeps them (in Python invalid_utf8='skip')"
            )
        self.note("skipped" if self._invalid == "skip" else "replaced", where)
        return _SKIPPED if self._invalid == "skip" else text
