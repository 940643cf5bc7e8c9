import numpy as np
import pytest

from jaxw2v.study import stability


def unit(rng, shape):
    rows = rng.normal(size=shape).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_a_rotation_changes_nothing():
    rng = np.random.default_rng(0)
    table = unit(rng, (200, 11))
    turned = table @ np.linalg.qr(rng.normal(size=(11, 11)))[0].astype(np.float32)
    assert stability.procrustes_distance(table, turned) < 1e-3
    near = [stability.neighbor_rows(each, 50, 7) for each in (table, turned)]
    assert stability.overlap(*near) == 1
    other = unit(rng, (200, 11))
    assert 0.7 < stability.procrustes_distance(table, other) < 1
    assert stability.overlap(near[0], stability.neighbor_rows(other, 50, 7)) < 0.2


def test_chance_is_what_unrelated_tables_have():
    """Of Gaussian tables, whose distance is known for many words (the singular values of a random matrix)."""
    rng, k = np.random.default_rng(4), 7
    for v, d in ((1000, 100), (2000, 10)):
        one, other = unit(rng, (v, d)), unit(rng, (v, d))
        found, wanted = stability.by_chance(one, 200, k), np.sqrt(1 - 8 * np.sqrt(d / v) / (3 * np.pi))
        assert found[1] == pytest.approx(stability.procrustes_distance(one, other), abs=0.01)
        assert found[1] == pytest.approx(wanted, abs=0.01)
        assert found[0] == pytest.approx(k / (v - 1), abs=4 * np.sqrt(k / v / (200 * k)))
    skewed = unit(rng, (500, 9)) + 2 * np.eye(9, dtype=np.float32)[0]
    skewed /= np.linalg.norm(skewed, axis=1, keepdims=True)
    assert stability.by_chance(skewed, 50, k)[1] < 0.7  # all vectors in one direction: unrelated ones are near, too


def test_the_distance_is_the_least_over_rotations():
    rng = np.random.default_rng(1)
    one, other = unit(rng, (40, 2)), unit(rng, (40, 2))
    turns = np.linspace(0, 2 * np.pi, 20_001)
    best = -1.0
    for mirror in (1, -1):
        x, y = one[:, 0], mirror * one[:, 1]
        a, b = (x * other[:, 0] + y * other[:, 1]).mean(), (x * other[:, 1] - y * other[:, 0]).mean()
        best = max(best, (a * np.cos(turns) + b * np.sin(turns)).max())
    assert stability.procrustes_distance(one, other) == pytest.approx(np.sqrt(1 - best), abs=1e-6)


def test_overlap_by_counting():
    table, other = unit(np.random.default_rng(2), (30, 5)), unit(np.random.default_rng(3), (30, 5))
    expected = []
    for word in range(12):
        sets = []
        for vectors in (table, other):
            order = sorted((w for w in range(30) if w != word), key=lambda w: -float(vectors[w] @ vectors[word]))
            sets.append(set(order[:4]))
        expected.append(len(sets[0] & sets[1]) / 4)
    found = stability.overlap(stability.neighbor_rows(table, 12, 4), stability.neighbor_rows(other, 12, 4))
    assert found == pytest.approx(np.mean(expected))
