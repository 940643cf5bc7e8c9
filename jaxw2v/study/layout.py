"""Points in a plane that stand for vectors: t-SNE, or their two principal components."""

import numpy as np
import threadpoolctl

from jaxw2v.files import blas

KINDS = ("tsne", "pca")
PERPLEXITY = 12  # neighbors of a point, about
MOST_EXACT = 800  # points; of more, the exact sums take longer than the approximate ones
_WIDE = 30  # neighbors of a point, about, of so many
_EXAGGERATED, _STEPS = 250, 750  # steps, the first of which pull neighbors together (van der Maaten 2008, section 3.4)


@blas.one_thread
def plane(unit_ND: np.ndarray, kind: str) -> np.ndarray:
    """[N, 2] float64: near one another where the vectors are; the same vectors give the same points.

    Args:
      unit_ND: [N, D] float64 of length 1, five or more.
      kind: "tsne" or "pca".
    """
    start_N2 = _components(unit_ND)
    if kind == "pca":
        return start_N2
    return tsne(unit_ND, start_N2) if len(unit_ND) <= MOST_EXACT else approximate_tsne(unit_ND, start_N2)


def tsne(unit_ND: np.ndarray, start_N2: np.ndarray) -> np.ndarray:
    """[N, 2] float64, by t-SNE (van der Maaten and Hinton 2008) of cosine distances.

    The exact sums, with the gains and momentum of the paper's code: for some hundred points a tenth of the time that
    scikit-learn takes to start and do the same.

    Args:
      unit_ND: [N, D] float64 of length 1.
      start_N2: [N, 2] float64, not all alike.
    """
    p_NN = neighbor_probabilities(unit_ND, min(PERPLEXITY, (len(unit_ND) - 1) / 3))
    place = start_N2 / start_N2[:, 0].std() * 1e-4
    rate = max(len(unit_ND) / 48, 50.0)  # N over four times the exaggeration (Belkina et al. 2019)
    velocity, gain = np.zeros_like(place), np.ones_like(place)
    for step in range(_STEPS):
        early = step < _EXAGGERATED
        gradient = _gradient(p_NN * (12 if early else 1), place)
        gain = np.where(velocity * gradient < 0, gain + 0.2, gain * 0.8).clip(0.01)
        velocity = (0.5 if early else 0.8) * velocity - rate * gain * gradient
        place = place + velocity
    return place


def approximate_tsne(unit_ND: np.ndarray, start_N2: np.ndarray) -> np.ndarray:
    """[N, 2] float64, by t-SNE of cosine distances with the sums of Barnes and Hut (van der Maaten 2014), of
    scikit-learn, for thousands of points.

    Args:
      unit_ND: [N, D] float64 of length 1, more than 90.
      start_N2: [N, 2] float64, not all alike.
    """
    from sklearn.manifold import TSNE  # here: it takes a second

    start_N2 = (start_N2 / start_N2[:, 0].std() * 1e-4).astype(np.float32)
    with threadpoolctl.threadpool_limits(limits=1):  # how threads share a sum changes its last bits, and so the map
        made = TSNE(perplexity=_WIDE, metric="cosine", init=start_N2, random_state=0)
        return made.fit_transform(unit_ND.astype(np.float32)).astype(np.float64)


def neighbor_probabilities(unit_ND: np.ndarray, perplexity: float) -> np.ndarray:
    """[N, N] float64, symmetric, sum 1: how probably two points are neighbors, where each has so many, about."""
    distance_NN = np.square(np.maximum(1 - unit_ND @ unit_ND.T, 0))
    np.fill_diagonal(distance_NN, np.inf)
    finite_NN = np.where(np.isinf(distance_NN), 0, distance_NN - distance_NN.min(1, keepdims=True))
    low_N, high_N, precision_N = (np.full(len(unit_ND), value) for value in (0.0, np.inf, 1.0))
    for _ in range(64):  # bisection, doubling until there is an upper bound
        weight_NN = np.exp(-finite_NN * precision_N[:, None])
        np.fill_diagonal(weight_NN, 0)
        total_N = weight_NN.sum(1)
        entropy_N = np.log(total_N) + precision_N * (finite_NN * weight_NN).sum(1) / total_N
        wide = entropy_N > np.log(perplexity)
        low_N, high_N = np.where(wide, precision_N, low_N), np.where(wide, high_N, precision_N)
        middle_N = (low_N + np.where(np.isinf(high_N), 0, high_N)) / 2
        precision_N = np.where(np.isinf(high_N), np.minimum(2 * precision_N, 1e12), middle_N)
    one_sided_NN = weight_NN / total_N[:, None]
    return (one_sided_NN + one_sided_NN.T) / (2 * len(unit_ND))


def divergence(p_NN: np.ndarray, place_N2: np.ndarray) -> float:
    """Kullback-Leibler, in nats, from the points' probabilities to p: what t-SNE makes small."""
    q_NN = _nearness(place_N2)
    q_NN /= q_NN.sum()
    return float((p_NN * np.log(np.maximum(p_NN, 1e-12) / np.maximum(q_NN, 1e-12))).sum())


def _gradient(p_NN: np.ndarray, place_N2: np.ndarray) -> np.ndarray:
    near_NN = _nearness(place_N2)
    pull_NN = (p_NN - near_NN / near_NN.sum()) * near_NN
    return 4 * (pull_NN.sum(1)[:, None] * place_N2 - pull_NN @ place_N2)


def _nearness(place_N2: np.ndarray) -> np.ndarray:
    square_N = np.square(place_N2).sum(1)
    near_NN = 1 / (1 + np.maximum(square_N[:, None] + square_N - 2 * place_N2 @ place_N2.T, 0))
    np.fill_diagonal(near_NN, 0)
    return near_NN


def _components(unit_ND: np.ndarray) -> np.ndarray:
    """[N, 2] float64, the two principal components; what has no two is spread on a circle."""
    count, width = unit_ND.shape
    if width < 2 or np.ptp(unit_ND, axis=0).max() < 1e-6:
        turn_N = 2 * np.pi * np.arange(count) / count
        return np.stack([np.cos(turn_N), np.sin(turn_N)], axis=1)
    left_NK, size_K, axes_KD = np.linalg.svd(unit_ND - unit_ND.mean(0), full_matrices=False)
    sign_K = np.sign(axes_KD[np.arange(2), np.abs(axes_KD[:2]).argmax(1)])  # an axis has two; its largest is positive
    return left_NK[:, :2] * size_K[:2] * sign_K
