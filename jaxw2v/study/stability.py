"""Stability: how far two tables of vectors agree whose runs differ in the seed alone."""

import math

import numpy as np
import scipy.linalg

from jaxw2v.files import blas


@blas.one_thread
def neighbor_rows(unit_VD: np.ndarray, queries: int, k: int) -> np.ndarray:
    """[queries, k] int, the rows nearest to each of the first rows, itself left out, in no order.

    Args:
      unit_VD: [V, D] rows of length 1, V > k.
    """
    cosine_QV = unit_VD[:queries] @ unit_VD.T
    np.fill_diagonal(cosine_QV, -np.inf)
    return np.argpartition(-cosine_QV, k - 1, axis=1)[:, :k]


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
