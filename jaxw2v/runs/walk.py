"""The walk over a text in the sequential order: the host's side, round by round, wherever a run goes on."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.settings.config import Config
from jaxw2v.text.corpus import Corpus
from jaxw2v.training import layout
from jaxw2v.training.layout import Examples, Place, Rules
from jaxw2v.training.rules import make_rules
from jaxw2v.training.subsample import keep_probabilities

EXAMPLES = 2**19  # of a segment by default, at most about
# Of an example and of each number of its rows, measured on one core: see docs/word2vec_c.md.
SECONDS_AN_EXAMPLE, SECONDS_A_NUMBER = 5e-7, 8e-9


class Walk:
    """The examples of each round. A round can be asked for again; one far ahead is reached by laying out all before it.

    That takes a small part of the time of training, so a checkpoint holds nothing of the walk.

    Args:
      rules: of the run.
      corpus: the text.
      bounds: [S + 1] int64, where the rounds of an epoch begin and end.

    Attributes:
      room: examples of a round, at most.
    """

    def __init__(self, rules: Rules, corpus: Corpus, bounds: np.ndarray):
        self._rules, self._bounds = rules, bounds.tolist()
        self._ids_N: Any = np.asarray(corpus.ids_N) if isinstance(corpus.ids_N, np.ndarray) else corpus.ids_N
        self._places: list[Place] = [layout.begin(rules)]  # before each round
        self.room = layout.most_examples(int(np.diff(bounds).max()), rules)

    def examples(self, number: int) -> Examples:
        """Those of round `number`, from 0."""
        rounds = len(self._bounds) - 1
        for at in range(min(number, len(self._places) - 1), number + 1):
            nth = at % rounds
            place, found = layout.lay_out(self._places[at], self._ids_N, self._bounds[nth + 1], self.room, self._rules)
            if nth + 1 == rounds:
                place = layout.end_epoch(place, self._rules)
            self._places[at + 1 :] = [place] if at + 1 == len(self._places) else self._places[at + 1 :]
        return found


def make_walk(config: Config, corpus: Corpus, bounds: np.ndarray) -> Walk:
    """The walk of a run, its settings complete."""
    return Walk(make_rules(config, corpus.vocabulary.count_V), corpus, bounds)


def default_tokens(config: Config) -> int:
    """Tokens of a segment where `train.segment_tokens` is null."""
    pairs = 1 if config.model.architecture == "cbow" else 2 * config.windows.window
    return max(EXAMPLES // pairs, 2**10)


def hours(config: Config, corpus: Corpus) -> float:
    """An estimate of the hours that training takes, whatever the machine: one core of that of docs/word2vec_c.md."""
    count_V, window = corpus.vocabulary.count_V, config.windows.window
    keep_V = keep_probabilities(count_V, config.subsample.threshold, config.subsample.formula)
    kept = float((count_V * keep_V.astype(np.float64)).sum()) * config.train.epochs
    contexts = window + 1 if config.windows.dynamic else 2 * window  # of a center, but at the ends of sentences
    is_tree, is_cbow = config.model.objective == "hierarchical_softmax", config.model.architecture == "cbow"
    rows = math.log2(len(count_V)) if is_tree else 1 + config.negatives.k
    examples, rows = (kept, rows + 2 * window) if is_cbow else (kept * contexts, rows + 1)
    return examples * (SECONDS_AN_EXAMPLE + SECONDS_A_NUMBER * rows * config.model.dim) / 3600


def refuse_long(configs: Sequence[Config], corpus: Corpus) -> None:
    """Before a run in the sequential order begins.

    Raises:
      InputError: it would take longer than `train.patience`, or it is one of a population.
    """
    config = configs[0]
    if config.train.order != "sequential" or config.baseline.method != "none":
        return
    if len(configs) > 1:
        raise InputError("train.order=sequential: runs are trained one by one; choose launcher=basic")
    if (found := hours(config, corpus)) > config.train.patience:
        raise InputError(
            f"train.order=sequential: training on {corpus.words * config.train.epochs:,} words would take about "
            f"{found:,.1f} hours, and train.patience={config.train.patience:g}; raise it, give a smaller text, or use "
            "train.order=step"
        )
