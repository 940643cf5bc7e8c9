"""Statistics of repeated runs: intervals over seeds, paired comparisons, corrected p-values, seeds needed."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.optimize
import scipy.stats

from jaxw2v.study.questions import QuestionSpread


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

    def side(self, value: float) -> int:
        """1 or -1: all of the interval is above or below a value; 0: the value is in it, or there is no interval."""
        if self.low is None or self.high is None:
            return 0
        return int(self.low > value) - int(self.high < value)


class Comparison(NamedTuple):
    """How one configuration differs from another on the same seeds and the same questions.

    Attributes:
      difference: mean score of the one minus that of the other.
      low, high: its confidence interval; None: fewer than two shared seeds.
      p: two-sided, for a difference of 0, before any correction; None as above.
      effect: Hedges' g of the paired differences over seeds: mean / standard deviation, times 1 - 3 / (4 (n - 1) - 1);
        None as above, where all differences are equal, and of two seeds, of which it is always 0.
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


def compare(
    one_G: np.ndarray,
    other_G: np.ndarray,
    questions: QuestionSpread | None = None,
    *,
    confidence: float = 0.95,
    power: float = 0.8,
    limit: int = 1000,
) -> Comparison:
    """A paired comparison over seeds and questions.

    The variance of the mean difference is that over seeds plus that over questions, less what both count: a difference
    of a seed on a question that is neither the seed's nor the question's (McCullagh 2000, Owen 2007). The interval is
    difference +- t * spread, with Satterthwaite's degrees of freedom of the variances over seeds and over questions.

    Args:
      one_G, other_G: scores of the same G seeds.
      questions: the spread of the differences, a row for each seed; None: the spread is that of seeds alone.
      confidence: of the interval.
      power, limit: of `needed`; see `seeds_needed`.
    """
    differences_G = np.asarray(one_G, np.float64) - np.asarray(other_G, np.float64)
    n, difference = len(differences_G), float(np.mean(differences_G))
    if n < 2:
        return Comparison(difference, None, None, None, None, None, n)
    spread = float(np.std(differences_G, ddof=1))
    if spread <= 1e-12 * max(1.0, float(np.abs(one_G).max())):  # rounding, not spread
        spread = 0.0
    by_seeds = by_both = spread**2 / n
    df = float(n - 1)
    if questions is not None:
        by_questions = questions.variance(questions.rows_RX.mean(axis=0))
        of_one = float(np.mean([questions.variance(row_X) for row_X in questions.rows_RX]))
        twice = min(max(of_one - by_questions, 0.0) / (n - 1), by_questions)
        by_both = max(by_seeds - twice, 0.0) + by_questions
        parts = by_seeds**2 / (n - 1) + by_questions**2 / questions.df
        df = (by_seeds + by_questions) ** 2 / parts if parts > 0 else df
    if by_both == 0:
        p, needed = (1.0, None) if difference == 0 else (0.0, 2)
        return Comparison(difference, difference, difference, p, None, needed, n)
    error = math.sqrt(by_both)
    reach = float(scipy.stats.t.ppf(0.5 + confidence / 2, df)) * error
    p = 2 * float(scipy.stats.t.sf(abs(difference) / error, df))
    effect = difference / spread * (1 - 3 / (4 * (n - 1) - 1)) if spread > 0 and n > 2 else None
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


def detectable(found: Interval, power: float = 0.8, confidence: float = 0.95) -> float | None:
    """The difference that a two-sided paired t-test on as many seeds finds with this power; None: fewer than two seeds.

    Args:
      found: of paired differences, from `interval` with this confidence; its width says how far they spread.
      power: of the test, above 1 - confidence.
    """
    if found.mean is None or found.high is None:
        return None
    edge = float(scipy.stats.t.ppf(0.5 + confidence / 2, found.n - 1))

    def lacking(shift: float) -> float:
        return float(scipy.stats.nct.sf(edge, found.n - 1, shift)) - power

    return (found.high - found.mean) / edge * float(scipy.optimize.brentq(lacking, 0, 10 * edge))
