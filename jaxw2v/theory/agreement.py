"""Agreement of the products of trained vectors with those that minimize the exact objective."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Agreement(NamedTuple):
    """Products v_w . v_c beside `objective.optimum`, over pairs of words that co-occur.

    Attributes:
      low, high: the pairs are those whose expected count in an epoch is above low, and high at most.
      pairs: how many.
      correlation: Pearson's, every pair counted once; NaN where a side is the same throughout.
      weighted: the same, every pair counted as often as it is expected in an epoch.
      bias: mean of product - optimum, in nats, every pair counted once.
      error: root of the mean square of product - optimum, in nats, every pair counted once.
    """

    low: float
    high: float
    pairs: int
    correlation: float
    weighted: float
    bias: float
    error: float


def agreement(
    x_VV: np.ndarray, optimum_VV: np.ndarray, count_VV: np.ndarray, low: float = 0.0, high: float = np.inf
) -> Agreement:
    """The agreement over the pairs with low < #(w, c) <= high.

    Args:
      x_VV: products of words (rows) and contexts (columns).
      optimum_VV: of `objective.optimum`; -inf where `count_VV` is 0, which is no pair of these.
      count_VV: #(w, c), of `counts.count`.
      low: 0 leaves out nothing that co-occurs.
      high: may be infinite.

    Raises:
      ValueError: there are no such pairs.
    """
    there_VV = (count_VV > low) & (count_VV <= high)
    if not there_VV.any():
        raise ValueError(f"no pair of words has an expected count above {low:g} and at most {high:g}")
    x, best, count = (np.asarray(array[there_VV], np.float64) for array in (x_VV, optimum_VV, count_VV))
    return Agreement(
        low,
        high,
        len(x),
        _correlation(x, best, np.ones(len(x))),
        _correlation(x, best, count),
        float((x - best).mean()),
        float(np.sqrt(np.square(x - best).mean())),
    )


def error(x_VV: np.ndarray, optimum_VV: np.ndarray, count_VV: np.ndarray, weight_VV: np.ndarray) -> float:
    """Root of the weighted mean square of product - optimum over the pairs that co-occur, in nats.

    Args:
      x_VV, optimum_VV, count_VV: as of `agreement`.
      weight_VV: of each pair.
    """
    there_VV = count_VV > 0
    off = (x_VV - optimum_VV)[there_VV]
    return float(np.sqrt(np.average(np.square(off), weights=weight_VV[there_VV])))


def by_count(x_VV: np.ndarray, optimum_VV: np.ndarray, count_VV: np.ndarray, edges: Sequence[float]) -> list[Agreement]:
    """The agreement between each two neighboring edges, from the lowest; empty bands are left out."""
    bands = itertools.pairwise(edges)
    there = [(low, high) for low, high in bands if ((count_VV > low) & (count_VV <= high)).any()]
    return [agreement(x_VV, optimum_VV, count_VV, low, high) for low, high in there]


class Parts(NamedTuple):
    """The error of two trainings that differ only in their seed, in two parts.

    common^2 + own^2 is the mean square of product - optimum over both trainings.

    Attributes:
      common: root of the mean product of their two errors, in nats, 0 where that is negative: the part that does not
        depend on the seed.
      own: root of half the mean square of their difference, in nats: the part that does, by windows, negative samples
        and the first tables.
    """

    common: float
    own: float


def parts(
    one_VV: np.ndarray,
    other_VV: np.ndarray,
    optimum_VV: np.ndarray,
    count_VV: np.ndarray,
    low: float = 0.0,
    high: float = np.inf,
) -> Parts:
    """The two parts of the error over the pairs with low < #(w, c) <= high, of which there is one at least.

    Args:
      one_VV, other_VV: products of two trainings.
      optimum_VV, count_VV, low, high: as of `agreement`.
    """
    there_VV = (count_VV > low) & (count_VV <= high)
    one, other, best = (np.asarray(array[there_VV], np.float64) for array in (one_VV, other_VV, optimum_VV))
    common = ((one - best) * (other - best)).mean()
    return Parts(float(np.sqrt(max(common, 0))), float(np.sqrt(np.square(one - other).mean() / 2)))


def _correlation(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> float:
    weight = weight / weight.sum()
    x, y = (
        side - (weight * side).sum() for side in (x, y)
    )  # not weight @ side: BLAS adds in an order that depends on its threads
    scale = np.sqrt((weight * np.square(x)).sum() * (weight * np.square(y)).sum())
    return float((weight * x * y).sum() / scale) if scale > 0 else float("nan")
