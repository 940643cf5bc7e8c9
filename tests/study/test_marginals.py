"""Marginal means of a group of runs, against loops over its results."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from jaxw2v.study import collection, marginals
from jaxw2v.study.collection import Run

ORIGIN = {"corpus.sha256": "one", "code.version": "1", "code.commit": None}
KEYS = ("scores.a", "scores.b")


@pytest.fixture
def results():
    rng = np.random.default_rng(0)
    grid = itertools.product((2, 5, 15), (2.0, 7.0), ("x", "y"), (1, 2, 3, 4))
    return [
        ORIGIN
        | {"k": k, "window": window, "kind": kind, "seed": seed, "scores.a": rng.random(), "scores.b": rng.random()}
        for k, window, kind, seed in grid
    ]


def grouped(results):
    runs = [Run(str(at), Path(), result) for at, result in enumerate(results)]
    (group,) = collection.group(runs, ("k", "window", "kind"), "refuse")
    return group


def by_hand(results, seeds, keys, **fixed):
    """The mean over all runs of each seed, by loops."""
    found = []
    for seed in seeds:
        values = []
        for result in results:
            if result["seed"] == seed and all(result[name] == value for name, value in fixed.items()):
                values.append(sum(result[key] for key in keys) / len(keys))
        found.append(sum(values) / len(values))
    return found


def agrees(found, values):
    reference = scipy.stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert found.n == len(values)
    assert found[:3] == pytest.approx((np.mean(values), *reference), abs=1e-12)


@pytest.mark.parametrize("keys", [KEYS[:1], KEYS])
def test_a_curve_is_the_mean_over_all_else_and_its_interval_over_seeds(results, keys):
    curve = marginals.curve(grouped(results[::-1]), "k", *keys)
    assert list(curve) == [2, 5, 15]
    for k, found in curve.items():
        agrees(found, by_hand(results, (1, 2, 3, 4), keys, k=k))


def test_a_curve_with_others_held_is_of_the_runs_that_have_them(results):
    curve = marginals.curve(grouped(results), "k", "scores.a", fixed={"window": 7, "kind": "y"})
    for k, found in curve.items():
        agrees(found, by_hand(results, (1, 2, 3, 4), KEYS[:1], k=k, window=7.0, kind="y"))


def test_a_difference_is_paired_by_seed(results):
    for result in results:
        result["scores.a"] += 100 * result["seed"]  # what a seed does to both alike
    group = grouped(results)
    found = marginals.difference(group, {"k": 2}, {"k": 15, "window": 2.0}, "scores.a")
    ours, theirs = (
        by_hand(results, (1, 2, 3, 4), KEYS[:1], k=2),
        by_hand(results, (1, 2, 3, 4), KEYS[:1], k=15, window=2),
    )
    agrees(found, np.subtract(ours, theirs))
    assert found.high - found.low < 4
    apart = marginals.mean(group, {"k": 2}, "scores.a")
    assert apart.high - apart.low > 100


def test_a_seed_counts_where_every_run_of_it_has_the_results(results):
    lacks = next(r for r in results if (r["k"], r["window"], r["kind"], r["seed"]) == (5, 7.0, "x", 3))
    lacks["scores.b"] = None
    group = grouped(results)
    assert list(marginals.by_seed(marginals.select(group, {"k": 5}), "scores.a")) == [1, 2, 3, 4]
    agrees(marginals.mean(group, {"k": 5}, *KEYS), by_hand(results, (1, 2, 4), KEYS, k=5))
    found = marginals.difference(group, {"k": 2}, {"k": 5}, *KEYS)
    pairs = zip(by_hand(results, (1, 2, 4), KEYS, k=2), by_hand(results, (1, 2, 4), KEYS, k=5))
    agrees(found, [one - other for one, other in pairs])


def test_nothing_selected_has_no_mean(results):
    assert marginals.mean(grouped(results), {"k": 3}, "scores.a") == (None, None, None, 0)
