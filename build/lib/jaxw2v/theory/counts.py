"""Counts: how often each word is expected to be a context of each other word in an epoch of training.

Training removes tokens at random before it makes windows, and draws the reach of each window. Here nothing is drawn:
each pair of tokens of a sentence counts with its probability to be a pair in training.
"""

from typing import NamedTuple

import numpy as np
import scipy.sparse

from jaxw2v.files import blas

BYTES = 12  # of an entry: float64 and int32
COPIES = 3  # of the counts at the peak, when two parts are added into a third
_PIECE = 2**21  # tokens x window of a piece


class Counts(NamedTuple):
    """Expected co-occurrence counts.

    Attributes:
      count_VV: [V, V] float64 CSR, symmetric: how often the column's word is a context of the row's word in an epoch.
      missed: an upper bound of the sum of all counts that were left out; see `count`.
    """

    count_VV: scipy.sparse.csr_array
    missed: float


def reach_weights(window: int, dynamic: bool) -> np.ndarray:
    """[window] float64: the probability that a context at distance 1, 2, ... is within reach.

    (window - d + 1) / window for a reach uniform in 1..window (Goldberg and Levy 2014, section 3.1), else 1.
    """
    return (window - np.arange(window)) / window if dynamic else np.ones(window)


def expected_entries(count_V: np.ndarray, pairs: float) -> float:
    """About how many different pairs there are among so many pairs of tokens.

    As if words co-occurred at random; a text has fewer.

    Args:
      count_V: [V] tokens of each word.
      pairs: pairs of tokens, each in both directions.
    """
    count, words = np.unique(count_V[count_V > 0], return_counts=True)  # words with the same count are alike
    share = count / max((count * words).sum(), 1)
    return float(sum(n * (words * -np.expm1(-pairs * p * share)).sum() for p, n in zip(share, words)))


@blas.one_thread
def count(
    ids_N: np.ndarray,
    keep_V: np.ndarray,
    window: int,
    dynamic: bool,
    *,
    widens: bool = True,
    tolerance: float = 1e-6,
    memory: float = np.inf,
    piece: int | None = None,
) -> Counts:
    """The expected counts of a text.

    Two tokens with places i < j in one sentence are both kept with probability keep_i keep_j, and then stand 1 + m kept
    tokens apart, where m counts the kept ones between them: a Poisson binomial, whose probabilities follow from those
    for j - 1. The pair counts by the weight of that distance.

    Args:
      ids_N: [N] int32 ids, -1 at sentence ends; it may be memory-mapped.
      keep_V: [V] from `subsample.keep_probabilities`.
      window: the farthest context, in kept tokens.
      dynamic: see `reach_weights`.
      widens: removed tokens do not count as distance, as in training and word2vec.c ("dirty" subsampling of Levy,
        Goldberg and Dagan 2015); False: they do ("clean").
      tolerance: a token's search to the right ends when fewer than `window` kept tokens have been passed with a
        probability below this. What is left out is at most 2 x window x tolerance for each token that is kept.
        With keep_V = 1 nothing is.
      memory: bytes that the counts may take, copies included.
      piece: tokens counted at a time, None: 2^21 / window; only rounding depends on it.

    Raises:
      ValueError: the counts would take, or take, more than `memory`.
    """
    v = len(keep_V)
    keep_V = np.asarray(keep_V, np.float64)
    weight = reach_weights(window, dynamic)
    piece = piece or max(1, _PIECE // window)
    parts: list[scipy.sparse.csr_array] = []
    missed, start = 0.0, 0
    while start < len(ids_N):
        stop, far, found = min(start + piece, len(ids_N)), 64 * window, None
        while found is None:  # the windows of this piece reach into the next
            ids = np.asarray(ids_N[start : stop + far])
            if stop + far >= len(ids_N):
                ids = np.append(ids, np.int32(-1))  # the end of the text ends a sentence
            found = _pairs(ids, stop - start, keep_V, weight, widens, tolerance)
            far *= 4
        left, right, value, lost = found
        if not start:
            pieces = (ids_N[at : at + _PIECE] for at in range(0, len(ids_N), _PIECE))
            tokens_V = sum((_tokens(ids, v) for ids in pieces), np.zeros(v, np.int64))
            _check(expected_entries(tokens_V, 2 * len(left) * len(ids_N) / stop), memory, "would take about")
        missed, start = missed + lost, stop
        part = scipy.sparse.coo_array((value, (left, right)), (v, v)).tocsr()
        part.sum_duplicates()
        parts.append(part)
        while len(parts) > 1 and parts[-2].nnz < 2 * parts[-1].nnz:  # few large additions
            parts[-2:] = [parts[-2] + parts[-1]]
        _check(sum(part.nnz for part in parts), memory, "take")
    total = sum(parts[1:], parts[0]) if parts else scipy.sparse.csr_array((v, v), dtype=np.float64)
    _check(min(2 * total.nnz, v * v), memory, "take")
    return Counts((total + total.T).tocsr(), 2 * missed)


def _tokens(ids: np.ndarray, v: int) -> np.ndarray:
    return np.bincount(ids[ids >= 0], minlength=v)


def _check(entries: float, memory: float, verb: str) -> None:
    needed = entries * BYTES * COPIES
    if needed > memory:
        raise ValueError(f"the counts {verb} {needed / 1e9:.1f} GB of memory, more than the {memory / 1e9:.1f} allowed")


def _pairs(
    ids: np.ndarray, centers: int, keep_V: np.ndarray, weight: np.ndarray, widens: bool, tolerance: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float] | None:
    """The pairs whose left token is among the first `centers`: words, words, expected counts, bound of what is missed.

    None: a window reaches beyond `ids`.
    """
    keep = np.append(keep_V, 0.0)[ids]
    place = np.flatnonzero(ids[:centers] >= 0)
    between_MT = np.zeros((len(weight), len(place)))  # probabilities that m = 0, 1, .. tokens between were kept
    between_MT[0] = 1
    lefts, rights, values, missed, distance = [ids[:0]], [ids[:0]], [keep[:0]], 0.0, 0
    while len(place):
        distance += 1
        right = place + distance
        if right[-1] >= len(ids):
            return None
        on = ids[right] >= 0
        place, right, between_MT = place[on], right[on], between_MT[:, on]
        lefts.append(ids[place])
        rights.append(ids[right])
        values.append(keep[place] * keep[right] * (weight @ between_MT))
        moved_MT = between_MT * keep[right] if widens else between_MT
        between_MT = between_MT - moved_MT
        between_MT[1:] += moved_MT[:-1]
        open_T = between_MT.sum(axis=0)  # fewer than `window` were passed: the next token may be a context
        ends = open_T <= tolerance
        missed += len(weight) * float((keep[place] * open_T)[ends].sum())
        place, between_MT = place[~ends], between_MT[:, ~ends]
    return np.concatenate(lefts), np.concatenate(rights), np.concatenate(values), missed
