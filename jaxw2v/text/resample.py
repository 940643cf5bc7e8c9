"""A bootstrapped text: sentences drawn with replacement, as many as there are."""

from typing import cast

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.settings.corpus import ResampleSettings
from jaxw2v.text.corpus import Corpus
from jaxw2v.text.split import GAMMA, mixed, sentences, uniforms


class Drawn:
    """Ids of a corpus in which blocks of sentences stand as they were drawn; slices are copies.

    Nothing else is copied: the ids may be a memory map larger than memory.

    Args:
      ids_N: int32; only sliced.
      first_B, end_B: [B] int64, where the block begins that was drawn b-th, and where it ends, its last -1 included.
    """

    def __init__(self, ids_N: np.ndarray, first_B: np.ndarray, end_B: np.ndarray):
        self._ids_N = np.asarray(ids_N) if isinstance(ids_N, np.ndarray) else ids_N  # slices of a memmap are slow
        self._first_B, self._end_B = first_B, end_B
        self._stop_B = np.cumsum(end_B - first_B)

    def __len__(self) -> int:
        return int(self._stop_B[-1])

    def __getitem__(self, at: slice) -> np.ndarray:
        start, stop, _ = at.indices(len(self))
        if stop <= start:
            return np.empty(0, np.int32)
        low, high = np.searchsorted(self._stop_B, start, "right"), np.searchsorted(self._stop_B, stop, "left") + 1
        first_B, end_B = self._first_B[low:high], self._end_B[low:high]
        before = int(self._stop_B[low] - (end_B[0] - first_B[0]))  # ids before the first of these blocks
        pieces = [self._ids_N[a:b] for a, b in zip(first_B.tolist(), end_B.tolist())]
        return np.concatenate(pieces)[start - before : stop - before]


def resample(corpus: Corpus, settings: ResampleSettings) -> Corpus:
    """The corpus of sentences drawn with replacement; the same where `settings.seed` is None.

    Blocks of `settings.sentences` neighboring sentences, the last of them perhaps shorter, are drawn with equal
    probabilities until there are as many as the text has, and stand in the order in which they were drawn. The draws
    depend on the seed and on the number of blocks alone. Of given pairs, a sentence is a pair.

    The vocabulary and its counts stay those of the whole text, so that runs compare word by word; noise and subsampling
    are made from these. A word that was not drawn has an input row that is not trained. Antoniak and Mimno 2018 count
    each sample anew.

    Args:
      corpus: encoded; of `split.split`, its held-out sentences are not drawn.
      settings: seed and sentences.

    Raises:
      InputError: the text has one block only.
    """
    if settings.seed is None:
        return corpus
    bounds = list(sentences(corpus.ids_N))
    first_S, last_S = (np.concatenate([each[side] for each in bounds]) for side in (0, 1))
    if not isinstance(corpus.ids_N, np.ndarray):  # what is held out reads as empty sentences
        first_S, last_S = first_S[first_S < last_S], last_S[first_S < last_S]
    blocks = -(-len(first_S) // settings.sentences)
    if blocks < 2:
        raise InputError(
            f"corpus.resample.sentences={settings.sentences}: the text has {len(first_S):,} sentences, one block; use "
            "fewer, so that there are several to draw from"
        )
    drawn_B = draws(settings.seed, blocks)
    first, end = settings.sentences * drawn_B, np.minimum(settings.sentences * (drawn_B + 1), len(first_S))
    words_S = np.append(0, np.cumsum(last_S - first_S))
    words, lines = int((words_S[end] - words_S[first]).sum()), int((end - first).sum())
    return corpus._replace(
        entry=None,
        ids_N=cast(np.ndarray, Drawn(corpus.ids_N, first_S[first], last_S[end - 1] + 1)),  # training only slices it
        words=words,
        raw_words=round(corpus.raw_words * words / corpus.words),  # rare words are not in the ids
        sentences=lines,
        ids_sha256=None,
    )


def draws(seed: int, count: int) -> np.ndarray:
    """[count] int64 in [0, count), uniform and independent: which blocks a bootstrap of this seed has."""
    start = mixed(np.array([seed + 1], np.uint64) * GAMMA)  # 0 is the stream of `split.chosen`
    return (uniforms(start, 0, count) * count).astype(np.int64)
