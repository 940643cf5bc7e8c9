"""Count-based baselines: the counts of a corpus, their PMI and its decomposition, in the place of training."""

import time
from collections.abc import Callable

import numpy as np
import scipy.sparse

from jaxw2v.errors import InputError
from jaxw2v.runs import optimum
from jaxw2v.runs.outputs import Made
from jaxw2v.settings.config import Config
from jaxw2v.text.corpus import Corpus
from jaxw2v.theory import pmi, svd


def factorize(config: Config, corpus: Corpus, say: Callable[[str], None]) -> Made:
    """The tables "input", "output" and "sum" (of "ppmi" the first alone, sparse), and what they took, for result.json.

    Args:
      config: checked; its `baseline.method` is not "none".
      corpus: encoded.
      say: takes a line for a person.

    Raises:
      InputError: the counts would not fit, no two words meet, or there are fewer words than dimensions.
    """
    settings, words = config.baseline, len(corpus.vocabulary.words)
    if settings.method == "svd" and config.model.dim >= words:
        raise InputError(f"model.dim={config.model.dim}: use fewer than the vocabulary has words, {words:,}")
    begin = time.perf_counter()
    counted = optimum.count(config, corpus)
    count_VV = counted.count_VV
    pairs = float(count_VV.sum())
    if pairs == 0:
        raise InputError("corpus.path: no word has a neighbor in this text; give lines of two words or more")
    context_V = optimum.context_distribution(config, corpus, count_VV)
    positive_VV = pmi.positive(pmi.pmi(count_VV, context_V), settings.shift)
    counting = time.perf_counter() - begin
    say(f"counted {pairs:,.0f} pairs of {count_VV.nnz:,} kinds in {counting:.1f} s; PMI above 0: {positive_VV.nnz:,}")
    if not positive_VV.nnz:
        raise InputError(f"baseline.shift={settings.shift:g}: no pair of words is above it; lower it")
    tables: dict[str, np.ndarray | scipy.sparse.csr_array] = {"input": positive_VV.astype(np.float32)}
    if settings.method == "svd":
        try:
            word_VD, context_VD = svd.vectors(svd.factorize(positive_VV, config.model.dim), settings.eigenvalue_power)
        except ValueError as error:
            raise InputError(f"model.dim={config.model.dim}: {error}") from None
        tables = {"input": word_VD, "output": context_VD, "sum": word_VD + context_VD}
    seconds = time.perf_counter() - begin
    timing = {
        "loss": None,
        "seconds.counting": counting,
        "seconds.training": seconds,
        "words_per_second": corpus.raw_words / seconds,
        "counts.pairs": pairs,
        "counts.missed": counted.missed,
        "counts.kinds": count_VV.nnz,
        "counts.positive": positive_VV.nnz,
    }
    return Made(tables, timing)
