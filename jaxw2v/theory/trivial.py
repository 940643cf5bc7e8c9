"""For notebook 2: the trivial solution of an objective without negative samples (Goldberg and Levy 2014, section 2)."""

import math

import numpy as np

from jaxw2v.theory import fit


def certain_from(kind: str) -> float:
    """The least product, to 0.01, whose sigmoid is rounded to 1.

    Args:
      kind: of the numbers, "float32" or "float64".
    """
    x = np.arange(0, 50, 0.01)
    return float(x[np.argmax(_sigmoid(x.astype(kind)) == 1)])


def loss(product: float, k: float, words: int = 50) -> float:
    """Nats per positive pair where all vectors are equal and each pair of words occurs once.

    Args:
      product: of each two vectors, above 0.
      k: negative pairs for each positive pair; the noise is uniform.
      words: of the text.
    """
    alike = np.full((words, 1), math.sqrt(product))
    once = np.ones((words, words))
    return fit.value_and_gradients(alike, alike, once, k * once)[0]


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))
