"""For notebook 3: how often a word is its own context, and which probability of that the counts ask for."""

from typing import Any, NamedTuple

import numpy as np

from jaxw2v.theory import counts
from jaxw2v.training.negatives import noise_distribution
from jaxw2v.training.subsample import keep_probabilities


class OwnContexts(NamedTuple):
    """Of each word.

    Attributes:
      pairs_V: [V] float64 expected pairs with any context in an epoch.
      own_V: [V] float64 those with itself.
      best_V: [V] float64 P(D = 1 | w, w) at which the loss of these pairs is smallest.
    """

    pairs_V: np.ndarray
    own_V: np.ndarray
    best_V: np.ndarray


def expected(config: Any, ids_N: np.ndarray, count_V: np.ndarray) -> OwnContexts:
    """Counted in the text, in expectation over subsampling and windows.

    The loss is smallest at #(w, w) / (#(w, w) + k #(w) P_noise(w)): observed pairs among observed and negative ones.

    Args:
      config: a settings.config.Config, of which windows, subsampling and negative samples count.
      ids_N: [N] int32 ids, -1 at sentence ends.
      count_V: [V] tokens of each word.
    """
    windows = config.windows
    keep_V = keep_probabilities(count_V, config.subsample.threshold, config.subsample.formula)
    count_VV = counts.count(ids_N, keep_V, windows.window, windows.dynamic).count_VV
    own_V, pairs_V = count_VV.diagonal(), np.asarray(count_VV.sum(axis=1)).ravel()
    noise_V = config.negatives.k * pairs_V * noise_distribution(count_V, config.negatives)
    return OwnContexts(pairs_V, own_V, own_V / (own_V + noise_V))


def by_chance(pairs_V: np.ndarray) -> float:
    """The fraction of pairs that would be a word with itself if words stood in random order."""
    return float(np.square(pairs_V / pairs_V.sum()).sum())


def mean_error(probability_V: np.ndarray, found: OwnContexts) -> float:
    """Mean of |P(D = 1 | w, w) - best|, each word weighted by its pairs."""
    return float(np.average(np.abs(probability_V - found.best_V), weights=found.pairs_V))
