"""The Pareto front against a loop over all pairs, and tradeoffs against a default with planted differences."""

from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from jaxw2v.study import collection, pareto, statistics
from jaxw2v.study.collection import Run
from jaxw2v.study.statistics import Interval

ORIGIN = {"corpus.sha256": "one", "code.version": "1", "code.commit": None}


def test_the_front_is_what_no_other_beats():
    rng = np.random.default_rng(0)
    speed, quality = rng.integers(0, 12, 60), rng.integers(0, 12, 60)  # ties in one and in both
    expected = []
    for one in range(60):
        beaten = False
        for other in range(60):
            as_good = speed[other] >= speed[one] and quality[other] >= quality[one]
            beaten |= as_good and (speed[other] > speed[one] or quality[other] > quality[one])
        expected.append(not beaten)
    assert 1 < sum(expected) < 20
    assert pareto.on_front(speed, quality).tolist() == expected


def test_equals_are_on_the_front_together():
    assert pareto.on_front([1.0, 1.0, 0.5], [2.0, 2.0, 2.0]).tolist() == [True, True, False]


# name: how much faster, how much better, how far seeds differ in it
PLANTED = {
    "default": (1.0, 0.0, 0.0),
    "beats it": (1.5, 0.05, 0.001),
    "is beaten": (0.5, -0.05, 0.001),
    "trades": (2.0, -0.05, 0.001),
    "better by chance": (1.5, 0.02, 0.05),
    "as it is": (1.0, 0.0, 0.0),
}


@pytest.fixture
def group():
    rng, runs = np.random.default_rng(1), []
    for seed, drift in zip((1, 2, 3), (1.0, 0.4, 2.0)):
        for name, (faster, better, spread) in PLANTED.items():
            speed, off = drift * faster * 1e6 * (1 + spread * rng.random()), spread * (seed - 2)
            scores = {"scores.a": 0.3 + better + off + seed / 10, "scores.b": 0.5 + better + off - seed / 20}
            result = ORIGIN | {"preset": name, "seed": seed, "words_per_second": speed} | scores
            runs.append(Run(f"{name} {seed}", Path(), result))
    return collection.group(runs, ("preset",), "refuse")[0]


def test_tradeoffs_are_paired_by_seed_fastest_first(group):
    found = pareto.tradeoffs(group, "preset", "default", "words_per_second", ("scores.a", "scores.b"))
    assert next(iter(found)) == "trades"
    assert set(found) == set(PLANTED)
    ratios = [tradeoff.ratio.mean for tradeoff in found.values()]
    assert ratios == sorted(ratios, reverse=True)
    by_name = {(run.result["preset"], run.result["seed"]): run.result for run in group.runs}
    for name, tradeoff in found.items():
        ours, theirs = ([by_name[one, seed] for seed in (1, 2, 3)] for one in (name, "default"))
        logs = [np.log(one["words_per_second"] / other["words_per_second"]) for one, other in zip(ours, theirs)]
        if np.ptp(logs):
            low, high = scipy.stats.ttest_1samp(logs, 0).confidence_interval(0.95)
            assert tradeoff.ratio[:3] == pytest.approx(tuple(np.exp([np.mean(logs), low, high])))
        assert tradeoff.difference.mean == pytest.approx(PLANTED[name][1], abs=1e-12)
        assert tradeoff.ratio.n == tradeoff.difference.n == 3
    assert found["default"] == ((1, 1, 1, 3), (0, 0, 0, 3))


def test_only_what_lies_beyond_both_intervals_beats(group):
    found = pareto.tradeoffs(group, "preset", "default", "words_per_second", ("scores.a", "scores.b"))
    assert [name for name, tradeoff in found.items() if pareto.beats(tradeoff)] == ["beats it"]
    assert [name for name, tradeoff in found.items() if pareto.is_beaten(tradeoff)] == ["is beaten"]


def test_one_seed_beats_nothing(group):
    runs = [run for run in group.runs if run.result["seed"] == 1]
    (alone,) = collection.group(runs, ("preset",), "refuse")
    found = pareto.tradeoffs(alone, "preset", "default", "words_per_second", ("scores.a",))
    assert found["trades"].ratio[0] == pytest.approx(2, rel=0.01)
    assert not any(pareto.beats(tradeoff) or pareto.is_beaten(tradeoff) for tradeoff in found.values())


def test_lines_hold_what_differs_in_one_setting_by_its_value():
    presets = {
        "base": (5, 64, "sgd"),
        "b": (20, 64, "sgd"),
        "a": (10, 64, "sgd"),
        "c": (5, 64, "adam"),
        "d": (5, 9, "x"),
    }
    runs = [
        Run(name, Path(), ORIGIN | {"preset": name, "seed": 1} | dict(zip(("k", "span", "optimizer"), values)))
        for name, values in presets.items()
    ]
    (group,) = collection.group(runs, ("k", "span", "optimizer"), "refuse")
    found = pareto.lines(group, "preset", "base")
    assert found == {"k": ["base", "a", "b"], "optimizer": ["c", "base"]}


def test_what_a_study_finds_is_the_median_over_all_but_the_default(group):
    found = pareto.tradeoffs(group, "preset", "default", "words_per_second", ("scores.a", "scores.b"))
    noisy = {name: found[name] for name in ("default", "beats it", "is beaten", "better by chance")}
    ratio, difference = pareto.detectable(noisy)
    each = [statistics.detectable(noisy[name].difference) for name in list(noisy)[1:]]
    assert difference == sorted(each)[1]
    logs = [Interval(*np.log(noisy[name].ratio[:3]), 3) for name in list(noisy)[1:]]
    assert ratio == pytest.approx(np.exp(sorted(statistics.detectable(one) for one in logs)[1]))
    assert ratio > 1
