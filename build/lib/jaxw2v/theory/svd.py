"""Truncated singular value decomposition of a sparse matrix, the same on any number of cores of one processor type."""

from typing import NamedTuple

import numpy as np
import scipy.sparse
import scipy.sparse.linalg

from jaxw2v.files import blas


class Factors(NamedTuple):
    """The largest D singular values of a matrix of words and contexts, descending, and their vectors.

    Attributes:
      word_VD: float64, orthonormal columns.
      value_D: float64.
      context_VD: float64, orthonormal columns; word_VD * value_D @ context_VD.T is the nearest matrix of rank D.
    """

    word_VD: np.ndarray
    value_D: np.ndarray
    context_VD: np.ndarray


@blas.one_thread
def factorize(matrix_VV: scipy.sparse.csr_array, dim: int) -> Factors:
    """The truncated SVD of a matrix, by ARPACK from a fixed start; each column's largest number of a word is positive.

    Args:
      matrix_VV: sparse, not all 0.
      dim: D, below both its sides.

    Raises:
      ValueError: D is not below both sides, the matrix is 0, or ARPACK finds fewer (it is of lower rank).
    """
    if not 1 <= dim < min(matrix_VV.shape):
        raise ValueError(f"{dim} dimensions of a matrix with {min(matrix_VV.shape)} rows or columns; use fewer")
    if not matrix_VV.nnz:
        raise ValueError("all of the matrix is 0")
    start = np.random.default_rng(0).standard_normal(min(matrix_VV.shape))  # not orthogonal to any factor
    try:
        word_VD, value_D, context_DV = scipy.sparse.linalg.svds(matrix_VV.astype(np.float64), dim, v0=start)
    except scipy.sparse.linalg.ArpackError as error:
        raise ValueError(f"no {dim} singular values were found ({error}); use fewer dimensions") from error
    order = np.argsort(-value_D, kind="stable")
    word_VD, value_D, context_VD = word_VD[:, order], value_D[order], context_DV[order].T
    sign_D = np.sign(word_VD[np.abs(word_VD).argmax(axis=0), np.arange(dim)])
    return Factors(word_VD * sign_D, value_D, context_VD * sign_D)


def vectors(factors: Factors, exponent: float) -> tuple[np.ndarray, np.ndarray]:
    """[V, D] float32 vectors of words and of contexts: the factors times singular values to the power `exponent`.

    1 is the textbook's SVD; 0.5 and 0 are better for similarity (Levy, Goldberg and Dagan 2015, section 3.3, "eig").
    Both sides get the power, as in their code; the product of the two is the matrix where it is 0.5.
    """
    scale_D = factors.value_D**exponent
    return (factors.word_VD * scale_D).astype(np.float32), (factors.context_VD * scale_D).astype(np.float32)
