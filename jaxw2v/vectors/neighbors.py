"""Nearest words by cosine, of a word, of a vector and of a sum such as king - man + woman."""

import difflib
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files import blas, spaces
from jaxw2v.vectors.table import Table, index, unit_rows, vector

_SIGNS = ("+", "-")


class Neighbor(NamedTuple):
    """A word and how near it is.

    Attributes:
      word: of the table.
      cosine: in [-1, 1]; 0 for a word whose vector is zero.
    """

    word: str
    cosine: float


@blas.one_thread
def nearest(table: Table, query: str | np.ndarray, n: int = 10, exclude: Iterable[str] = ()) -> list[Neighbor]:
    """The n words nearest to `query`, nearest first; at equal cosines the more frequent first.

    Args:
      table: V words.
      query: a word of the table (left out of its own neighbors) or a vector, [D] float, not zero.
      n: at least 1; a smaller table gives fewer.
      exclude: further words to leave out; unknown ones are ignored.

    Raises:
      InputError: an unknown word (with the closest spellings), a zero vector, n below 1.

    As word2vec.c's `distance`.
    """
    if n < 1:
        raise InputError(f"n={n}: ask for 1 or more neighbors")
    row_of = index(table)
    if isinstance(query, str):
        exclude = (query, *exclude)
        query_D = vector(table, _row(row_of, query))
        name = f"the vector of {query!r}"
    else:
        query_D = np.asarray(query)
        name = "the vector asked for"
    unit_D = unit_rows(query_D[None])[0]
    if not unit_D.any():
        raise InputError(f"{name} is zero and has no direction; ask for another word")
    cosine_V = np.clip(unit_rows(table.vectors_VD) @ unit_D, -1, 1)
    out = {row_of[word] for word in exclude if word in row_of}
    order = np.argsort(-cosine_V, kind="stable")[: n + len(out)]
    rows = [int(row) for row in order if int(row) not in out][:n]
    return [Neighbor(table.words[row], float(cosine_V[row])) for row in rows]


def solve(table: Table, expression: str, n: int = 10, white_space: str = "ascii") -> list[Neighbor]:
    """The n words nearest to a sum of words, nearest first; the words of the sum are left out.

    Args:
      table: V words.
      expression: "king", "king - man + woman": words with + or - between them, white space around each sign (so
        "twenty-one" is one word). The first word may have a sign; a single term is a word, whatever it looks like.
      n: at least 1.
      white_space: what separates words, see `files.spaces`.

    Raises:
      InputError: an unknown word (with the closest spellings), two words or two signs in a row, a sum that is zero.

    3CosAdd on vectors of length 1 (Mikolov, Yih and Zweig 2013), as word2vec.c's `word-analogy` and gensim's
    `most_similar`, whose cosines these are.
    """
    terms = _parse(expression, white_space)
    if len(terms) == 1 and terms[0][0] > 0:
        return nearest(table, terms[0][1], n)
    row_of = index(table)
    rows = [_row(row_of, word) for _, word in terms]
    signs = np.array([sign for sign, _ in terms], np.float32)
    sum_D = signs @ unit_rows(np.stack([vector(table, row) for row in rows]))
    if np.abs(sum_D).max() < 1e-6:  # rounding of cancelled float32 unit vectors
        raise InputError(f"{expression!r}: the sum is zero and has no direction; use other words")
    return nearest(table, sum_D, n, [word for _, word in terms])


def _parse(expression: str, white_space: str) -> list[tuple[int, str]]:
    fields = spaces.split(expression, white_space)
    if not fields:
        raise InputError("the expression is empty; write a word, or words such as: king - man + woman")
    if len(fields) == 1:
        return [(1, fields[0])]
    if fields[0] not in _SIGNS:
        fields.insert(0, "+")
    signs, words = fields[::2], fields[1::2]
    if len(signs) != len(words) or any(sign not in _SIGNS for sign in signs) or any(word in _SIGNS for word in words):
        raise InputError(f"{expression!r}: write + or - between two words, as in: king - man + woman")
    return [(1 if sign == "+" else -1, word) for sign, word in zip(signs, words)]


def _row(row_of: dict[str, int], word: str) -> int:
    if word in row_of:
        return row_of[word]
    if not spaces.is_word(word, "unicode"):
        remedy = "a no-break space and the like are parts of a word, unless --white-space unicode is given"
        raise InputError(f"the word {word!r} is not in the vocabulary; {remedy}")
    # difflib is slow: only words of about the same length
    alike: dict[str, str] = {}
    for other in row_of:
        if abs(len(other) - len(word)) <= 2:
            alike.setdefault(other.lower(), other)
    close = [alike[other] for other in difflib.get_close_matches(word.lower(), alike, 3)]
    remedy = f"did you mean {', '.join(close)}?" if close else "it was too rare, or the corpus writes it differently"
    raise InputError(f"the word {word!r} is not in the vocabulary; {remedy}")
