"""How far any products v_w . v_c are from the optimum of SGNS: the exact objective over a whole vocabulary, by rows."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.sparse
import scipy.special

ROWS = 256  # of the vocabulary, looked at together


class Deviation(NamedTuple):
    """The expected loss of some products beside the least there is, nats per positive pair with its negative pairs.

    Attributes:
      loss: of the products, `objective.expected_loss`.
      least: at PMI - log k, `objective.least_loss`. No products of vectors reach it: pairs that never co-occur cost
        nothing there, at minus infinity.
      unseen: the part of `loss` that is of pairs that never co-occur.
    """

    loss: float
    least: float
    unseen: float

    @property
    def relative(self) -> float:
        """(loss - least) / least, "percentage of deviation" of Levy and Goldberg 2014, section 5.1, as a fraction."""
        return (self.loss - self.least) / self.least

    @property
    def observed(self) -> float:
        """The same of the pairs that co-occur alone."""
        return (self.loss - self.unseen - self.least) / self.least


def deviation(
    products: Callable[[slice], np.ndarray], count_VV: scipy.sparse.csr_array, noise_V: np.ndarray, k: float
) -> Deviation:
    """The deviation of products. It takes V^2 logarithms, and memory for `ROWS` rows of the vocabulary.

    Args:
      products: from a slice of words to [words, V] v_w . v_c.
      count_VV: #(w, c), expected counts of `counts.count`, not all 0.
      noise_V: the noise distribution.
      k: negative pairs for a positive pair.

    Differs from Levy and Goldberg 2014, which took a sample of 10 million pairs.
    """
    pairs, loss, least, unseen = float(count_VV.sum()), 0.0, 0.0, 0.0
    for start in range(0, count_VV.shape[0], ROWS):
        here = slice(start, start + ROWS)
        positive = count_VV[here].tocoo()
        x_WV = np.asarray(products(here), np.float64)
        expected_W = k * np.asarray(count_VV[here].sum(axis=1)).reshape(-1)
        noise = float((expected_W[:, None] * noise_V * np.logaddexp(0, x_WV)).sum())  # of all pairs, seen or not
        seen, x = positive.data, x_WV[positive.row, positive.col]
        negative = expected_W[positive.row] * noise_V[positive.col]
        loss += noise + float((seen * np.logaddexp(0, -x)).sum())
        unseen += noise - float((negative * np.logaddexp(0, x)).sum())
        both = seen + negative
        entropy = scipy.special.entr(seen / both) + scipy.special.entr(negative / both)
        least += float((both * entropy).sum())
    return Deviation(loss / pairs, least / pairs, unseen / pairs)
