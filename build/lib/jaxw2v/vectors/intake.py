"""What is kept of the rows of a file, and what is passed over: counted, and said."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from jaxw2v.errors import InputError

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
    """Some rows of a file.

    Attributes:
      words: as they stand there: UTF-8 that has not been checked, or text.
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
      words: that are kept, all different; none is empty, only white space, or has NUL.
    """

    def __init__(self, path: str, invalid_utf8: str, matrix: Matrix):
        """Nothing is taken yet.

        Args:
          path: of the file, for messages.
          invalid_utf8: what becomes of a word that is not UTF-8 (NUL is none, too): "error", "replace" or "skip".
          matrix: takes the rows that are kept.
        """
        self.words: list[str] = []
        self._seen: set[str] = set()
        self._path, self._invalid, self._matrix = path, invalid_utf8, matrix
        self._noted: dict[str, tuple[int, str]] = {}  # by kind, how often and where first

    def add(self, rows: Rows) -> None:
        """Some more rows.

        Raises:
          InputError: a word that is not UTF-8 where that is an error, a number that is NaN or infinite.
        """
        words, kept = self._decoded(rows), []
        for at, word in enumerate(words):
            if word not in self._seen and word.strip() and word != _SKIPPED:
                self._seen.add(word)
                kept.append(at)
                if " " in word and isinstance(rows.words[at], bytes):  # it is not said where such a word ends
                    self.note("spaces", f"{word[:40]!r} in {rows.place(at)}")
            elif word != _SKIPPED:
                kind = "twice" if word in self._seen else "blank"
                self.note(kind, f"{word[:40]!r} in {rows.place(at)}")
        vectors_ND = rows.vectors_ND
        if len(kept) < len(words):
            words, vectors_ND = [words[at] for at in kept], vectors_ND[kept]
        finite = np.isfinite(vectors_ND).all(axis=1)
        if not finite.all():
            at = int(np.argmin(finite))
            where = rows.place(kept[at])
            raise InputError(
                f"{self._path}: {where}: the vector of {words[at][:40]!r} holds NaN or infinity; "
                "train again, or remove the row"
            )
        self.words += words
        self._matrix.add(vectors_ND)

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

    def _decoded(self, rows: Rows) -> list[str]:
        try:
            words = [word if isinstance(word, str) else word.decode() for word in rows.words]
            whole = "".join(words)
            if "\0" not in whole and (whole.isprintable() or whole.encode()):  # text may hold lone surrogates
                return words
        except UnicodeError:
            pass
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
