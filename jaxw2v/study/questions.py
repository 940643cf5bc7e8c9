"""How far a score would move on other questions of the same kind: the part of an interval that seeds do not show."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

_BATCH = 1 << 22  # counts held at a time: resamples x questions


class QuestionSpread(NamedTuple):
    """What is known of the variance of the scores of R runs over questions.

    Attributes:
      rows_RX: [R, X] a row for each run; of a sum or mean of runs, that of their rows.
      variance: of the score whose row is given, a variance over questions.
      df: the degrees of freedom of `variance`.
    """

    rows_RX: np.ndarray
    variance: Callable[[np.ndarray], float]
    df: int


def by_word_pairs(right_RQ: np.ndarray, pairs_Q3: np.ndarray) -> QuestionSpread:
    """The spread of accuracies whose questions are made of word pairs: each is in many questions of its section.

    It is that of resampling word pairs with replacement within sections, a question counting as often as its two pairs
    are drawn beyond once each, less the variance of single questions, which this counts with both of their pairs. An
    accuracy is a mean, so both are sums of squares and nothing is drawn: the estimate of Aronow, Samii and Assenova
    2015 (Cluster-robust variance estimation for dyadic data), with P / (P - 1) for the P pairs of a section.
    It is at least the variance of single questions. Questions that share no pair are independent, as in a bootstrap
    over questions.

    Args:
      right_RQ: 1 right, 0 wrong.
      pairs_Q3: [Q, 3] int: the section, the first and the second word pair of each question; a pair is of one section.
    """
    _, section_Q, in_section = np.unique(pairs_Q3[:, 0], return_inverse=True, return_counts=True)
    _, pair_Q2 = np.unique(pairs_Q3[:, 1:], return_inverse=True)
    pair_Q2 = np.sort(pair_Q2.reshape(-1, 2), axis=1)  # a question and its reverse are of the same two pairs
    first_Q, second_Q = pair_Q2.T
    _, dyad_Q = np.unique(pair_Q2, axis=0, return_inverse=True)
    few_Q = in_section[section_Q] < 2  # a section of one question says nothing alone; those are one section
    _, section_Q = np.unique(np.where(few_Q, -1, section_Q), return_inverse=True)
    count = np.bincount(section_Q)
    section_P = np.zeros(pair_Q2.max() + 1, int)
    section_P[first_Q] = section_P[second_Q] = section_Q
    pairs = np.bincount(section_P)
    correction_P = (pairs / np.maximum(pairs - 1, 1))[section_P]

    def variance(right_Q: np.ndarray) -> float:
        residual_Q = right_Q - (np.bincount(section_Q, right_Q) / count)[section_Q]
        sum_P = np.bincount(first_Q, residual_Q, len(section_P))
        sum_P += np.bincount(second_Q, np.where(first_Q == second_Q, 0, residual_Q), len(section_P))
        single = float(np.square(np.bincount(dyad_Q, residual_Q)).sum())
        clustered = float((correction_P * np.square(sum_P)).sum()) - single
        return max(clustered, single) / len(right_Q) ** 2

    return QuestionSpread(right_RQ, variance, max(len(section_P) - len(count), 1))


def by_resampling(cosine_RQ: np.ndarray, human_Q: np.ndarray, resamples: int, seed: int) -> QuestionSpread:
    """The spread of Spearman's correlations, by a bootstrap over questions. Arguments as of `spearmans` and
    `resample_questions`."""
    rule, questions = spearmans(cosine_RQ, human_Q), len(human_Q)
    drawn_LR = resample_questions(rule, questions, resamples, seed)

    def variance(drawn_L: np.ndarray) -> float:
        there = drawn_L[np.isfinite(drawn_L)]
        return float(np.var(there, ddof=1)) if len(there) > 1 else 0.0

    return QuestionSpread(drawn_LR.T, variance, questions - 1)


def resample_questions(
    score: Callable[[np.ndarray], np.ndarray], questions: int, resamples: int, seed: int
) -> np.ndarray:
    """[L, R] scores on questions drawn with replacement, each draw the same for all R runs.

    Args:
      score: from [L, Q] counts of how often each question was drawn to [L, R] scores, such as `spearmans`.
      questions: Q.
      resamples: L.
      seed: of the draws; the same seed and Q give the same draws.
    """
    rng = np.random.default_rng([seed, questions])
    batch = max(1, _BATCH // questions)
    found = []
    for start in range(0, resamples, batch):
        size = min(batch, resamples - start)
        drawn_LQ = rng.integers(0, questions, (size, questions)) + questions * np.arange(size)[:, None]
        count_LQ = np.bincount(drawn_LQ.ravel(), minlength=size * questions).reshape(size, questions)
        found.append(score(count_LQ))
    return np.concatenate(found)


def spearmans(cosine_RQ: np.ndarray, human_Q: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """For `resample_questions`: Spearman's correlation, ties averaged, of R runs with human judgments.

    NaN where either side of a resample is constant. The same as `scipy.stats.spearmanr` on the resampled questions,
    without sorting them again for every resample.
    """

    def score(count_LQ: np.ndarray) -> np.ndarray:
        human_LQ = _centered_ranks(human_Q, count_LQ)
        spread_L = (count_LQ * human_LQ**2).sum(axis=1)
        columns = []
        for cosine_Q in cosine_RQ:
            rank_LQ = _centered_ranks(cosine_Q, count_LQ)
            weighted_LQ = count_LQ * rank_LQ
            scale_L = np.sqrt((weighted_LQ * rank_LQ).sum(axis=1) * spread_L)
            product_L = (weighted_LQ * human_LQ).sum(axis=1)
            columns.append(np.where(scale_L > 0, product_L / np.where(scale_L > 0, scale_L, 1), np.nan))
        return np.stack(columns, axis=1)

    return score


def _centered_ranks(value_Q: np.ndarray, count_LQ: np.ndarray) -> np.ndarray:
    """[L, Q] mean rank of each value among the values drawn, minus the mean of all ranks."""
    _, group_Q = np.unique(value_Q, return_inverse=True)
    order_Q = np.argsort(group_Q, kind="stable")
    starts = np.flatnonzero(np.diff(group_Q[order_Q], prepend=-1))
    in_group = np.add.reduceat(count_LQ[:, order_Q], starts, axis=1)
    rank = np.cumsum(in_group, axis=1) - in_group / 2  # less one half, which centering takes away too
    return (rank - count_LQ.sum(axis=1, keepdims=True) / 2)[:, group_Q]
