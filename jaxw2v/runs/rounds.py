"""The rounds of a run: on which segments of the text each is trained, and how much of all words it has seen before."""

from typing import Any

import jax
import numpy as np

from jaxw2v.runs import walk
from jaxw2v.settings.config import Config
from jaxw2v.text import segments
from jaxw2v.text.corpus import Corpus


class Rounds:
    """Rounds of segments in the order of training, one for each replica in a round; `len`: in all epochs.

    Rounds and epochs are counted from 0. Round i of an epoch has segments `replicas` * i and those after it.

    Attributes:
      replicas: how many train at a time.
      capacity: tokens of a segment, at most.
      room: tokens that take as much memory as a segment on its way to a device, about.
    """

    def __init__(self, config: Config, corpus: Corpus, replicas: int):
        """The text is cut, or what was cut before is read.

        Args:
          config: complete.
          corpus: encoded.
        """
        self.replicas, self._ids_N, self._epochs = replicas, corpus.ids_N, config.train.epochs
        tokens = _segment_tokens(config, corpus)
        self._cut = segments.kept_segments(corpus.ids_N, tokens, replicas, corpus.entry)
        self.capacity = int(np.diff(self._cut.bounds).max())
        self._firsts = range(0, len(self._cut.bounds) - 1, replicas)
        sequential = config.train.order == "sequential"
        self._walk = walk.make_walk(config, corpus, self._cut.bounds) if sequential else None
        self.room = min(tokens, len(corpus.ids_N)) if self._walk is None else 2 * self._walk.room

    def __len__(self) -> int:
        return len(self._firsts) * self._epochs

    def segments(self, number: int) -> range:
        """The numbers of the segments of a round, one for each replica."""
        first = self._firsts[number % len(self._firsts)]
        return range(first, first + self.replicas)

    def pieces(self, number: int, of: slice = slice(None)) -> Any:
        """[R, capacity] int32 ids of a round, a segment for each of these replicas, filled up with -1.

        In the sequential order `layout.Examples` instead, with R = 1 in front of each array.
        """
        if self._walk is not None:
            return jax.tree.map(lambda array: array[None], self._walk.examples(number))
        return np.stack([segments.padded(self._ids_N, self._cut, s, self.capacity) for s in self.segments(number)[of]])

    def epoch(self, number: int) -> int:
        """The epoch of a round."""
        return number // len(self._firsts)

    def begins_epoch(self, number: int) -> bool:
        """Whether a round is the first of its epoch."""
        return number % len(self._firsts) == 0

    def words_before(self, number: int) -> int:
        """How many words of the vocabulary are trained on before a round."""
        epoch, nth = divmod(number, len(self._firsts))
        return epoch * int(self._cut.words[-1]) + int(self._cut.words[nth * self.replicas])

    def seen_before(self, number: int) -> float:
        """The fraction of all words seen before a round: the clock of the learning rate."""
        return self.words_before(number) / (int(self._cut.words[-1]) * self._epochs)


def _segment_tokens(config: Config, corpus: Corpus) -> int:
    if config.train.order == "sequential" and config.train.segment_tokens is None:
        return walk.default_tokens(config)
    words, trained = len(corpus.vocabulary.words), corpus.words * config.train.epochs
    return segments.segment_tokens(config.train.segment_tokens, words, trained)
