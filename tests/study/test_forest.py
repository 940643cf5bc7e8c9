"""Effects of changes against one configuration: differences, Holm's correction over several studies, seeds needed."""

import itertools

import numpy as np
import pytest
import scipy.stats

from jaxw2v.launch.kinds import setting_names
from jaxw2v.study import collection, forest, statistics, style

SCORES = {"pairs": "scores.pairs.spearman", "questions": "scores.questions.3cosadd"}


@pytest.fixture
def studies(plant_run, tmp_path):
    """k = 5 against 2 and 15, and window 5 against 3: of two texts."""
    for (at, k), seed in itertools.product(enumerate((5, 2, 15)), (1, 2, 3)):
        plant_run(tmp_path / f"one/{at}-{seed}", seed, negatives__k=k)
    for window, seed in itertools.product((5, 3), (2, 3, 4)):
        plant_run(tmp_path / f"two/{window}-{seed}", seed, windows__window=window, corpus__sha256="2" * 64)
    groups = [
        collection.group(collection.read_runs([tmp_path / name]), setting_names(), "refuse")[0]
        for name in ("one", "two")
    ]
    return [forest.Study(groups[0], "negatives.k", 5), forest.Study(groups[1], "windows.window", 5)]


def test_effects_are_paired_differences_and_all_are_one_family(studies):
    found = forest.effects(studies, SCORES)
    p_values, corrected = [], []
    for study, by_title in zip(studies, found):
        values = {each.runs[0].result[study.name]: each for each in study.group.configurations}
        assert by_title.keys() == SCORES.keys()
        for title, by_value in by_title.items():
            ours = {value: [run.result[SCORES[title]] for run in each.runs] for value, each in values.items()}
            assert by_value.keys() == values.keys() - {study.reference}
            for value, effect in by_value.items():
                test = scipy.stats.ttest_rel(ours[value], ours[study.reference])
                low, high = test.confidence_interval()
                assert effect.difference[:3] == pytest.approx((np.mean(ours[value]) - np.mean(ours[5]), low, high))
                p_values.append(test.pvalue)
                corrected.append(effect.holm)
    assert len(p_values) == 6
    assert corrected == pytest.approx(statistics.holm(p_values))


def test_seeds_needed_are_of_the_spread_of_all_changes(studies):
    by_value = forest.effects(studies, SCORES)[0]["pairs"]
    pooled = np.sqrt(np.mean([effect.spread**2 for effect in by_value.values()]))
    for effect in by_value.values():
        mean, low, high, n = effect.difference
        spread = (high - low) / 2 / scipy.stats.t.ppf(0.975, n - 1) * np.sqrt(n)
        assert effect.spread == pytest.approx(spread)
        assert effect.needed == statistics.seeds_needed(mean, pooled, power=0.8, alpha=0.05, limit=forest.LIMIT)


def test_what_changes_nothing_needs_no_seeds(plant_run, tmp_path):
    for order, seed in itertools.product(("step", "sequential"), (1, 2)):  # which what is planted does not read
        plant_run(tmp_path / f"{order}-{seed}", seed, train__order=order)
    (group,) = collection.group(collection.read_runs([tmp_path]), setting_names(), "refuse")
    effect = forest.effects([forest.Study(group, "train.order", "step")], SCORES)[0]["pairs"]["sequential"]
    assert effect == forest.TestedChange(statistics.Interval(0, 0, 0, 2), 0, 1, None)


def test_the_plot_has_a_row_for_each_and_colors_what_is_seen():
    seen = forest.TestedChange(statistics.Interval(0.2, 0.1, 0.3, 3), 0.05, 0.01, 3)
    (axes,) = style.panels("pairs")
    forest.draw(axes, {"a": seen, "b": seen._replace(holm=0.2)})
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    bars = [line for line in axes.lines if len(line.get_xdata()) == 2 and line.get_xdata()[0] != line.get_xdata()[1]]
    assert [list(line.get_xdata()) for line in bars] == [[0.1, 0.3]] * 2
    assert bars[0].get_color() != bars[1].get_color()
    assert axes.yaxis_inverted()
