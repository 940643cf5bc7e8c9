"""A table of word vectors: what a run saves and every evaluation reads."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse

_FOLDS: dict[str, Callable[[str], str]] = {"lower": str.lower, "upper": str.upper, "exact": str}
_ROWS = 512  # rows normalized at a time: bounds the float64 copy
_LEAST_SQUARE, _MOST_SQUARE = 1e-20, 1e30  # of the length of a row whose squares float32 can hold


class Table(NamedTuple):
    """V words and their vectors, the most frequent word first.

    Attributes:
      words: V distinct words, one for each row.
      vectors_VD: [V, D] float32, finite; a CSR array where vectors are sparse.
    """

    words: list[str]
    vectors_VD: np.ndarray | scipy.sparse.csr_array


def blocks(table: Table, numbers: int) -> Iterator[tuple[Sequence[str], np.ndarray]]:
    """Words and their rows as little-endian float32, about so many numbers at a time."""
    rows = max(1, numbers // table.vectors_VD.shape[1])
    for start in range(0, len(table.words), rows):
        yield table.words[start : start + rows], np.asarray(table.vectors_VD[start : start + rows], "<f4")


def vector(table: Table, row: int) -> np.ndarray:
    """[D] float32, dense: the vector of one row."""
    row_1D: Any = table.vectors_VD[[row]]
    return (row_1D.toarray() if scipy.sparse.issparse(row_1D) else row_1D)[0]


def index(table: Table) -> dict[str, int]:
    """The row of each word."""
    return {word: row for row, word in enumerate(table.words)}


def folded(table: Table, case: str) -> dict[str, int]:
    """The row of each folded word; of words that become equal, the row of the first (most frequent).

    Args:
      table: V words.
      case: "lower", "upper" or "exact" (words as they are), as `eval.case`.

    As compute-accuracy (upper) and gensim's `case_insensitive` (upper).
    """
    row_of: dict[str, int] = {}
    for row, word in enumerate(table.words):
        row_of.setdefault(fold(word, case), row)
    return row_of


def fold(word: str, case: str) -> str:
    """The word in the case asked for: "lower" or "upper", accents composed (NFC); "exact": as it is."""
    changed = _FOLDS[case](word)
    return changed if case == "exact" or word.isascii() else unicodedata.normalize("NFC", changed)


def unit_rows(vectors_VD: np.ndarray | scipy.sparse.csr_array) -> np.ndarray | scipy.sparse.csr_array:
    """[V, D] float32 rows of length 1, sparse for sparse ones; a row of zeros stays zero.

    Lengths are computed in float64: a row of 1e30 does not overflow, one of 1e-30 does not vanish.
    """
    if scipy.sparse.issparse(vectors_VD):
        return _sparse_unit_rows(vectors_VD)
    unit_VD = np.empty(vectors_VD.shape, np.float32)
    for start in range(0, len(vectors_VD), _ROWS):
        rows = slice(start, start + _ROWS)
        wide = vectors_VD[rows].astype(np.float64)
        length = np.sqrt(np.einsum("vd,vd->v", wide, wide))[:, None]
        np.divide(wide, np.where(length > 0, length, 1), out=unit_VD[rows], casting="same_kind")
    return unit_VD


def lengths(vectors_VD: np.ndarray) -> np.ndarray:
    """[V] float64, the lengths of the rows to float32's precision; infinite or NaN where a number of the row is."""
    length_V = np.empty(len(vectors_VD))
    for start in range(0, len(vectors_VD), _ROWS):
        rows_ND = vectors_VD[start : start + _ROWS]
        narrow_ND = np.asarray(rows_ND, np.float32)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            square_N = np.einsum("nd,nd->n", narrow_ND, narrow_ND).astype(np.float64)
        held_N = (square_N > _LEAST_SQUARE) & (square_N < _MOST_SQUARE)
        if not held_N.all():
            wide_ND = rows_ND[~held_N].astype(np.float64)
            square_N[~held_N] = np.einsum("nd,nd->n", wide_ND, wide_ND)
        length_V[start : start + _ROWS] = np.sqrt(square_N)
    return length_V


def _sparse_unit_rows(vectors_VD: scipy.sparse.csr_array) -> scipy.sparse.csr_array:
    length = np.sqrt(vectors_VD.astype(np.float64).power(2).sum(axis=1))
    scale = scipy.sparse.diags_array(1 / np.where(length > 0, length, 1))
    return scipy.sparse.csr_array((scale @ vectors_VD).astype(np.float32))
