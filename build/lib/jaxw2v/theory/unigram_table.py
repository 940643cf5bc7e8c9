"""For notebook 5: the table that word2vec.c draws negative samples from (McCormick 2017)."""

import numpy as np

C_SIZE = 100_000_000  # slots, word2vec.c's table_size
SLOT_BYTES = 4  # word2vec.c: int


def slots(probability_V: np.ndarray, size: int = C_SIZE) -> np.ndarray:
    """[V] int64: how many slots of the table hold each word, as `InitUnigramTable` fills it; their sum is `size`.

    A word's slots go on to the first beyond its share of the distribution: each word has at least one while there are
    slots, and the last word has the rest.

    Args:
      probability_V: [V] the noise distribution.
      size: slots of the table.
    """
    v, reach_V = len(probability_V), np.cumsum(probability_V, dtype=np.float64)
    wanted_V = np.floor(reach_V * size).astype(np.int64) + 2 - np.arange(v)
    end_V = np.minimum(np.maximum.accumulate(wanted_V) + np.arange(v), size)  # a word has one slot at least
    end_V[-1] = size
    return np.diff(end_V, prepend=0)


def draw(rng: np.random.Generator, slots_V: np.ndarray, draws: int) -> np.ndarray:
    """[draws] int64 words: each is that of a slot drawn uniformly."""
    end_V = np.cumsum(slots_V)
    return np.searchsorted(end_V, rng.integers(0, end_V[-1], draws), side="right")
