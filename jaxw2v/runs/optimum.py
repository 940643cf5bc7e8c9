"""How far the matrices of a run are from the optimum of their objective, for result.json: `eval.deviation`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.sparse

from jaxw2v.errors import InputError
from jaxw2v.settings.config import Config
from jaxw2v.text.corpus import Corpus
from jaxw2v.theory import counts, pmi
from jaxw2v.theory.deviation import deviation
from jaxw2v.training.negatives import noise_distribution, noise_probabilities
from jaxw2v.training.subsample import keep_probabilities

Tables = Mapping[str, np.ndarray | scipy.sparse.csr_array]


def count(config: Config, corpus: Corpus) -> counts.Counts:
    """The expected counts of a run's text under its windows and subsampling.

    Raises:
      InputError: they would take more than `baseline.memory`.
    """
    settings, windows = config.baseline, config.windows
    keep_V = keep_probabilities(corpus.vocabulary.count_V, config.subsample.threshold, config.subsample.formula)
    try:
        return counts.count(
            corpus.ids_N, keep_V, windows.window, windows.dynamic, widens=windows.removed == "skip",
            tolerance=settings.tolerance, memory=settings.memory * 1e9,
        )  # fmt: skip
    except ValueError as error:
        raise InputError(f"baseline.memory={settings.memory:g}: {error}; raise it or vocab.min_count") from None


def context_distribution(config: Config, corpus: Corpus, count_VV: scipy.sparse.csr_array) -> np.ndarray:
    """[V] float64: what PMI is relative to: the noise of training, or the distribution that a baseline chooses."""
    settings, count_V = config.baseline, corpus.vocabulary.count_V
    if settings.method == "none":
        return noise_distribution(count_V, config.negatives)
    if settings.contexts == "noise":
        return noise_probabilities(count_V, settings.context_smoothing)
    return pmi.context_probabilities(count_VV, settings.context_smoothing)


def measured(config: Config, corpus: Corpus, arrays: Tables) -> dict[str, Any]:
    """`deviation` of a run's input and output matrices, by the names of result.json; of PPMI of its cells, 0 elsewhere.

    Args:
      config: checked; of what it is the optimum, see `Config`.
      corpus: that the run counted or trained on.
      arrays: the matrices that it made.

    Raises:
      InputError: see `count`.
    """
    count_VV = count(config, corpus).count_VV
    context_V = context_distribution(config, corpus, count_VV)
    k = config.negatives.k if config.baseline.method == "none" else config.baseline.shift
    given: Any = arrays["input"]

    def products(words: slice) -> np.ndarray:
        if config.baseline.method == "ppmi":
            return given[words].toarray()
        return np.asarray(given[words], np.float32) @ np.asarray(arrays["output"], np.float32).T

    found = deviation(products, count_VV, context_V, k)
    return {
        "optimum.loss": found.loss,
        "optimum.least": found.least,
        "optimum.unseen": found.unseen,
        "optimum.deviation": found.relative,
    }
