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
