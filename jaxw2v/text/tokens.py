"""Text to numbers: blocks of text become ids of their words.

Blocks are split and dictionary-encoded in native code on several threads and merged in the order of the text, so
nothing depends on the threads.
"""

import itertools
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, NamedTuple

import numpy as np
import pyarrow as pa

from jaxw2v.files import memory
from jaxw2v.text import sources
from jaxw2v.text.vocabulary import SENTENCE_END

_ROOM = 1 << 16  # words for which there is room at first
_SURE = 1 << 20  # different words of which it is not asked whether there is memory for them
_AFTER = 60  # bytes a different word that are taken at once when the counting ends, or when the index grows

_SPACE = np.zeros(256, dtype=bool)
_SPACE[list(sources.WHITE_SPACE)] = True


class Tokens(NamedTuple):
    """A block of text as ids of its own words, which are numbered by first appearance; -1 where a line ends.

    Attributes:
      ids_N: [N] int32.
      words: the different words of the block.
      counts: int64, how often each occurs.
    """

    ids_N: np.ndarray
    words: list[str]
    counts: np.ndarray


def tokenize(block: bytes, empty_lines: bool = False) -> Tokens:
    """Splits a block of whole words. `</s>` is still a word here.

    Args:
      block: of text.
      empty_lines: each line's end is a -1; else a run of blank lines is one.
    """
    if block[-1] not in sources.WHITE_SPACE:
        block += b" "
    byte = np.frombuffer(block, np.uint8)
    separator = np.flatnonzero(_SPACE[byte]).astype(np.int32)
    end = separator - np.arange(separator.size, dtype=np.int32)  # of the word before it, in text without separators
    is_word = np.diff(end, prepend=np.int32(0)) > 0
    offsets = np.concatenate([np.zeros(1, np.int32), end[is_word]])
    joined = block.translate(None, sources.WHITE_SPACE)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(joined)]
    encoded = pa.BinaryArray.from_buffers(pa.binary(), offsets.size - 1, buffers).dictionary_encode()
    ids = encoded.indices.to_numpy()
    words_before = np.cumsum(is_word, dtype=np.int32)[byte[separator] == ord("\n")]
    if not empty_lines:
        words_before = words_before[np.diff(words_before, prepend=-1) > 0]
    return Tokens(
        ids_N=np.insert(ids, words_before, np.int32(-1)),
        words=encoded.dictionary.cast(pa.string()).to_numpy(zero_copy_only=False).tolist(),
        counts=np.bincount(ids, minlength=len(encoded.dictionary)),
    )


def tokenized(
    texts: Iterable[Iterator[bytes]], threads: int | None = None, empty_lines: bool = False
) -> Iterator[Tokens]:
    """The blocks of all files in order, a file's last one followed by a sentence end; a few are in memory at a time.

    Args:
      texts: for each file its blocks, from `sources.read_text`.
      threads: that split text; None: one a core, at most 4. The result does not depend on it.
      empty_lines: of `tokenize`; a file that ends with a line's end is then followed by nothing.
    """
    threads = threads or min(4, os.cpu_count() or 1)
    file_end = Tokens(np.full(1, -1, np.int32), [], np.zeros(0, np.int64))
    pending: deque[Future[Tokens]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for text in texts:
            is_ended = False
            for block in text:
                is_ended = empty_lines and block.endswith(b"\n")
                pending.append(pool.submit(tokenize, block, empty_lines))
                if len(pending) > threads + 1:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
            if not is_ended:
                yield file_end


class Counted(NamedTuple):
    """The words of a text of ids.

    Attributes:
      words: W different ones, in order of first appearance.
      count_W: int64, how often each occurs.
      id_W: int32, ascending, the id that stands for it; without pruning 0, 1, 2, ...
      ids: how many ids there are, those of dropped words too.
      seen: all words of the text, int.
      pruned: the highest count of a word that was dropped on the way; 0: none was.
      missing: counts are lower bounds, too low by at most so many; 0: they are exact.
      ends: how often a line ended, or `</s>` stood in it.
    """

    words: list[str]
    count_W: np.ndarray
    id_W: np.ndarray
    ids: int
    seen: int
    pruned: int
    missing: int = 0
    ends: int = 0


class _Counter:
    """Words, each in a slot by first appearance, with their ids and counts; rare ones dropped where there are many."""

    def __init__(self, most: int | None):
        self._most, self._pruned, self._missing, self._seen, self._ids, self._ends = most, 0, 0, 0, 0, 0
        self._slot = {SENTENCE_END: -1}
        self._count_S, self._id_S = np.zeros(_ROOM, np.int64), np.zeros(_ROOM, np.int32)  # with room at the end

    def ids(self, tokens: Tokens) -> np.ndarray:
        """The ids of a block, [N] int32, new ones for new words, -1 for a line's end and for `</s>`."""
        new, first = list(itertools.filterfalse(self._slot.__contains__, tokens.words)), self._words
        self._slot.update(zip(new, range(first, first + len(new))))
        self._make_room()
        self._id_S[first : self._words] = np.arange(self._ids, self._ids + len(new))
        self._ids += len(new)
        slots = np.fromiter(map(self._slot.__getitem__, tokens.words), np.int32, len(tokens.words))
        is_word = slots >= 0
        self._count_S[slots[is_word]] += tokens.counts[is_word]
        self._seen += int(tokens.counts[is_word].sum())
        ids = np.append(np.where(is_word, self._id_S[slots], np.int32(-1)), np.int32(-1))
        ids_N = ids[tokens.ids_N]  # -1 takes the last
        self._ends += int(np.count_nonzero(ids_N < 0))
        if self._most is not None and self._words > self._most:
            self._keep(self._most // 2)
        return ids_N

    @property
    def _words(self) -> int:
        return len(self._slot) - 1

    def _make_room(self) -> None:
        """Arrays that are too short become twice as long, or as long as they must be.

        Raises:
          MemoryError: too little is left to go on with so many words. The system would end the process.
        """
        if max(self._words, 1) > len(self._id_S):  # one, for what has no slot
            more = max(self._words, 2 * len(self._id_S), 1) - len(self._id_S)
            self._count_S = np.concatenate([self._count_S, np.zeros(more, np.int64)])
            self._id_S = np.concatenate([self._id_S, np.zeros(more, np.int32)])
        if self._words > _SURE and (free := memory.available()) is not None and free < _AFTER * self._words:
            raise MemoryError(f"{self._words:,} so far")

    def _keep(self, most: int) -> None:
        """Drops the rarest words, so that at most so many are left; of words with one count all or none."""
        count_S, id_S = self._count_S[: self._words], self._id_S[: self._words]
        highest = int(np.partition(count_S, -most - 1)[-most - 1])  # of those that are dropped
        self._pruned = max(self._pruned, highest)
        self._missing += highest  # of a word that is dropped each time
        kept_S = count_S > highest
        words = list(self._slot)
        self._slot = {words[0]: -1}
        self._slot.update(zip(itertools.compress(itertools.islice(words, 1, None), kept_S), itertools.count()))
        self._count_S, self._id_S = count_S[kept_S], id_S[kept_S]
        self._make_room()

    @property
    def seen(self) -> int:
        """The words so far."""
        return self._seen

    def counted(self) -> Counted:
        """All of them. It ends the counting."""
        del self._slot[SENTENCE_END]
        words, count_W, id_W = list(self._slot), self._count_S[: len(self._slot)], self._id_S[: len(self._slot)]
        self._slot.clear()
        return Counted(words, count_W, id_W, self._ids, self._seen, self._pruned, self._missing, self._ends)


def write_ids(
    blocks: Iterable[Tokens],
    file: IO[bytes],
    progress: Callable[[int], None] | None = None,
    most: int | None = None,
) -> Counted:
    """Writes the ids of all blocks, int32 by first appearance, -1 for a line's end and for `</s>`.

    Args:
      blocks: of the text.
      file: open for writing.
      progress: called with the words so far after each block.
      most: when after a block there are more different words, the rarest are dropped, so that half as many are left. A
        dropped word that occurs again begins anew, with another id. Memory is about 200 bytes for each of `most` and of
        the different words of a block, and 4 for each id. None: all are kept, counts are exact.

    Differs from word2vec.c, which drops words when its hash table of 30 million slots is 70 % full: those with count 1,
    the next time those up to 2, and so on, however many are left. There all occurrences of a word that comes back are
    trained on, here those that were counted.
    """
    counter = _Counter(most)
    for tokens in blocks:
        counter.ids(tokens).tofile(file)
        if progress is not None:
            progress(counter.seen)
    return counter.counted()
