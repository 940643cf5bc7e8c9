"""Word analogies: a is to b as c is to which word?"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.sparse

from jaxw2v.errors import InputError
from jaxw2v.files import blas
from jaxw2v.vectors.lookup import Lookup, lookup
from jaxw2v.vectors.similarity import Score, check_case
from jaxw2v.vectors.table import Table, fold

METHODS = ("3cosadd", "3cosmul")

_EPSILON = np.float32(0.001)  # Levy and Goldberg 2014, equation 5
_BATCH = 1 << 23  # scores held at a time: questions of a batch x candidates


class Questions(NamedTuple):
    """An analogy test set of Q questions.

    Attributes:
      sections: names, in the order of the file.
      words: Q times (a, b, c, expected), as written.
      section_Q: [Q] int, the section of each question.
      also: Q tuples of other right answers, as in BATS; empty: no question has any.
    """

    sections: list[str]
    words: list[tuple[str, str, str, str]]
    section_Q: np.ndarray
    also: Sequence[tuple[str, ...]] = ()


def word_pairs(questions: Questions) -> np.ndarray:
    """[Q, 3] int32: the section of each question, and the numbers of its two word pairs (a, b) and (c, expected).

    Equal pairs of a section have one number, pairs of different sections different ones: the questions of a section are
    made of few pairs, each with each other one.
    """
    number_of: dict[tuple[int, str, str], int] = {}
    rows = []
    for section, (a, b, c, expected) in zip(questions.section_Q.tolist(), questions.words):
        pairs = (section, a, b), (section, c, expected)
        rows.append([section, *(number_of.setdefault(pair, len(number_of)) for pair in pairs)])
    return np.array(rows, np.int32).reshape(-1, 3)


class Accuracies(NamedTuple):
    """Accuracies over all questions and within each section, and which questions are right.

    Attributes:
      total: over all questions; not the mean of the sections.
      sections: of each section, in the order of the file.
      right_Q: [Q] int8; 1 right, 0 wrong, -1 unanswered: a word is unknown.
    """

    total: Score
    sections: dict[str, Score]
    right_Q: np.ndarray


@blas.one_thread
def evaluate(
    table: Table | Lookup, questions: Questions, method: str, restrict_vocab: int | None, case: str, oov: str
) -> Accuracies:
    """The fraction of questions whose nearest word is the expected one.

    Args:
      table: V words; a `Lookup` of them keeps the rows of length 1 for the next questions.
      questions: Q questions a, b, c, expected.
      method: "3cosadd", the word d nearest to b - a + c on unit vectors (Mikolov, Yih and Zweig 2013); "3cosmul", the
        word with the greatest cos(d, b) cos(d, c) / (cos(d, a) + 0.001), cosines shifted to [0, 1] (Levy and Goldberg
        2014, equation 5).
      restrict_vocab: only this many of the table's first (most frequent) words are known and can be answers; None: all.
      case: "lower", "upper" (fold both sides; of words that become equal only the most frequent is used) or "exact".
      oov: "skip" leaves questions with an unknown word out of the accuracy, "wrong" counts them as wrong.

    Returns:
      Accuracies; with either `oov`, `answered` counts the questions whose a, b, c and at least one right answer are
      known. A value is None where it would be 0 / 0. a, b and c are never answers; of equal candidates the more
      frequent is taken.

    Raises:
      InputError: an unknown method, case or oov, a restrict_vocab below 4.

    As compute-accuracy of word2vec.c with method "3cosadd", case "upper" and oov "skip", except that there, words that
    differ from a, b or c in case alone can be answers. Scores are float32, at most 128 MB at a time.
    """
    _check(method, restrict_vocab, case, oov)
    candidate_of, unit_VD = lookup(table).candidates(restrict_vocab, case)
    ids = [[candidate_of.get(fold(word, case), -1) for word in question] for question in questions.words]
    ids_Q4 = np.array(ids)
    right_answers = _right_answers(questions, ids_Q4, candidate_of, case)
    answered_Q = np.all(ids_Q4[:, :3] >= 0, axis=1) & np.array([len(each) > 0 for each in right_answers])
    right_Q = np.zeros(len(ids), bool)
    answers = _answers_add if method == "3cosadd" else _answers_mul
    batch = max(1, _BATCH // unit_VD.shape[0])
    where = np.flatnonzero(answered_Q)
    for start in range(0, len(where), batch):
        asked = where[start : start + batch]
        found = answers(unit_VD, ids_Q4[asked, :3]).tolist()
        right_Q[asked] = [answer in right_answers[q] for answer, q in zip(found, asked.tolist())]

    def score(chosen_Q: np.ndarray) -> Score:
        answered, asked = int(answered_Q[chosen_Q].sum()), int(chosen_Q.sum())
        counted = answered if oov == "skip" else asked
        return Score(int(right_Q[chosen_Q].sum()) / counted if counted else None, answered, asked)

    sections = {name: score(questions.section_Q == place) for place, name in enumerate(questions.sections)}
    return Accuracies(score(np.ones(len(ids), bool)), sections, np.where(answered_Q, right_Q, -1).astype(np.int8))


def _right_answers(
    questions: Questions, ids_Q4: np.ndarray, candidate_of: dict[str, int], case: str
) -> list[tuple[int, ...]]:
    """The candidates that are right answers of each question; none where all are unknown."""
    first: list[tuple[int, ...]] = [(one,) if one >= 0 else () for one in ids_Q4[:, 3].tolist()]
    if not questions.also:
        return first
    others = ((candidate_of.get(fold(word, case), -1) for word in also) for also in questions.also)
    return [(*one, *(id for id in more if id >= 0)) for one, more in zip(first, others)]


def _answers_add(unit_VD: np.ndarray, abc_Q3: np.ndarray) -> np.ndarray:
    if scipy.sparse.issparse(
        unit_VD
    ):  # the sum of cosines is the cosine with the sum, and a sum of sparse rows is less sparse
        used, places = np.unique(abc_Q3, return_inverse=True)
        cosine_UV = _cosines(unit_VD, used)
        a, b, c = places.reshape(-1, 3).T
        return _best(cosine_UV[b] - cosine_UV[a] + cosine_UV[c], abc_Q3)
    a, b, c = abc_Q3.T
    score_QV = (unit_VD[b] - unit_VD[a] + unit_VD[c]) @ unit_VD.T
    return _best(score_QV, abc_Q3)


def _answers_mul(unit_VD: np.ndarray, abc_Q3: np.ndarray) -> np.ndarray:
    used, places = np.unique(abc_Q3, return_inverse=True)  # a word is in many questions: one product for each word
    cosine_UV = _cosines(unit_VD, used)
    cosine_UV += 1
    cosine_UV /= 2
    score_QV = np.empty((len(abc_Q3), unit_VD.shape[0]), np.float32)
    for score_V, (a, b, c) in zip(score_QV, places.reshape(-1, 3)):
        np.add(cosine_UV[a], _EPSILON, out=score_V)
        np.divide(cosine_UV[b], score_V, out=score_V)
        score_V *= cosine_UV[c]
    return _best(score_QV, abc_Q3)


def _cosines(unit_VD: np.ndarray, used: np.ndarray) -> np.ndarray:
    """[U, V] float32, dense, of U rows with all rows."""
    if scipy.sparse.issparse(unit_VD):
        return np.ascontiguousarray((unit_VD @ unit_VD[used].toarray().T).T)
    return unit_VD[used] @ unit_VD.T


def _best(score_QV: np.ndarray, abc_Q3: np.ndarray) -> np.ndarray:
    score_QV[np.arange(len(score_QV))[:, None], abc_Q3] = -np.inf
    return score_QV.argmax(axis=1)


def _check(method: str, restrict_vocab: int | None, case: str, oov: str) -> None:
    check_case(case)
    if method not in METHODS:
        raise InputError(f"eval.methods={method}: choose one of {', '.join(METHODS)}")
    if oov not in ("skip", "wrong"):
        raise InputError(f"eval.oov={oov}: choose one of skip, wrong")
    if restrict_vocab is not None and restrict_vocab < 4:
        raise InputError(f"eval.restrict_vocab={restrict_vocab}: use 4 or more words, or null for all")
