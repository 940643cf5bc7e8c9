"""For notebook 0: how many of their contexts two words share."""

import numpy as np
import scipy.sparse


def overlap(count_VV: scipy.sparse.csr_array, first: int, last: int, own: bool = False) -> np.ndarray:
    """[R, R] float64 in [0, 1]: sum over contexts c of min(P(c | a), P(c | b)), the fraction of contexts in common.

    Args:
      count_VV: [V, V] expected counts of `counts.count`; each of these rows has some.
      first, last: the words are rows first to last - 1, R of them.
      own: only as far as a context is more frequent beside the word than in the whole text: max(P(c | a) - P(c), 0),
        divided by its sum, for P(c | a). Contexts that every word has, such as "the", then say little.
    """
    count_RV = count_VV[first:last].toarray()
    share_RV = count_RV / count_RV.sum(axis=1, keepdims=True)
    if own:
        count_V = np.asarray(count_VV.sum(axis=0)).ravel()
        more_RV = np.maximum(share_RV - count_V / count_V.sum(), 0)
        share_RV = more_RV / more_RV.sum(axis=1, keepdims=True)
    return np.array([np.minimum(share_V, share_RV).sum(axis=1) for share_V in share_RV])


def pairs(overlap_RR: np.ndarray, vectors_RD: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[P], [P]: the overlap of each two different words, once, and the cosine of their vectors."""
    length_R = np.linalg.norm(vectors_RD, axis=1)
    unit_RD = vectors_RD / length_R[:, None]
    above = np.triu_indices(len(unit_RD), 1)
    return overlap_RR[above], (unit_RD @ unit_RD.T)[above]


def by_overlap(overlap_P: np.ndarray, cosine_P: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray]:
    """[bins, 3], [bins]: quartiles of the cosine and the mean overlap, in groups of as many pairs from the least on."""
    groups = np.array_split(np.argsort(overlap_P, kind="stable"), bins)
    quartiles = np.array([np.quantile(cosine_P[group], (0.25, 0.5, 0.75)) for group in groups])
    return quartiles, np.array([overlap_P[group].mean() for group in groups])
