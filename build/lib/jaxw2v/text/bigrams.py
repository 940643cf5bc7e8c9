"""Bigrams: neighboring words of a text of ids, connector words between them or not, and how often each pair occurs."""

from typing import NamedTuple

import numpy as np

PIECE = 4 * 2**20  # ids read at a time
_LARGEST = np.iinfo(np.int64).max


class Links(NamedTuple):
    """Where a phrase could be in a piece of a text: two words of one sentence with nothing but connectors between them.

    Attributes:
      first: [L] places of the left words.
      second: [L] places of the right words, ascending; a word that is right in one link is left in the next.
      gap: [L] int64, which connectors stand between them, as numbered by `Gaps`; 0 for none.
    """

    first: np.ndarray
    second: np.ndarray
    gap: np.ndarray


class Gaps:
    """Numbers for runs of connector words, in order of first appearance; the empty run is 0.

    Attributes:
      runs: the ids of each run.
      connector_V: [V + 1] bool, which words are connectors; the last entry, False, is that of the id -1.
    """

    def __init__(self, words: list[str], connectors: list[str]):
        chosen = set(connectors)
        self.connector_V = np.array([*(word in chosen for word in words), False])
        self.runs: list[tuple[int, ...]] = [()]
        self.number_of: dict[tuple[int, ...], int] = {(): 0}
        self._code_V = np.cumsum(self.connector_V) * self.connector_V  # 1, 2, ... for the connectors

    def number(self, ids_N: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """The number of the run between each `first` and `second`, int64."""
        number = np.zeros(len(first), np.int64)
        length = second - first - 1
        base = int(self._code_V.max()) + 1
        for n in np.unique(length[length > 0]).tolist():
            where = np.flatnonzero(length == n)
            run_LN = ids_N[first[where, None] + np.arange(1, n + 1)]
            if base**n < 2**62:  # one number for each different run
                code = self._code_V[run_LN] @ (base ** np.arange(n, dtype=np.int64))
                _, at, inverse = np.unique(code, return_index=True, return_inverse=True)
            else:
                _, at, inverse = np.unique(run_LN, axis=0, return_index=True, return_inverse=True)
            known = [self._intern(tuple(run)) for run in run_LN[at].tolist()]
            number[where] = np.array(known, np.int64)[inverse.reshape(-1)]
        return number

    def _intern(self, run: tuple[int, ...]) -> int:
        if run not in self.number_of:
            self.number_of[run] = len(self.runs)
            self.runs.append(run)
        return self.number_of[run]


class Bigrams(NamedTuple):
    """P different bigrams.

    Attributes:
      key_P: int64, ascending, from `Keys`.
      count_P: int64.
      seen: all occurrences, those of pruned bigrams too.
      pruned: bigrams with this count or less may be missing, and counts may be too low by up to it; 0: all are exact.
    """

    key_P: np.ndarray
    count_P: np.ndarray
    seen: int
    pruned: int


class Keys:
    """One number for a bigram of eligible words.

    Attributes:
      word_E: [E] ids of the eligible words.
      place_V: [V + 1] int64, where a word stands in `word_E`; -1 if it is not eligible.
    """

    def __init__(self, eligible_V: np.ndarray):
        self.word_E = np.flatnonzero(eligible_V)
        self.place_V = np.full(len(eligible_V) + 1, -1, np.int64)
        self.place_V[self.word_E] = np.arange(len(self.word_E))

    def of(self, left: np.ndarray, gap: np.ndarray, right: np.ndarray) -> np.ndarray:
        """The keys of bigrams; -1 where a word is not eligible."""
        left, right, e = self.place_V[left], self.place_V[right], max(len(self.word_E), 1)
        if gap.size and int(gap.max() + 1) * e * e > _LARGEST:
            raise OverflowError("more bigrams than 64 bits can number")
        return np.where((left >= 0) & (right >= 0), (gap * e + left) * e + right, -1)

    def parts(self, key_P: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The left words, gaps and right words of keys."""
        e = max(len(self.word_E), 1)
        return self.word_E[key_P // e % e], key_P // (e * e), self.word_E[key_P % e]


def links(ids_N: np.ndarray, gaps: Gaps) -> Links:
    """The links of a piece of a text, -1 at sentence ends."""
    chain = np.flatnonzero(~gaps.connector_V[ids_N])  # sentence ends are in it and break it
    first, second = chain[:-1], chain[1:]
    inside = (ids_N[first] >= 0) & (ids_N[second] >= 0)
    first, second = first[inside], second[inside]
    return Links(first, second, gaps.number(ids_N, first, second))


def count(ids_N: np.ndarray, keys: Keys, gaps: Gaps, across: bool, most: int, piece: int = PIECE) -> Bigrams:
    """How often each bigram of eligible words occurs.

    Args:
      ids_N: [N] int32, memory-mapped; -1 at sentence ends.
      keys, gaps: numbers of bigrams and of what stands inside them.
      across: also count the last word of a sentence with the first of the next, as word2phrase.c does.
      most: when there are more different bigrams, those with count 1 are dropped, the next time those up to 2, and so
        on, as word2phrase.c does with its whole vocabulary. Memory is about 40 bytes for each of `most` and of `piece`.
      piece: ids read at a time; without pruning nothing depends on it.
    """
    key_P, count_P = np.zeros(0, np.int64), np.zeros(0, np.int64)
    seen, pruned, rest = 0, 0, np.zeros(0, np.int32)
    for start in range(0, len(ids_N), piece):
        ids = np.asarray(ids_N[start : start + piece])
        ids = np.concatenate([rest, ids[ids >= 0] if across else ids])
        found = links(ids, gaps)
        chain = np.flatnonzero(~gaps.connector_V[ids])
        rest = ids[chain[-1] :] if len(chain) else ids[:0]  # connectors with nothing before them begin no phrase
        seen += len(found.first)
        key = keys.of(ids[found.first], found.gap, ids[found.second])
        new, n = np.unique(key[key >= 0], return_counts=True)
        place = np.searchsorted(key_P, new)
        known = place < len(key_P)
        known[known] = key_P[place[known]] == new[known]
        count_P[place[known]] += n[known]
        key_P = np.insert(key_P, place[~known], new[~known])
        count_P = np.insert(count_P, place[~known], n[~known])
        while len(key_P) > most:
            pruned += 1
            key_P, count_P = key_P[count_P > pruned], count_P[count_P > pruned]
    return Bigrams(key_P, count_P, seen, pruned)
