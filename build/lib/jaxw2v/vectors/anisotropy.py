"""Anisotropy: whether all vectors of a table point the same way. Used by notebook 2 only."""

import numpy as np

from jaxw2v.vectors.table import unit_rows


def mean_cosine(vectors_VD: np.ndarray) -> float:
    """The mean cosine over all pairs of different rows: 1 if all point the same way."""
    unit_VD = unit_rows(vectors_VD).astype(np.float64)
    v, sum_D = len(unit_VD), unit_VD.sum(axis=0)
    return float((np.square(sum_D).sum() - np.square(unit_VD).sum()) / (v * (v - 1)))
