"""Nearest words by cosine, of a word, of a vector and of a sum such as king - man + woman."""

import numbers
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files import blas, spaces
from jaxw2v.vectors.lookup import Lookup, lookup
from jaxw2v.vectors.table import Table, unit_rows, vector

_BLOCK = 1 << 23  # cosines made at a time

_SIGNS = {"+": 1, "-": -1}


class Neighbor(NamedTuple):
    """A word and how near it is.

    Attributes:
      word: of the table.
      cosine: in [-1, 1]; 0 for a word whose vector is zero.
    """

    word: str
    cosine: float


def nearest(table: Table | Lookup, query: str | np.ndarray, n: int = 10, exclude: Iterable[str] = ()) -> list[Neighbor]:
    """The n words nearest to `query`, nearest first; at equal cosines the more frequent first.

    Args:
      table: V words. A `Lookup` of it, asked again, costs a product with the vectors and nothing else.
      query: a word of the table (left out of its own neighbors) or a vector, [D] float, not zero.
      n: at least 1; a smaller table gives fewer.
      exclude: further words to leave out; unknown ones are ignored.

    Raises:
      UnknownWordError: the word is not there (with the closest spellings).
      InputError: a zero vector or one of another length, n below 1.

    As word2vec.c's `distance`.
    """
    asked = lookup(table)
    if not isinstance(n, numbers.Integral) or n < 1:
        raise InputError(f"n={n}: ask for 1 or more neighbors, a whole number")
    if isinstance(query, str):
        exclude = (query, *exclude)
        query_D = vector(asked.table, asked.row(query))
        name = f"the vector of {query!r}"
    else:
        query_D = np.asarray(query)
        name = "the vector asked for"
        if query_D.shape != asked.table.vectors_VD.shape[1:] or query_D.dtype.kind not in "fiu":
            raise InputError(f"{name} has shape {query_D.shape}; give {asked.table.vectors_VD.shape[1]} numbers")
        if not np.isfinite(query_D).all():
            raise InputError(f"{name} holds NaN or infinity; give finite numbers")
    unit_D = unit_rows(query_D[None])[0]
    if not unit_D.any():
        raise InputError(f"{name} is zero and has no direction; ask for another word")
    cosine_V = asked.cosines(unit_D)
    out = {asked.row_of[word] for word in exclude if word in asked.row_of}
    rows = [row for row in greatest(cosine_V, n + len(out)) if row not in out][:n]
    return [Neighbor(asked.table.words[row], float(cosine_V[row])) for row in rows]


def greatest(score_V: np.ndarray, n: int) -> list[int]:
    """The places of the n greatest scores, the greatest first; of equal ones the first."""
    if n < len(score_V):
        least = np.partition(score_V, len(score_V) - n)[len(score_V) - n]
        places = np.flatnonzero(score_V >= least)  # in order, with all that are equal to the last
        return places[np.argsort(-score_V[places], kind="stable")[:n]].tolist()
    return np.argsort(-score_V, kind="stable").tolist()


@blas.one_thread
def of_each(unit_VD: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The n rows nearest to each row, itself left out, nearest first; at equal cosines the first, as `nearest`.

    Args:
      unit_VD: [V, D] float32 rows of length 1, V > n.
      n: at least 1.

    Returns:
      [V, n] int32 rows and [V, n] float32 cosines in [-1, 1].
    """
    words = len(unit_VD)
    row_Vn, cosine_Vn = np.empty((words, n), np.int32), np.empty((words, n), np.float32)
    size = max(1, _BLOCK // words)
    for start in range(0, words, size):
        cosine_NV = np.clip(unit_VD[start : start + size] @ unit_VD.T, -1, 1)
        for row, cosine_V in enumerate(cosine_NV, start):
            cosine_V[row] = -np.inf
            row_Vn[row] = greatest(cosine_V, n)
            cosine_Vn[row] = cosine_V[row_Vn[row]]
    return row_Vn, cosine_Vn


def solve(table: Table | Lookup, expression: str, n: int = 10, white_space: str = "ascii") -> list[Neighbor]:
    """The n words nearest to a sum of words, nearest first; the words of the sum are left out.

    Args:
      table: V words, or a `Lookup` of them.
      expression: "king", "king - man + woman": words with + or - between them, white space around each sign (so
        "twenty-one" is one word). The first word may have a sign; a single term is a word, whatever it looks like. A
        word of the table may have spaces, as the file it comes from has it.
      n: at least 1.
      white_space: what separates words, see `files.spaces`.

    Raises:
      UnknownWordError: a word is not there (with the closest spellings).
      InputError: two words or two signs in a row, a sum that is zero.

    3CosAdd on vectors of length 1 (Mikolov, Yih and Zweig 2013), as word2vec.c's `word-analogy` and gensim's
    `most_similar`, whose cosines these are.
    """
    asked = lookup(table)
    if expression in asked.row_of:
        return nearest(asked, expression, n)
    terms = _parse(expression, asked.row_of, white_space)
    if len(terms) == 1 and terms[0][0] > 0:
        return nearest(asked, terms[0][1], n)
    try:
        return of_sum(asked, [word for _, word in terms], [sign for sign, _ in terms], n)
    except _ZeroSum:
        raise InputError(f"{expression!r}: the sum is zero and has no direction; use other words") from None


def of_sum(
    table: Table | Lookup, words: Sequence[str], signs: Sequence[float], n: int = 10, exclude: Iterable[str] = ()
) -> list[Neighbor]:
    """The n words nearest to the sum of words, each times its sign; these are left out.

    Raises:
      UnknownWordError: a word is not there (with the closest spellings).
      InputError: a sum that is zero, n below 1.
    """
    asked = lookup(table)
    sum_D = np.array(signs, np.float32) @ asked.unit([asked.row(word) for word in words])
    if np.abs(sum_D).max() < 1e-6:  # rounding of cancelled float32 unit vectors
        raise _ZeroSum(f"{', '.join(words)}: their sum is zero and has no direction; use other words")
    return nearest(asked, sum_D, n, [*words, *exclude])


class _ZeroSum(InputError):
    """A sum has no direction."""


def _parse(expression: str, known: dict[str, int], white_space: str) -> list[tuple[int, str]]:
    fields = spaces.split(expression, white_space)
    if not fields:
        raise InputError("the expression is empty; write a word, or words such as: king - man + woman")
    if len(fields) == 1:
        return [(1, fields[0])]
    terms: list[tuple[int, list[str]]] = [] if fields[0] in _SIGNS else [(1, [])]
    for field in fields:
        if field in _SIGNS:
            terms.append((_SIGNS[field], []))
        else:
            terms[-1][1].append(field)
    for _, parts in terms:
        if len(parts) != 1 and " ".join(parts) not in known:
            raise InputError(f"{expression!r}: write + or - between two words, as in: king - man + woman")
    return [(sign, " ".join(parts)) for sign, parts in terms]
