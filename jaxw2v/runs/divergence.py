"""A run whose products of rows grew beyond all bounds: which rows, which setting, and what is kept of it. And one whose
products grew so far that vectors of zeros were better."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.runs import trainers
from jaxw2v.settings.config import Config
from jaxw2v.text.corpus import Corpus
from jaxw2v.training import huffman
from jaxw2v.vectors import formats
from jaxw2v.vectors.table import Table

_FILES = {"input": "diverged", "output": "diverged-output"}
_SHOWN = 3  # words
_CLEARLY = 1.1  # times the loss of zeros: a loss is an estimate, and one just begun is about there


class DivergedError(InputError):
    """Products of rows grew beyond all bounds."""


def diverged(
    config: Config, arrays: Mapping[str, np.ndarray], corpus: Corpus, folder: Path, when: str
) -> DivergedError:
    """Says what happened to a run and keeps its tables in its folder, those that are finite.

    Args:
      config: of the run.
      arrays: its tables, as `tables.named`.
      corpus: whose words the rows are.
      folder: of the run.
      when: such as "in epoch 1, after 3% of all words".
    """
    rows, kept = [], []
    for name, file in _FILES.items():
        if name not in arrays:
            continue
        words = (corpus.contexts if name == "output" and corpus.contexts else corpus.vocabulary).words
        rows.append(f"{name} vectors: {_longest(words, arrays[name])}")
        if np.isfinite(arrays[name]).all():
            try:
                formats.save(Table(words, arrays[name]), folder / f"{file}.npz", "npz")
                kept.append(f"{file}.npz")
            except InputError as error:  # a full disk, for one, must not end the runs beside this one
                rows.append(str(error))
    left = f"the last finite tables are in {folder}: {', '.join(kept)}" if kept else "no finite table is left to keep"
    return DivergedError(f"training diverged {when} ({'; '.join(rows)}): {_remedy(config)}; {left}")


def worse_than_zeros(config: Config, corpus: Corpus, metrics: Sequence[Mapping[str, Any]]) -> str | None:
    """A warning where both the last epoch and its last segment have a loss clearly above that of zeros; else None.

    Args:
      config: of the run.
      corpus: its text.
      metrics: the run's, each with `loss` of the epoch so far and `segment_loss`; none where nothing was trained.
    """
    losses = [metrics[-1][key] for key in ("loss", "segment_loss")] if metrics else []
    if not losses or None in losses or min(losses) <= _CLEARLY * math.log(2):  # no objective has less
        return None
    zeros = loss_of_zeros(config, corpus)
    if min(losses) <= _CLEARLY * zeros:
        return None
    most = "at most " if config.model.objective == "hierarchical_softmax" else ""
    return (
        f"the loss, {losses[0]:.4g} nats/pair, is above that of vectors of zeros, {most}{zeros:.4g}: these are worse "
        f"than none; {_remedy(trainers.complete(config, corpus))}"
    )


def loss_of_zeros(config: Config, corpus: Corpus) -> float:
    """Nats per positive pair when all products are 0: (1 + k) log 2, of the softmax log V.

    Of hierarchical softmax it is the most that it can be, as if each pair had the word with the longest path: how often
    which word is predicted depends on where sentences end.
    """
    if config.model.objective == "softmax":
        return math.log(len(corpus.vocabulary.words))
    if config.model.objective == "hierarchical_softmax":
        return huffman.build_tree(corpus.vocabulary.count_V).node_VL.shape[1] * math.log(2)
    return (1 + config.negatives.k) * math.log(2)


def _longest(words: list[str], table_VD: np.ndarray) -> str:
    length_V = np.linalg.norm(table_VD.astype(np.float64), axis=1)
    bad_V = ~np.isfinite(length_V)
    order = np.argsort(-np.where(bad_V, np.inf, length_V), kind="stable")[:_SHOWN]
    names = ", ".join(words[row] for row in order)
    if bad_V.any():
        return f"{bad_V.sum():,} of {len(words):,} hold NaN or infinity, as those of {names}"
    return f"the longest are {length_V[order[0]]:.2g} ({names}), the median {np.median(length_V):.2g}"


def _remedy(config: Config) -> str:
    settings = [
        f"optimizer.learning_rate={config.optimizer.learning_rate:g}",
        f"train.step_tokens={config.train.step_tokens}",
    ]
    for name in ("init_range", "output_range"):
        if (value := getattr(config.model, name)) > config.model.dim:  # numbers beyond 1 before the first step
            settings.insert(0, f"model.{name}={value:g}")
    other = "" if config.optimizer.name == "damped_sgd" else ", or use optimizer=damped_sgd"
    return f"lower {' or '.join(settings)}{other}"
