"""Points in a plane: the formulas of t-SNE, and what is near."""

import numpy as np
import pytest

from jaxw2v.study import layout

N, D = 40, 7


@pytest.fixture
def unit_ND():
    """Five bundles of vectors of length 1."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(5, D))[np.arange(N) % 5] + 0.2 * rng.normal(size=(N, D))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("perplexity", [3, 9.5])
def test_every_point_has_so_many_neighbors(unit_ND, perplexity):
    p_NN = layout.neighbor_probabilities(unit_ND, perplexity)
    assert p_NN.sum() == pytest.approx(1)
    np.testing.assert_allclose(p_NN, p_NN.T)
    assert not np.diag(p_NN).any()
    # the slow way: for each point the precision at which the entropy is the logarithm of the perplexity
    one_sided = np.zeros((N, N))
    for i in range(N):
        others = np.array([j for j in range(N) if j != i])
        square = np.array([(1 - unit_ND[i] @ unit_ND[j]) ** 2 for j in others])
        low, high = 0.0, 1e6
        for _ in range(200):
            middle = (low + high) / 2
            weight = np.exp(-middle * (square - square.min()))
            weight /= weight.sum()
            entropy = -(weight * np.log(np.maximum(weight, 1e-300))).sum()
            low, high = (middle, high) if entropy > np.log(perplexity) else (low, middle)
        one_sided[i, others] = weight
    np.testing.assert_allclose(p_NN, (one_sided + one_sided.T) / (2 * N), rtol=1e-6, atol=1e-12)


def test_the_gradient_is_that_of_the_divergence(unit_ND):
    p_NN = layout.neighbor_probabilities(unit_ND, 9)
    place = np.random.default_rng(1).normal(size=(N, 2))
    gradient = layout._gradient(p_NN, place)
    for point, axis in ((0, 0), (7, 1), (N - 1, 0)):
        moved = np.zeros_like(place)
        moved[point, axis] = 1e-5
        slope = (layout.divergence(p_NN, place + moved) - layout.divergence(p_NN, place - moved)) / 2e-5
        assert gradient[point, axis] == pytest.approx(slope, rel=1e-5, abs=1e-9)


def test_both_keep_bundles_together_and_repeat(unit_ND):
    for kind in layout.KINDS:
        place = layout.plane(unit_ND, kind)
        assert place.tobytes() == layout.plane(unit_ND, kind).tobytes()
    apart = np.linalg.norm(layout.plane(unit_ND, "tsne")[:, None] - layout.plane(unit_ND, "tsne"), axis=-1)
    np.fill_diagonal(apart, np.inf)
    assert (apart.argmin(axis=1) % 5 == np.arange(N) % 5).all()


def test_tsne_is_better_than_where_it_begins(unit_ND):
    p_NN = layout.neighbor_probabilities(unit_ND, layout.PERPLEXITY)
    start = layout.plane(unit_ND, "pca")
    best = min(layout.divergence(p_NN, scale * start) for scale in (1, 3, 10, 30))
    assert layout.divergence(p_NN, layout.plane(unit_ND, "tsne")) < 0.7 * best


def test_components_are_those_of_the_covariance(unit_ND):
    place = layout.plane(unit_ND, "pca")
    values, axes = np.linalg.eigh(np.cov(unit_ND.T))
    for k in range(2):
        expected = (unit_ND - unit_ND.mean(0)) @ axes[:, -1 - k]
        assert abs(np.corrcoef(place[:, k], expected)[0, 1]) == pytest.approx(1)
        assert place[:, k].var(ddof=1) == pytest.approx(values[-1 - k])


@pytest.mark.parametrize("unit", [np.ones((6, 1)), np.eye(1, 4).repeat(6, 0)])
def test_vectors_that_are_all_alike_have_places(unit):
    for kind in layout.KINDS:
        assert np.isfinite(layout.plane(unit, kind)).all()


def test_of_many_points_the_sums_are_approximate(monkeypatch):
    monkeypatch.setattr(layout, "MOST_EXACT", 100)
    rng = np.random.default_rng(0)
    bundles = rng.normal(size=(3, D))[np.arange(120) % 3] + 0.2 * rng.normal(size=(120, D))
    unit_ND = bundles / np.linalg.norm(bundles, axis=1, keepdims=True)
    place = layout.plane(unit_ND, "tsne")
    assert place.tobytes() == layout.plane(unit_ND, "tsne").tobytes()
    apart = np.linalg.norm(place[:, None] - place, axis=-1)
    np.fill_diagonal(apart, np.inf)
    assert (apart.argmin(axis=1) % 3 == np.arange(120) % 3).all()
    p_NN = layout.neighbor_probabilities(unit_ND, layout._WIDE)
    start = layout.plane(unit_ND, "pca")
    best = min(layout.divergence(p_NN, scale * start) for scale in (1, 3, 10, 30))
    assert layout.divergence(p_NN, place) < 0.8 * best
