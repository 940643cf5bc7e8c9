"""Segments: the pieces of a corpus that training takes at a time."""

import contextlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxw2v.files import writing
from jaxw2v.text import note

MOST = 10_000  # bounds that are kept in a file; more are cut as soon as they are read


class Segments(NamedTuple):
    """Where S segments begin and end. Neither array depends on anything but the ids and the capacity.

    Attributes:
      bounds: [S + 1] int64; segment s is ids_N[bounds[s] : bounds[s + 1]].
      words: [S + 1] int64, tokens before each bound, sentence ends not counted: the progress of training.
    """

    bounds: np.ndarray
    words: np.ndarray


def segment_tokens(setting: int | None, vocabulary: int, words: int) -> int:
    """Raw tokens of a segment: by default in proportion to the tables, which replicas merge at its end.

    16 tokens a row of a table, and up to 32 where a text has 40 such segments: longer segments spare merges, fewer
    merges cost quality.

    Args:
      setting: `train.segment_tokens`.
      vocabulary: V.
      words: of the vocabulary, in all epochs.
    """
    return setting or min(max(16 * vocabulary, min(32 * vocabulary, words // 40), 2**16), 2**23)


def cut_segments(ids_N: np.ndarray, capacity: int, multiple: int = 1) -> Segments:
    """Segments of about the same length, cut at sentence ends, as many as a capacity asks for.

    The cut falls on the last sentence end before an even division, or on the division where a sentence spans a whole
    segment; nothing is dropped. A segment has at most ceil(N / S) ids and those of one sentence.

    Args:
      ids_N: [N] int32, -1 at sentence ends; a memory map is read once, a segment at a time.
      capacity: ids of a segment, at least 1.
      multiple: S is a multiple of it.
    """
    n = len(ids_N)
    count = multiple * max(1, -(-n // (capacity * multiple)))
    bounds, words = [0], [0]
    for target in (n * s // count for s in range(1, count + 1)):
        piece = np.asarray(ids_N[bounds[-1] : target])
        if target < n:
            ends = np.flatnonzero(piece < 0)
            piece = piece[: ends[-1] + 1] if len(ends) else piece
        bounds.append(bounds[-1] + len(piece))
        words.append(words[-1] + int((piece >= 0).sum()))
    return Segments(np.array(bounds, np.int64), np.array(words, np.int64))


def kept_segments(ids_N: np.ndarray, capacity: int, multiple: int = 1, entry: Path | None = None) -> Segments:
    """The same as `cut_segments`, which reads all ids; kept in a file beside them.

    Args:
      ids_N, capacity, multiple: of `cut_segments`.
      entry: folder in the cache of all of these ids; None: they are cut each time.
    """
    if entry is None:
        return cut_segments(ids_N, capacity, multiple)
    path = entry / f"segments-{capacity}-{multiple}.json"
    if (known := note.read_note(path)) is not None and known["bounds"][-1] == len(ids_N):
        return Segments(np.array(known["bounds"], np.int64), np.array(known["words"], np.int64))
    made = cut_segments(ids_N, capacity, multiple)
    if len(made.bounds) <= MOST:
        with contextlib.suppress(OSError), writing.whole(path) as file:  # another run may do without
            file.write(note.encoded({"bounds": made.bounds.tolist(), "words": made.words.tolist()}))
    return made


def padded(ids_N: np.ndarray, segments: Segments, at: int, capacity: int) -> np.ndarray:
    """[capacity] int32: segment `at`, filled up with -1."""
    piece = np.asarray(ids_N[segments.bounds[at] : segments.bounds[at + 1]])
    return np.pad(piece, (0, capacity - len(piece)), constant_values=-1)
