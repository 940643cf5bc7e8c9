import numpy as np
import pytest

from jaxw2v.study import stability
from jaxw2v.study.statistics import interval


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


def test_bands_of_counts_have_words_of_these_counts_evenly():
    count_V = np.array([900, 5, 7, 9, 9, 9, 6, 30, 3, 10])
    found = stability.bands(count_V, 3)
    assert {band: sorted(count_V[rows]) for band, rows in found.items()} == {
        (5, 10): [5, 6, 9],
        (10, 20): [10],
        (20, 50): [30],
        (500, 1000): [900],
    }
    assert found[5, 10].tolist() == [1, 3, 6]  # the first, the middle and the last of six; none of count 3


def test_agreement_by_counting():
    """The oracle: sets and loops over words and pairs of runs."""
    k, count_V = 4, np.array([40, 30, 8, 25, 7, 6, 9, 45] * 5)
    units = {seed: unit(np.random.default_rng(seed), (40, 6)) for seed in (1, 2, 5)}
    found = stability.agreements(units, count_V, k, 3, 1000, "some")
    assert [(each.one, each.other, each.low) for each in found] == [
        (one, other, low) for one, other in ((1, 2), (1, 5), (2, 5)) for low in (5, 20)
    ]
    near = {
        seed: [
            set(sorted((w for w in range(40) if w != row), key=lambda w: -table[row] @ table[w])[:k])
            for row in range(40)
        ]
        for seed, table in units.items()
    }
    for each in found:
        rows = stability.bands(count_V, 3)[each.low, each.high]
        pairs = [(near[each.one][row], near[each.other][row]) for row in rows]
        assert each.words == len(rows)
        assert each.shared == pytest.approx(np.mean([len(a & b) / k for a, b in pairs]))
        assert each.jaccard == pytest.approx(np.mean([len(a & b) / len(a | b) for a, b in pairs]))
        one, other = units[each.one], units[each.other]
        squares = [
            (one[row] @ one[w] - other[row] @ other[w]) ** 2 for row, sets in zip(rows, pairs) for s in sets for w in s
        ]
        assert each.spread == pytest.approx(np.sqrt(np.mean(squares) / 2), rel=1e-5)
        assert 0 <= each.chance < 0.4


def test_the_same_vectors_agree_wholly_and_unrelated_ones_by_chance():
    table = unit(np.random.default_rng(0), (300, 8))
    count_V = np.full(300, 7)
    for each in stability.agreements({1: table, 2: table}, count_V, 5, 200, 0, ""):
        assert (each.shared, each.jaccard, each.spread) == (1, 1, 0)
        assert each.chance == pytest.approx(5 / 299, abs=4 * np.sqrt(5 / 300 / 1000))


def test_the_spread_is_that_of_cosines():
    """Vectors with noise of a known size: the cosine of two of them varies by as much."""
    rng = np.random.default_rng(3)
    base, units = unit(rng, (200, 50)), {}
    for seed in (1, 2, 3):
        noisy = base + 0.02 * rng.normal(size=base.shape).astype(np.float32)
        units[seed] = noisy / np.linalg.norm(noisy, axis=1, keepdims=True)
    cosines = np.stack([table @ table.T for table in units.values()])
    wanted = np.sqrt(cosines.var(axis=0, ddof=1)[~np.eye(200, dtype=bool)].mean())
    found = [each.spread for each in stability.agreements(units, np.full(200, 9), 100, 200, 0, "")]
    assert np.sqrt(np.mean(np.square(found))) == pytest.approx(wanted, rel=0.05)


def test_a_table_is_read_as_it_was_written():
    units = {seed: unit(np.random.default_rng(seed), (30, 5)) for seed in (1, 2)}
    found = stability.agreements(units, np.full(30, 6000), 3, 10, 99, "a, b")
    again = stability.from_csv(stability.to_csv(found))
    assert [each[:7] for each in again] == [each[:7] for each in found]
    assert again[0].high == np.inf
    np.testing.assert_allclose([each[7:] for each in again], [each[7:] for each in found], rtol=1e-4)


def coverage(runs, own, trials=2000):
    """How often the interval of the mean over pairs has the truth in it; a pair's value is its runs' and its own."""
    rng, inside = np.random.default_rng(runs), 0
    for _ in range(trials):
        of_run, noise = rng.normal(size=runs), own * rng.normal(size=(runs, runs))
        values = {(i, j): 0.5 + of_run[i] + of_run[j] + noise[i, j] for i in range(runs) for j in range(i + 1, runs)}
        found = stability.mean_of_pairs(values)
        inside += found.low <= 0.5 <= found.high
    return inside / trials


@pytest.mark.parametrize(("runs", "own"), [(4, 0.0), (4, 1.0), (5, 0.5), (8, 1.0)])
def test_intervals_over_pairs_of_runs_cover_the_truth(runs, own):
    """95 % intervals: 92 to 98 %, where a standard error is half a percent."""
    assert 0.92 <= coverage(runs, own) <= 0.98


def test_pairs_of_runs_taken_for_independent_would_not_cover_it():
    rng, inside = np.random.default_rng(1), 0
    for _ in range(500):
        of_run = rng.normal(size=5)
        values = [of_run[i] + of_run[j] for i in range(5) for j in range(i + 1, 5)]
        found = interval(values)
        inside += found.low <= 0 <= found.high
    assert inside / 500 < 0.85


def test_two_runs_have_no_interval():
    assert stability.mean_of_pairs({(1, 2): 0.25}) == (0.25, None, None, 2)
