"""Text to numbers: blocks of text become ids of their words.

Blocks are split and dictionary-encoded in native code on several threads and merged in the order of the text, so
nothing depends on the threads.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, NamedTuple

import numpy as np
import pyarrow as pa

from jaxw2v.text import sources
from jaxw2v.text.vocabulary import SENTENCE_END

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
    words: list[bytes]
    counts: np.ndarray


def tokenize(block: bytes) -> Tokens:
    """Splits a block of whole words. `</s>` is still a word here; a run of blank lines is one -1."""
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
    words_before = words_before[np.diff(words_before, prepend=-1) > 0]
    return Tokens(
        ids_N=np.insert(ids, words_before, np.int32(-1)),
        words=encoded.dictionary.to_pylist(),
        counts=np.bincount(ids, minlength=len(encoded.dictionary)),
    )


def tokenized(texts: Iterable[Iterator[bytes]], threads: int | None = None) -> Iterator[Tokens]:
    """The blocks of all files in order, a file's last one followed by a sentence end; a few are in memory at a time.

    Args:
      texts: for each file its blocks, from `sources.read_text`.
      threads: that split text; None: one a core, at most 4. The result does not depend on it.
    """
    threads = threads or min(4, os.cpu_count() or 1)
    file_end = Tokens(np.full(1, -1, np.int32), [], np.zeros(0, np.int64))
    pending: deque[Future[Tokens]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for text in texts:
            for block in text:
                pending.append(pool.submit(tokenize, block))
                if len(pending) > threads + 1:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
            yield file_end


def write_ids(
    blocks: Iterable[Tokens], file: IO[bytes], progress: Callable[[int], None] | None = None
) -> tuple[list[str], np.ndarray]:
    """Writes the ids of all blocks, int32 by first appearance, -1 for a line's end and for `</s>`.

    Returns:
      The words that the ids stand for and how often each occurs, int64.
    """
    known = {SENTENCE_END.encode(): -1}
    counts = np.zeros(0, np.int64)
    for tokens in blocks:
        new = [word for word in tokens.words if word not in known]
        known.update(zip(new, range(len(known) - 1, len(known) - 1 + len(new))))
        ids = np.fromiter(map(known.__getitem__, tokens.words), np.int32, len(tokens.words))
        counts = np.append(counts, np.zeros(len(new), np.int64))
        counts[ids[ids >= 0]] += tokens.counts[ids >= 0]
        np.append(ids, np.int32(-1))[tokens.ids_N].tofile(file)  # -1 takes the last
        if progress is not None:
            progress(int(counts.sum()))
    del known[SENTENCE_END.encode()]
    return [word.decode() for word in known], counts
