"""Pointwise mutual information of words and contexts, which SGNS factorizes (Levy and Goldberg 2014)."""

import numpy as np
import scipy.sparse


def context_probabilities(count_VV: scipy.sparse.csr_array, exponent: float) -> np.ndarray:
    """[V] float64: each word's share of all contexts, smoothed: its count as a context to the power `exponent`.

    Levy, Goldberg and Dagan 2015, section 3.2 ("cds", 0.75 there); 1 is the plain share. Words that are no context have
    probability 0. Training's own noise has the counts of words before subsampling: `negatives.noise_probabilities`.
    """
    count_V = np.asarray(count_VV.sum(axis=0)).reshape(-1)
    with np.errstate(divide="ignore"):
        log_V = np.where(count_V > 0, exponent * np.log(count_V), -np.inf)
    weight_V = np.exp(log_V - log_V.max())  # no overflow, whatever the exponent
    return weight_V / weight_V.sum()


def pmi(count_VV: scipy.sparse.csr_array, context_V: np.ndarray) -> scipy.sparse.csr_array:
    """[V, V] float64 CSR: log(#(w, c) / (#(w) P(c))) where #(w, c) > 0; elsewhere PMI is -inf and nothing is stored.

    Args:
      count_VV: #(w, c), words in rows and contexts in columns; #(w) is the sum of a row.
      context_V: [V] P(c). With `context_probabilities` of exponent 1 this is PMI; with training's noise distribution,
        PMI - log k is what makes the exact SGNS objective smallest (`objective.optimum`).
    """
    count_VV = scipy.sparse.csr_array(count_VV, dtype=np.float64)
    count_VV.eliminate_zeros()
    log_row_V, log_context_V = (_log(x) for x in (np.asarray(count_VV.sum(axis=1)).reshape(-1), context_V))
    rows = np.repeat(np.arange(count_VV.shape[0]), np.diff(count_VV.indptr))
    value = np.log(count_VV.data) - log_row_V[rows] - log_context_V[count_VV.indices]
    return scipy.sparse.csr_array((value, count_VV.indices, count_VV.indptr), count_VV.shape)


def positive(pmi_VV: scipy.sparse.csr_array, k: float) -> scipy.sparse.csr_array:
    """[V, V] CSR: max(PMI - log k, 0), zeros not stored: shifted positive PMI; with k = 1 it is PPMI."""
    shifted = scipy.sparse.csr_array(
        (np.maximum(pmi_VV.data - np.log(k), 0), pmi_VV.indices, pmi_VV.indptr), pmi_VV.shape, copy=True
    )
    shifted.eliminate_zeros()
    return shifted


def _log(x: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log(x)
