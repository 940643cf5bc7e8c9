"""Stability: how far two tables of vectors agree whose runs differ in the seed alone, or in the text that was drawn."""

import csv
import io
import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg

from jaxw2v.files import blas
from jaxw2v.study.statistics import Interval, interval

EDGES = (5, 10, 20, 50, 100, 200, 500, 1000, 5000, np.inf)  # of the bands of counts


class Agreement(NamedTuple):
    """How far two runs agree about the neighbors of words of one band of counts.

    Attributes:
      text: raw words of the text, which tells texts apart.
      configuration: what both runs are, such as their preset.
      one, other: the seeds of the runs.
      low, high: counts of the band, low included.
      words: how many were asked.
      shared: mean fraction of the k nearest neighbors in common.
      jaccard: mean of those in common to those in either.
      spread: standard deviation, over runs, of the cosine of a word and such a neighbor.
      chance: `shared` of unrelated vectors of the shape of these.
    """

    text: int
    configuration: str
    one: int
    other: int
    low: float
    high: float
    words: int
    shared: float
    jaccard: float
    spread: float
    chance: float


def neighbor_rows(unit_VD: np.ndarray, queries: int, k: int) -> np.ndarray:
    """[queries, k] int, the rows nearest to each of the first rows, itself left out, in no order.

    Args:
      unit_VD: [V, D] rows of length 1, V > k.
    """
    return nearest_rows(unit_VD, np.arange(queries), k)


@blas.one_thread
def nearest_rows(unit_VD: np.ndarray, row_Q: np.ndarray, k: int) -> np.ndarray:
    """The same as `neighbor_rows`, of the rows with these numbers."""
    cosine_QV = unit_VD[row_Q] @ unit_VD.T
    cosine_QV[np.arange(len(row_Q)), row_Q] = -np.inf
    return np.argpartition(-cosine_QV, k - 1, axis=1)[:, :k]


def bands(count_V: np.ndarray, most: int, edges: Sequence[float] = EDGES) -> dict[tuple[float, float], np.ndarray]:
    """Rows of words by their counts: of each band at most so many, evenly spaced by rank; bands without words left out.

    Args:
      count_V: of the words, in any order.
      most: words of a band.
      edges: a band reaches from one of these to below the next.
    """
    found = {}
    for low, high in itertools.pairwise(edges):
        row_W = np.flatnonzero((count_V >= low) & (count_V < high))
        if len(row_W):
            found[low, high] = row_W[np.linspace(0, len(row_W) - 1, min(most, len(row_W))).round().astype(int)]
    return found


def agreements(
    units: Mapping[int, np.ndarray], count_V: np.ndarray, k: int, most: int, text: int, configuration: str
) -> list[Agreement]:
    """For each pair of runs, each band of counts.

    Args:
      units: by seed, [V, D] rows of length 1, the same words in the same order.
      count_V: of the words.
      k: neighbors of a word, among all words.
      most: words of a band, see `bands`.
      text, configuration: of `Agreement`.
    """
    asked = bands(count_V, most)
    near = {seed: {band: nearest_rows(unit, row_Q, k) for band, row_Q in asked.items()} for seed, unit in units.items()}
    first = next(iter(units.values()))
    shuffled_VD = first[np.random.default_rng(0).permutation(len(first))]
    by_chance = {
        band: overlap(near[next(iter(units))][band], nearest_rows(shuffled_VD, row_Q, k))
        for band, row_Q in asked.items()
    }
    made = []
    for one, other in ((one, other) for one in units for other in units if one < other):
        for (low, high), row_Q in asked.items():
            ours, theirs = near[one][low, high], near[other][low, high]
            common_Q = (ours[:, :, None] == theirs[:, None, :]).any(axis=2).sum(axis=1)
            both_Q2k = np.concatenate([ours, theirs], axis=1)
            cosines = [np.einsum("qd,qkd->qk", unit[row_Q], unit[both_Q2k]) for unit in (units[one], units[other])]
            made.append(
                Agreement(
                    text=text,
                    configuration=configuration,
                    one=one,
                    other=other,
                    low=low,
                    high=high,
                    words=len(row_Q),
                    shared=float((common_Q / k).mean()),
                    jaccard=float((common_Q / (2 * k - common_Q)).mean()),
                    spread=math.sqrt(float(np.square(cosines[0] - cosines[1]).mean()) / 2),
                    chance=by_chance[low, high],
                )
            )
    return made


def by_pair(found: Sequence[Agreement], measure: str, **fixed: Any) -> dict[tuple[int, int], float]:
    """For each pair of runs, the mean over bands of counts of one field, such as "shared".

    Args:
      fixed: fields and their values: only such rows count.
    """
    chosen: dict[tuple[int, int], list[float]] = {}
    for each in found:
        if all(getattr(each, name) == value for name, value in fixed.items()):
            chosen.setdefault((each.one, each.other), []).append(getattr(each, measure))
    return {pair: float(np.mean(values)) for pair, values in chosen.items()}


def mean_of_pairs(values: Mapping[tuple[int, int], float], confidence: float = 0.95) -> Interval:
    """The mean over all pairs of runs and its interval; a run is in many pairs, so that these are not independent.

    A jackknife over runs (Arvesen 1969, Jackknifing U-statistics): Student's interval of the pseudo-values of the R
    runs, R - 1 degrees of freedom. No interval where there are fewer than three runs.

    Args:
      values: by pair of runs, such as their seeds: all pairs of them.
    """
    runs = sorted({run for pair in values for run in pair})
    mean = float(np.mean(list(values.values())))
    if len(runs) < 3:
        return Interval(mean, None, None, len(runs))
    without = [np.mean([value for pair, value in values.items() if run not in pair]) for run in runs]
    return interval([len(runs) * mean - (len(runs) - 1) * float(each) for each in without], confidence)._replace(
        mean=mean
    )


def to_csv(found: Sequence[Agreement]) -> str:
    """A table with a row for each pair of runs and band."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Agreement._fields)
    writer.writerows([f"{cell:.5g}" if isinstance(cell, float) else cell for cell in each] for each in found)
    return text.getvalue()


def from_csv(text: str) -> list[Agreement]:
    """The rows that `to_csv` wrote, to five digits."""
    kinds = Agreement.__annotations__
    return [
        Agreement(**{name: kinds[name](cell) for name, cell in row.items()})
        for row in csv.DictReader(text.splitlines())
    ]


def by_chance(unit_VD: np.ndarray, queries: int, k: int) -> tuple[float, float]:
    """The overlap of neighbors and the distance that unrelated vectors of this size and shape have: a table and the
    same table with its words in another order. Gaussian vectors have sqrt(1 - 8 sqrt(D / V) / (3 pi)), about.

    Args:
      unit_VD, queries, k: as of `neighbor_rows`.
    """
    shuffled_VD = unit_VD[np.random.default_rng(0).permutation(len(unit_VD))]
    near = [neighbor_rows(table, queries, k) for table in (unit_VD, shuffled_VD)]
    return overlap(*near), procrustes_distance(unit_VD, shuffled_VD)


def overlap(one_Qk: np.ndarray, other_Qk: np.ndarray) -> float:
    """The mean fraction, in [0, 1], of neighbors that two runs have in common, from `neighbor_rows`."""
    return float((one_Qk[:, :, None] == other_Qk[:, None, :]).any(axis=2).mean())


@blas.one_thread
def procrustes_distance(one_VD: np.ndarray, other_VD: np.ndarray) -> float:
    """sqrt(1 - mean cosine) after the best rotation or reflection of the one onto the other.

    Rows are of length 1 and stand for the same words. 0: the tables differ by a rotation alone. Unrelated tables are
    not at 1, since a rotation is fitted: see `by_chance`.
    """
    turn_DD, _ = scipy.linalg.orthogonal_procrustes(one_VD.astype(np.float64), other_VD.astype(np.float64))
    cosine = float(np.einsum("vd,vd->v", one_VD.astype(np.float64) @ turn_DD, other_VD).mean())
    return math.sqrt(max(0.0, 1 - cosine))
