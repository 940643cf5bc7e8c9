"""Statistics of repeated runs: intervals over seeds, paired comparisons, seeds needed.

The bootstrap resamples questions and seeds together; `scipy.stats.bootstrap` resamples one axis only.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import scipy.stats

_BATCH = 1 << 22  # counts held at a time: resamples x questions


class Interval(NamedTuple):
    """A mean and its confidence interval.

    Attributes:
      mean: of the values; None: there are none.
      low, high: the ends of the interval; None: there are fewer than two values.
      n: how many values.
    """

    mean: float | None
    low: float | None
    high: float | None
    n: int


class SeedScores(NamedTuple):
    """The scores of a configuration.

    Attributes:
      score_G: [G] of each seed, on the questions as they are.
      resampled_LG: [L, G] on resampled questions, from `resample_questions`; None: questions are not resampled.
    """

    score_G: np.ndarray
    resampled_LG: np.ndarray | None = None


class Comparison(NamedTuple):
    """How one configuration differs from another on the same seeds and the same questions.

    Attributes:
      difference: mean score of the one minus that of the other.
      low, high: its confidence interval; None: fewer than two shared seeds.
      p: two-sided, for a difference of 0, before any correction; None as above.
      effect: Hedges' g of the paired differences over seeds: mean / standard deviation, times 1 - 3 / (4 (n - 1) - 1);
        None as above, or where all differences are equal.
      needed: seeds with which a paired t-test finds this difference with the power asked for; None as above, or more
        than the limit.
      seeds: how many seeds both have.
    """

    difference: float
    low: float | None
    high: float | None
    p: float | None
    effect: float | None
    needed: int | None
    seeds: int


def interval(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """The mean of independent values and Student's t-interval of it."""
    values_G = np.asarray(values, np.float64)
    n = len(values_G)
    if n < 2:
        return Interval(float(values_G[0]) if n else None, None, None, n)
    mean, error = float(values_G.mean()), float(scipy.stats.sem(values_G))
    reach = float(scipy.stats.t.ppf(0.5 + confidence / 2, n - 1)) * error
    return Interval(mean, mean - reach, mean + reach, n)


def resample_questions(
    score: Callable[[np.ndarray], np.ndarray], questions: int, resamples: int, seed: int
) -> np.ndarray:
    """[L, R] scores on questions drawn with replacement, each draw the same for all R runs.

    Args:
      score: from [L, Q] counts of how often each question was drawn to [L, R] scores; see `accuracies`, `spearmans`.
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


def accuracies(right_RQ: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """For `resample_questions`: the accuracies of R runs, from 1 right, 0 wrong."""
    right_QR = right_RQ.T.astype(np.float64)
    return lambda count_LQ: count_LQ @ right_QR / count_LQ.sum(axis=1, keepdims=True)


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


def compare(
    one: SeedScores,
    other: SeedScores,
    questions: int,
    *,
    seed: int,
    confidence: float = 0.95,
    power: float = 0.8,
    limit: int = 1000,
) -> Comparison:
    """A paired comparison by a bootstrap over questions and seeds.

    A resample draws questions with replacement (the same for both configurations and all seeds) and n - 1 of the n
    shared seeds with replacement (the same for both configurations): n draws would make the spread of a mean of so few
    too small by (n - 1) / n (Rao and Wu 1988). Drawing both counts the variance that seeds and questions share twice,
    so the spread is somewhat too wide, never too narrow (McCullagh 2000, Owen 2007). The interval is difference +- t *
    spread, with Satterthwaite's degrees of freedom from the parts of seeds and questions: percentiles of a bootstrap
    over three seeds would be those of a normal distribution at best.

    Args:
      one, other: scores of the same G seeds. Without resampled scores the spread is that of the seeds alone.
      questions: Q.
      seed: of the draws.
      confidence: of the interval.
      power, limit: of `needed`; see `seeds_needed`.
    """
    differences_G = np.asarray(one.score_G, np.float64) - np.asarray(other.score_G, np.float64)
    n, difference = len(differences_G), float(np.mean(differences_G))
    if n < 2:
        return Comparison(difference, None, None, None, None, None, n)
    spread = float(np.std(differences_G, ddof=1))
    if spread <= 1e-12 * max(1.0, float(np.abs(one.score_G).max())):  # rounding, not spread
        spread = 0.0
    by_seeds = by_both = spread**2 / n
    if one.resampled_LG is not None and other.resampled_LG is not None:
        drawn_LG = np.random.default_rng([seed, n]).integers(0, n, (len(one.resampled_LG), n - 1))
        difference_L = np.take_along_axis(one.resampled_LG - other.resampled_LG, drawn_LG, axis=1).mean(axis=1)
        difference_L = difference_L[np.isfinite(difference_L)]
        by_both = float(np.var(difference_L, ddof=1)) if len(difference_L) > 1 else by_both
    if by_both == 0:
        p, needed = (1.0, None) if difference == 0 else (0.0, 2)
        return Comparison(difference, difference, difference, p, None, needed, n)
    by_questions = max(by_both - by_seeds, 0.0)
    df = by_both**2 / (by_seeds**2 / (n - 1) + by_questions**2 / max(questions - 1, 1))
    error = math.sqrt(by_both)
    reach = float(scipy.stats.t.ppf(0.5 + confidence / 2, df)) * error
    p = 2 * float(scipy.stats.t.sf(abs(difference) / error, df))
    effect = difference / spread * (1 - 3 / (4 * (n - 1) - 1)) if spread > 0 else None
    needed = seeds_needed(difference, spread, power=power, alpha=1 - confidence, limit=limit)
    return Comparison(difference, difference - reach, difference + reach, p, effect, needed, n)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """p-values corrected by Holm's step-down method for how many there are; None stays None and does not count."""
    from statsmodels.stats.multitest import multipletests

    there = [p for p in p_values if p is not None]
    corrected = iter(multipletests(there, method="holm")[1].tolist() if there else [])
    return [None if p is None else next(corrected) for p in p_values]


def seeds_needed(difference: float, spread: float, *, power: float, alpha: float, limit: int) -> int | None:
    """The least number of seeds with which a two-sided paired t-test finds `difference` with this power.

    Args:
      difference: of the means.
      spread: standard deviation of the paired differences over seeds; 0: two seeds are enough.
      power, alpha: of the test.
      limit: the most seeds to try, at least 2.

    Returns:
      At least 2; None: not even `limit` are enough, or there is no difference.

    From scipy's noncentral t; statsmodels' `TTestPower` gives NaN for effects above about 4, as seeds often have.
    """
    if difference == 0:
        return None
    if spread == 0 or abs(difference) / spread > 1e3:
        return 2

    def reaches(n: int) -> bool:
        edge = scipy.stats.t.ppf(1 - alpha / 2, n - 1)
        found = scipy.stats.nct.sf(edge, n - 1, abs(difference) / spread * math.sqrt(n))
        return not found < power  # NaN: so large an effect that scipy's noncentral t overflows

    low, high = 1, 2  # the answer is above low
    while not reaches(high):
        if high == limit:
            return None
        low, high = high, min(2 * high, limit)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high
