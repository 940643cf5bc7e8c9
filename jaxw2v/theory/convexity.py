"""For notebook 9: where the exact objective is convex (Goldberg and Levy 2014, section 2.1)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxw2v.theory import counts, fit, objective
from jaxw2v.theory.fit import Fit
from jaxw2v.training.negatives import noise_probabilities

Tables = tuple[np.ndarray, np.ndarray]  # v_w and v_c, [V, D] each


class PairCounts(NamedTuple):
    """What the exact objective needs of a text.

    Attributes:
      positive_VV, negative_VV: as of `objective.expected_loss`.
    """

    positive_VV: np.ndarray
    negative_VV: np.ndarray


def count_pairs(ids_N: np.ndarray, count_V: np.ndarray, window: int, k: float, exponent: float) -> PairCounts:
    """Expected counts in a text that is not subsampled, with windows of random reach.

    Args:
      ids_N: [N] int32 ids, -1 at sentence ends.
      count_V: [V] tokens of each word.
      window, k, exponent: as of training.
    """
    positive_VV = counts.count(ids_N, np.ones(len(count_V)), window, dynamic=True).count_VV.toarray()
    noise_V = noise_probabilities(count_V, exponent)
    return PairCounts(positive_VV, objective.negative_counts(positive_VV, noise_V, k))


def ends(starts: Sequence[Tables], pairs: PairCounts, fixed: str = "none", steps: int = 5000) -> list[Fit]:
    """The minimum reached from each start; `fixed` and `steps` as of `fit.fit`."""
    return [fit.fit(*start, *pairs, fixed=fixed, steps=steps) for start in starts]


def apart(found: Sequence[Fit]) -> float:
    """The largest difference between a number of a word's vector at the first minimum and at another one."""
    return max(float(np.abs(end.input_VD - found[0].input_VD).max()) for end in found)


def between(one: Tables, other: Tables, pairs: PairCounts, points: int = 41) -> np.ndarray:
    """[points] the loss on the straight line from one pair of tables to another, ends too; nats a positive pair."""
    (input_VD, output_VD), (to_input_VD, to_output_VD) = one, other

    def loss(t: float) -> float:
        middle = input_VD + t * (to_input_VD - input_VD), output_VD + t * (to_output_VD - output_VD)
        return fit.value_and_gradients(*middle, *pairs)[0]

    return np.array([loss(t) for t in np.linspace(0, 1, points)])


def above_chord(loss_P: np.ndarray) -> float:
    """How far `between` rises above the straight line of its ends, nats; 0 of a convex function."""
    return float((loss_P - np.linspace(loss_P[0], loss_P[-1], len(loss_P))).max())
