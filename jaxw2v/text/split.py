"""Held-out sentences: the part of a corpus that is not trained on."""

from collections.abc import Iterator
from typing import NamedTuple, cast

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.text.corpus import Corpus

PIECE = 4 * 2**20  # ids read at a time
GAMMA = np.uint64(0x9E3779B97F4A7C15)  # of SplitMix64


class Split(NamedTuple):
    """A corpus in two parts.

    Attributes:
      training: the corpus without the held-out sentences. Its vocabulary and counts are those of the whole.
      ids_N: [N] int32, the held-out sentences, in order, -1 after each.
    """

    training: Corpus
    ids_N: np.ndarray


class Without:
    """Ids of a corpus in which those of some sentences read as -1; slices are copies.

    Nothing else is copied: the ids may be a memory map larger than memory.

    Args:
      ids_N: [N] int32.
      first_S, end_S: [S] int64, increasing: where those sentences begin, and where they end, their -1 included.
    """

    def __init__(self, ids_N: np.ndarray, first_S: np.ndarray, end_S: np.ndarray):
        self._ids_N, self._first_S, self._end_S = ids_N, first_S, end_S

    def __len__(self) -> int:
        return len(self._ids_N)

    def __getitem__(self, at: slice) -> np.ndarray:
        start, stop, _ = at.indices(len(self))
        ids = np.array(self._ids_N[start:stop])
        low = np.searchsorted(self._end_S, start, "right")
        high = np.searchsorted(self._first_S, stop, "left")
        inside = np.zeros(len(ids) + 1, np.int8)  # +1 where a sentence begins, -1 where it has ended
        inside[np.maximum(self._first_S[low:high] - start, 0)] += 1
        inside[np.minimum(self._end_S[low:high] - start, len(ids))] -= 1
        ids[np.cumsum(inside[:-1], dtype=np.int8) > 0] = -1
        return ids


def chosen(first: int, count: int, fraction: float) -> np.ndarray:
    """[count] bool: whether the sentences with the numbers first, first + 1, .. are held out.

    A hash of a sentence's number (`uniforms`) is below `fraction`: there is no seed, and what a smaller fraction holds
    out a larger one holds out, too.
    """
    return uniforms(np.zeros(1, np.uint64), first, count) < fraction


def uniforms(start: np.ndarray, first: int, count: int) -> np.ndarray:
    """[count] float64 in [0, 1): the numbers first, first + 1, .. of the stream of SplitMix64 that begins at `start`.

    Args:
      start: [1] uint64.

    Steele, Lea and Flood 2014, Fast splittable pseudorandom number generators. The same on every machine.
    """
    step = np.arange(first, first + count, dtype=np.uint64) + np.uint64(1)
    return (mixed(start + step * GAMMA) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def mixed(x_S: np.ndarray) -> np.ndarray:
    """The finalizer of SplitMix64: a bijection of uint64."""
    x_S = (x_S ^ (x_S >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x_S = (x_S ^ (x_S >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x_S ^ (x_S >> np.uint64(31))


def sentences(ids_N: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """[S] where sentences begin and [S] where their -1 stands, int64, those of a piece of the ids at a time."""
    begin = 0
    for at in range(0, len(ids_N), PIECE):
        last_S = at + np.flatnonzero(np.asarray(ids_N[at : at + PIECE]) < 0)
        if len(last_S):
            yield np.append(begin, last_S[:-1] + 1), last_S
            begin = last_S[-1] + 1


def split(corpus: Corpus, fraction: float) -> Split:
    """The corpus in two parts, by whole sentences; of given pairs, by pairs.

    Which sentences are held out depends on the fraction and on their numbers in the corpus alone: not on a seed, nor on
    segments or replicas. Sentences are numbered as the corpus has them, so that another vocabulary (which may leave a
    sentence empty) or another `max_sentence` holds out other sentences.

    The vocabulary and its counts stay those of the whole text: losses of models can only be compared over the same
    words, the ids on the disk serve every fraction, and the noise distribution of the loss is that of the whole text. A
    word that only stands in held-out sentences therefore has rows that are not trained.

    Args:
      corpus: encoded.
      fraction: of the sentences, above 0 and below 1: the probability with which each is held out.

    Raises:
      InputError: no sentence is held out, or none is left to train on.
    """
    spans, number, held_out_words = [np.zeros((2, 0), np.int64)], 0, 0
    for first_S, last_S in sentences(corpus.ids_N):
        chosen_S = chosen(number, len(last_S), fraction)
        spans.append(np.stack([first_S, last_S + 1])[:, chosen_S])
        held_out_words += int((last_S - first_S)[chosen_S].sum())
        number += len(last_S)
    first_S, end_S = np.concatenate(spans, axis=1)
    of = f"train.heldout_fraction={fraction:g}: of {corpus.sentences:,} sentences none is"
    if not len(first_S):
        raise InputError(f"{of} held out; use a larger fraction, or 0")
    if held_out_words == corpus.words:
        raise InputError(f"{of} left to train on; use a smaller fraction")
    training = corpus._replace(
        entry=None,
        ids_N=cast(np.ndarray, Without(corpus.ids_N, first_S, end_S)),  # training only slices it
        words=corpus.words - held_out_words,
        # rare words are not in the ids: both parts are taken to have their share of them
        raw_words=round(corpus.raw_words * (1 - held_out_words / corpus.words)),
        sentences=corpus.sentences - len(first_S),
    )
    return Split(training, np.concatenate([corpus.ids_N[a:b] for a, b in zip(first_S, end_S)]))
