"""Segments: the pieces of a corpus that training takes at a time."""

from typing import NamedTuple

import numpy as np


class Segments(NamedTuple):
    """Where S segments begin and end. Neither array depends on anything but the ids and the capacity.

    Attributes:
      bounds: [S + 1] int64; segment s is ids_N[bounds[s] : bounds[s + 1]].
      words: [S + 1] int64, tokens before each bound, sentence ends not counted: the clock of training.
    """

    bounds: np.ndarray
    words: np.ndarray


def cut_segments(ids_N: np.ndarray, capacity: int) -> Segments:
    """Segments of at most `capacity` ids, cut at sentence ends.

    A sentence longer than the capacity is cut where the capacity ends; nothing is dropped.

    Args:
      ids_N: [N] int32, -1 at sentence ends; a memory map is read once, a segment at a time.
      capacity: ids, at least 1.
    """
    bounds, words = [0], [0]
    while bounds[-1] < len(ids_N):
        piece = np.asarray(ids_N[bounds[-1] : bounds[-1] + capacity])
        if bounds[-1] + len(piece) < len(ids_N):
            ends = np.flatnonzero(piece < 0)
            piece = piece[: ends[-1] + 1] if len(ends) else piece
        bounds.append(bounds[-1] + len(piece))
        words.append(words[-1] + int((piece >= 0).sum()))
    return Segments(np.array(bounds, np.int64), np.array(words, np.int64))


def padded(ids_N: np.ndarray, segments: Segments, at: int, capacity: int) -> np.ndarray:
    """[capacity] int32: segment `at`, filled up with -1."""
    piece = np.asarray(ids_N[segments.bounds[at] : segments.bounds[at + 1]])
    return np.pad(piece, (0, capacity - len(piece)), constant_values=-1)
