"""A table with what every query needs, made once: where each word stands, and how long its vector is."""

import contextlib
import difflib
import os
import unicodedata
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse

from jaxw2v.errors import UnknownWordError
from jaxw2v.files import blas, memory, spaces
from jaxw2v.vectors.matrix import enough_memory
from jaxw2v.vectors.table import Table, fold, folded, index, lengths, unit_rows, vector

_ALIKE = 50_000  # words, the most frequent, among which spellings are compared; difflib is slow
_BLOCK = 1 << 23  # numbers of a piece of a product
_ADDRESSES = 4e9  # bytes of addresses that threads may need
_LEAST, _MOST = 1e-30, 1e30  # lengths of rows of which float32 has a product


class Made(NamedTuple):
    """What queries need of a table.

    Attributes:
      row_of: the row of each word.
      length_V: [V] float64, the lengths of the rows.
    """

    row_of: dict[str, int]
    length_V: np.ndarray


class Lookup:
    """A table to be asked again and again.

    Attributes:
      table: V words; its vectors cannot be written to, since what is made of them would not follow.
    """

    def __init__(self, table: Table, name: str = "the vectors", made: Made | None = None):
        """Nothing more is made yet.

        Args:
          table: V words.
          name: of the table, for messages.
          made: of this table, when it was read.
        """
        if made is not None:
            self.row_of, self.length_V = made
        self.table, self._name = Table(table.words, _read_only(table.vectors_VD)), name
        self._candidates: tuple[Any, dict[str, int], Any] | None = None

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each word."""
        with enough_memory(self._name):
            return index(self.table)

    @cached_property
    def unit_VD(self) -> np.ndarray | scipy.sparse.csr_array:
        """[V, D] float32 in memory, rows of length 1 (of zeros: zero)."""
        with enough_memory(self._name):
            return unit_rows(self.table.vectors_VD)

    @cached_property
    def length_V(self) -> np.ndarray:
        """[V] float64, the lengths of the rows."""
        with enough_memory(self._name):
            return lengths(self.table.vectors_VD)

    @cached_property
    def _extreme(self) -> np.ndarray:
        """The rows, not zero, of which float32 has no product."""
        return np.flatnonzero((self.length_V > _MOST) | ((self.length_V < _LEAST) & (self.length_V > 0)))

    def row(self, word: str) -> int:
        """Where a word stands.

        Raises:
          UnknownWordError: it is not there; the message has words that are nearly it.
        """
        row = self.row_of.get(word)
        if row is None:
            raise UnknownWordError(_unknown(word, self.row_of))
        return row

    def unit(self, rows: Iterable[int]) -> np.ndarray:
        """[N, D] float32, dense: N rows of length 1, of words or zeros."""
        return unit_rows(np.stack([vector(self.table, row) for row in rows]))

    @blas.one_thread
    def cosines(self, unit_D: np.ndarray) -> np.ndarray:
        """[V] float32 in [-1, 1], of all words with a vector of length 1; without a copy of the vectors.

        It is made in pieces on all cores. They are the same however many there are, and so is the result.
        """
        vectors_VD = self.table.vectors_VD
        if scipy.sparse.issparse(vectors_VD):
            return np.clip(self.unit_VD @ unit_D, -1, 1)
        length_V, cosine_V = self.length_V, np.empty(len(vectors_VD), np.float32)

        def fill(start: int) -> None:
            rows = slice(start, start + size)
            with np.errstate(over="ignore", invalid="ignore"):  # of what is extreme
                dot_N = np.asarray(vectors_VD[rows], np.float32) @ unit_D
                np.divide(
                    dot_N, np.where(length_V[rows] > 0, length_V[rows], 1), out=cosine_V[rows], casting="same_kind"
                )

        size = max(1, _BLOCK // vectors_VD.shape[1])
        starts = range(0, len(vectors_VD), size)
        if min(len(starts), _threads()) > 1:
            with ThreadPoolExecutor(min(len(starts), _threads())) as pool:
                list(pool.map(fill, starts))
        else:
            for start in starts:
                fill(start)
        if self._extreme.size:
            cosine_V[self._extreme] = self.unit(self._extreme) @ unit_D
        return np.clip(cosine_V, -1, 1, out=cosine_V)

    def candidates(self, restrict_vocab: int | None, case: str) -> tuple[dict[str, int], Any]:
        """The words that can be answers, folded, each with its row below C; and [C, D] float32 rows of length 1.

        Args:
          restrict_vocab: of the first so many words; None: of all.
          case: "lower", "upper" or "exact"; of words that become equal the first stands for all.
        """
        if self._candidates is None or self._candidates[0] != (restrict_vocab, case):
            self._candidates = None  # its memory is free before there is another
            words, vectors_VD = self.table
            known = folded(Table(words[:restrict_vocab], vectors_VD[:restrict_vocab]), case)
            rows = list(known.values())
            with enough_memory(self._name):
                unit_CD = self.unit_VD if len(rows) == len(words) and self._is_made else unit_rows(vectors_VD[rows])
            self._candidates = ((restrict_vocab, case), {word: at for at, word in enumerate(known)}, unit_CD)
        return self._candidates[1:]

    @property
    def _is_made(self) -> bool:
        return "unit_VD" in self.__dict__


def _threads() -> int:
    """How many make a product: one where addresses are short, since BLAS without any for a thread ends the process."""
    left = memory.left_by_limit()
    return 1 if left is not None and left < _ADDRESSES else os.cpu_count() or 1


def _read_only(vectors_VD: np.ndarray | scipy.sparse.csr_array) -> np.ndarray | scipy.sparse.csr_array:
    if scipy.sparse.issparse(vectors_VD) or not vectors_VD.flags.writeable:
        return vectors_VD
    view_VD = vectors_VD.view()
    view_VD.flags.writeable = False
    return view_VD


def lookup(table: "Table | Lookup") -> Lookup:
    """The same, or that of a table."""
    return table if isinstance(table, Lookup) else Lookup(table)


def _unknown(word: str, row_of: dict[str, int]) -> str:
    what = f"the word {word!r} is not in the vocabulary"
    with contextlib.suppress(UnicodeError):
        plain = _plain(word)
        same = [other for other in row_of if _plain(other) == plain][:3] if plain else []
        if same:
            case = any(fold(other, "lower") == fold(word, "lower") for other in same)
            why = "only the case differs" if case else "nearly the same letters"
            return f"{what}; did you mean {', '.join(map(_shown, same))}? ({why})"
    alike: dict[str, str] = {}
    for other, row in row_of.items():
        if row >= _ALIKE:
            break
        if abs(len(other) - len(word)) <= 2:
            alike.setdefault(other.lower(), other)
    close = [alike[other] for other in difflib.get_close_matches(word.lower(), alike, 3)]
    if not close and word.strip() and not spaces.is_word(word, "unicode"):
        remedy = "a no-break space and the like are parts of a word, unless --white-space unicode is given"
        return f"{what}; {remedy}"
    if not close:
        return f"{what}; it was too rare, or the corpus writes it differently"
    return f"{what}; did you mean {', '.join(map(_shown, close))}?"


def _plain(word: str) -> str:
    """Without case, accents, and kinds of spaces and underscores."""
    if word.isascii():
        return word.lower().replace(" ", "_").strip("_")
    marks = unicodedata.normalize("NFKD", word).casefold()
    letters = "".join(letter for letter in marks if not unicodedata.combining(letter))
    return "_".join(letters.replace("_", " ").split())


def _shown(word: str) -> str:
    """A word for a message; what cannot be seen in it is written out."""
    return word if word.isprintable() and " " not in word else repr(word)
