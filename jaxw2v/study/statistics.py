"""Statistics of repeated runs: intervals over seeds, paired comparisons, effects of a grid, seeds needed.

scipy and statsmodels do what they can. Ours is the resampling over questions and seeds together:
`scipy.stats.bootstrap` resamples one axis.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import scipy.stats

_BATCH = 1 << 22  # counts held at a time: resamples x questions


class Interval(NamedTuple):
    """A mean and where it lies.

    Attributes:
      mean: of the values; None: there are none.
      low, high: the interval's ends; None where there are fewer than two values, from which nothing can be said.
      n: how many values.
    """

    mean: float | None
    low: float | None
    high: float | None
    n: int


class Comparison(NamedTuple):
    """What one setting has over another on the same seeds and the same questions.

    Attributes:
      difference: mean score of the one minus that of the other.
      low, high: 95 % interval of it (the confidence asked for); None: fewer than two shared seeds.
      p: two-sided, for a difference of 0, before any correction; None as above.
      effect: Hedges' g of the paired differences over seeds: mean / standard deviation, times 1 - 3 / (4 (n - 1) - 1);
        None as above, or where all differences are equal.
      needed: seeds that a paired t-test wants to see this difference with the power asked for; None as above, or none
        up to the limit.
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
    """For `resample_questions`: the fraction of right answers (1 right, 0 wrong) of R runs."""
    right_QR = right_RQ.T.astype(np.float64)
    return lambda count_LQ: count_LQ @ right_QR / count_LQ.sum(axis=1, keepdims=True)


def spearmans(cosine_RQ: np.ndarray, human_Q: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """For `resample_questions`: Spearman's correlation, ties averaged, of R runs with people's judgments.

    NaN where either side of a resample is the same throughout. The same as `scipy.stats.spearmanr` on the questions
    written out, without sorting them again for every resample.
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
    one_G: np.ndarray,
    other_G: np.ndarray,
    one_LG: np.ndarray | None,
    other_LG: np.ndarray | None,
    questions: int,
    *,
    seed: int,
    confidence: float = 0.95,
    power: float = 0.8,
    limit: int = 1000,
) -> Comparison:
    """A paired comparison by a bootstrap over questions and seeds.

    A resample draws questions with replacement (the same for both settings and all seeds) and n - 1 of the n shared
    seeds with replacement (the same for both settings): n draws would make the spread of a mean of so few too small by
    (n - 1) / n (Rao and Wu 1988). Drawing both ways counts what seeds and questions have in common twice, so the spread
    is somewhat too wide, never too narrow (McCullagh 2000, Owen 2007). The interval is difference +- t * spread, with
    Satterthwaite's degrees of freedom from the parts of seeds and questions: percentiles of a bootstrap over three
    seeds would be those of a normal distribution at best.

    Args:
      one_G, other_G: [G] scores on the questions as they are, seed by seed.
      one_LG, other_LG: [L, G] scores on resampled questions, from `resample_questions`; None: the spread is that of the
        seeds alone.
      questions: Q.
      seed: of the draws.
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
    if one_LG is not None:
        drawn_LG = np.random.default_rng([seed, n]).integers(0, n, (len(one_LG), n - 1))
        difference_L = np.take_along_axis(one_LG - other_LG, drawn_LG, axis=1).mean(axis=1)
        difference_L = difference_L[np.isfinite(difference_L)]
        by_both = float(np.var(difference_L, ddof=1)) if len(difference_L) > 1 else by_both
    if by_both == 0:
        return Comparison(
            difference, difference, difference, 1.0 if difference == 0 else 0.0, None, None if difference == 0 else 2, n
        )
    by_questions = max(by_both - by_seeds, 0.0)
    df = by_both**2 / (by_seeds**2 / (n - 1) + by_questions**2 / max(questions - 1, 1))
    error = math.sqrt(by_both)
    reach = float(scipy.stats.t.ppf(0.5 + confidence / 2, df)) * error
    p = 2 * float(scipy.stats.t.sf(abs(difference) / error, df))
    effect = difference / spread * (1 - 3 / (4 * (n - 1) - 1)) if spread > 0 else None
    needed = seeds_needed(difference, spread, power=power, alpha=1 - confidence, limit=limit)
    return Comparison(difference, difference - reach, difference + reach, p, effect, needed, n)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """p-values corrected for their number by Holm's step-down method; None stays None and does not count."""
    from statsmodels.stats.multitest import multipletests

    there = [p for p in p_values if p is not None]
    corrected = iter(multipletests(there, method="holm")[1].tolist() if there else [])
    return [None if p is None else next(corrected) for p in p_values]


def seeds_needed(difference: float, spread: float, *, power: float, alpha: float, limit: int) -> int | None:
    """The least number of seeds with which a two-sided paired t-test sees `difference` with this power.

    Args:
      difference: to be seen.
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
        return not found < power  # NaN: so far out that scipy's noncentral t overflows

    low, high = 1, 2  # the answer is above low
    while not reaches(high):
        if high == limit:
            return None
        low, high = high, min(2 * high, limit)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


class Effect(NamedTuple):
    """A line of an analysis of variance.

    Attributes:
      term: names of the settings in it; empty: what is left.
      squares: sum of squares; of all terms they add up to the total, with equally many runs for each setting.
      share: eta squared, of the total sum of squares.
      freedom: degrees of freedom.
      f, p: None with one run for each setting, where nothing says how much chance alone does.
    """

    term: tuple[str, ...]
    squares: float
    share: float
    df: int
    f: float | None
    p: float | None


def effects(scores: Sequence[float], levels: Mapping[str, Sequence[object]], seeds: Sequence[int]) -> list[Effect]:
    """Main effects and interactions of a full grid, and what is left, by an analysis of variance (type II).

    Args:
      scores: of n runs.
      levels: for each varied setting, its value in each run; every combination must occur.
      seeds: of each run. Where every combination has the same seeds, they are a block, ("seed",).
    """
    import pandas
    from statsmodels.formula.api import ols
    from statsmodels.stats.anova import anova_lm

    names = list(levels)
    short = [f"f{place}" for place in range(len(names))]
    frame = pandas.DataFrame({at: [str(value) for value in levels[name]] for at, name in zip(short, names)})
    frame["score"] = np.asarray(scores, np.float64)
    frame["seed"] = [str(seed) for seed in seeds]
    sets = frame.groupby(short)["seed"].apply(frozenset)
    blocked = len(set(sets)) == 1 and len(sets.iloc[0]) > 1
    replicated = len(frame) > len(sets)
    most = len(names) if replicated else len(names) - 1  # without replicates the highest interaction is what is left
    terms = [
        names_of for size in range(1, max(most, 1) + 1) for names_of in itertools.combinations(range(len(names)), size)
    ]
    if not replicated and len(names) == 1:
        return []
    parts = [":".join(f"C({short[at]})" for at in term) for term in terms] + ["C(seed)"] * blocked
    if np.ptp(frame["score"]) == 0:
        return []
    table = anova_lm(ols("score ~ " + " + ".join(parts), frame).fit(), typ=2)
    table = table.loc[[*parts, "Residual"]]  # statsmodels sorts terms by their size
    total, rest = float(table["sum_sq"].sum()), float(table.loc["Residual", "sum_sq"])
    labels = [tuple(names[at] for at in term) for term in terms] + [("seed",)] * blocked + [()]
    rows = zip(labels, table["sum_sq"], table["df"], table["F"], table["PR(>F)"])
    return [
        Effect(
            label,
            float(squares),
            float(squares) / total,
            round(df),
            *((float(f), float(p)) if label and replicated and rest > 0 else (None, None)),
        )
        for label, squares, df, f, p in rows
    ]
