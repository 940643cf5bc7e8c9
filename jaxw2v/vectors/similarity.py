"""Word similarity: the rank correlation of cosines with human judgments."""

import re
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse

from jaxw2v.errors import InputError
from jaxw2v.vectors.table import Table, fold, folded

_TAGGED = re.compile(r".+-[njvra]")


class Score(NamedTuple):
    """A score and how many questions it is of.

    Attributes:
      value: Spearman's rank correlation in [-1, 1], or an accuracy in [0, 1]; None where there is none.
      answered: questions whose words are all known.
      asked: all questions.
    """

    value: float | None
    answered: int
    asked: int


class WordPairs(NamedTuple):
    """A similarity test set of Q pairs.

    Attributes:
      words: Q pairs of words, as written in the file.
      human_Q: [Q] float64, finite; human judgments, on any scale.
    """

    words: list[tuple[str, str]]
    human_Q: np.ndarray


def evaluate(table: Table, pairs: WordPairs, case: str) -> Score:
    """Spearman's rank correlation, ties averaged, between cosines and human scores.

    Args:
      table: V words.
      pairs: Q pairs; those with a word that the table lacks are left out of the score and counted.
      case: "lower", "upper" (fold both sides; of words that become equal the most frequent is used) or "exact".

    Returns:
      The score; its value is None where fewer than two pairs are answered or either side is constant.

    Raises:
      InputError: an unknown case.
    """
    return score(cosines(table, pairs, case), pairs.human_Q)


def cosines(table: Table, pairs: WordPairs, case: str) -> np.ndarray:
    """[Q] float64, the cosine of each pair, NaN where the table lacks one of its words.

    Where the table has none of them and `is_tagged`, words are looked up without their tags.

    Arguments and errors as for `evaluate`.
    """
    check_case(case)
    row_of = folded(table, case)
    rows_Q2 = np.array([[row_of.get(fold(word, case), -1) for word in pair] for pair in pairs.words])
    if (rows_Q2 < 0).all() and is_tagged(pairs):
        rows_Q2 = np.array([[row_of.get(fold(word[:-2], case), -1) for word in pair] for pair in pairs.words])
    known_Q = (rows_Q2 >= 0).all(axis=1)
    cosine_Q = np.full(len(rows_Q2), np.nan)
    left, right = rows_Q2[known_Q].T
    cosine_Q[known_Q] = _cosines(table.vectors_VD[left], table.vectors_VD[right])
    return cosine_Q


def is_tagged(pairs: WordPairs) -> bool:
    """Whether every word ends in its part of speech, as in the lemma form of MEN: sun-n, go-v, old-j."""
    return all(_TAGGED.fullmatch(word) for pair in pairs.words for word in pair)


def score(cosine_Q: np.ndarray, human_Q: np.ndarray) -> Score:
    """The score of the cosines that are not NaN; see `evaluate`."""
    known_Q = ~np.isnan(cosine_Q)
    cosine_A, human_A = cosine_Q[known_Q], human_Q[known_Q]  # A: answered
    value = None
    if len(cosine_A) >= 2 and np.ptp(cosine_A) > 0 and np.ptp(human_A) > 0:
        ranks_A2 = np.column_stack([_ranks(cosine_A), _ranks(human_A)])
        value = float(np.corrcoef(ranks_A2, rowvar=False)[1, 0])
    return Score(value, len(cosine_A), len(cosine_Q))


def _ranks(values_A: np.ndarray) -> np.ndarray:
    """[A] float64, from 1, ties averaged: as `scipy.stats.rankdata`, whose import takes as long as all answers."""
    _, at_A, count_U = np.unique(values_A, return_inverse=True, return_counts=True)
    return (np.cumsum(count_U) - (count_U - 1) / 2)[at_A]


def _cosines(one_QD: Any, two_QD: Any) -> np.ndarray:
    """[Q] float64; of dense arrays or of sparse ones."""
    one_QD, two_QD = one_QD.astype(np.float64), two_QD.astype(np.float64)
    if scipy.sparse.issparse(one_QD):
        product_Q, ones_Q, twos_Q = (
            np.asarray(a.multiply(b).sum(axis=1)) for a, b in ((one_QD, two_QD), (one_QD, one_QD), (two_QD, two_QD))
        )
        length_Q = np.sqrt(ones_Q * twos_Q)
    else:
        product_Q = np.einsum("qd,qd->q", one_QD, two_QD)
        length_Q = np.linalg.norm(one_QD, axis=1) * np.linalg.norm(two_QD, axis=1)
    # rounded beyond float32's digits: (tiger, tiger) and (cat, cat) are a tie, whatever the order of the sums
    return np.round(product_Q / np.where(length_Q > 0, length_Q, 1), 10)


def check_case(case: str) -> None:
    """Raises InputError for an unknown case."""
    if case not in ("lower", "upper", "exact"):
        raise InputError(f"eval.case={case}: choose one of lower, upper, exact")
