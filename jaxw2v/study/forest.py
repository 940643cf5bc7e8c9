"""What each of many changes does to scores, against one configuration: the table and the forest plot of notebook 11."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from jaxw2v.study import marginals, statistics
from jaxw2v.study.collection import Group
from jaxw2v.study.figures import COLORS, FAINT, INK
from jaxw2v.study.statistics import Interval

LIMIT = 10_000  # seeds, the most that are asked for


class Study(NamedTuple):
    """Configurations of which each is compared with one.

    Attributes:
      group: of runs.
      name: a key of which each configuration has a value of its own, such as "preset".
      reference: the value of the one.
    """

    group: Group
    name: str
    reference: Any


class TestedChange(NamedTuple):
    """What a change does to a score, on the same seeds and the same questions, with the p of a test.

    Attributes:
      difference: from the reference, and its interval over seeds.
      spread: standard deviation of the differences over seeds.
      holm: p of a paired t-test, corrected by Holm's method for all changes that were asked for together; NaN: there is
        one seed only.
      needed: seeds with which such a test finds this difference four times in five, by the spread of all changes of the
        study together; None: more than `LIMIT`, or there is no difference.
    """

    difference: Interval
    spread: float
    holm: float
    needed: int | None


def effects(
    studies: Sequence[Study], scores: Mapping[str, str], power: float = 0.8, confidence: float = 0.95
) -> list[dict[str, dict[Any, TestedChange]]]:
    """For each study, what each change does, by title of the score and value, in the order of `marginals.curve`.

    Args:
      studies: each is of runs of its own; all comparisons of all scores are one family.
      scores: keys of results, by title.
      power, confidence: of the tests and intervals.
    """
    differences = [{title: _differences(study, key) for title, key in scores.items()} for study in studies]
    of_all = [values for by_title in differences for by_value in by_title.values() for values in by_value.values()]
    p_values = [statistics.compare(np.array(values), np.zeros(len(values))).p for values in of_all]
    corrected = iter(statistics.holm(p_values))
    found: list[dict[str, dict[Any, TestedChange]]] = []
    for by_title in differences:
        found.append({})
        for title, by_value in by_title.items():
            spread_of = {value: float(np.std(values, ddof=len(values) > 1)) for value, values in by_value.items()}
            pooled = float(np.sqrt(np.mean(np.square([spread for spread in spread_of.values() if spread] or [0.0]))))
            found[-1][title] = {}
            for value, values in by_value.items():
                mean = float(np.mean(values))
                needed = statistics.seeds_needed(mean, pooled, power=power, alpha=1 - confidence, limit=LIMIT)
                interval, p = statistics.interval(values, confidence), next(corrected)
                found[-1][title][value] = TestedChange(interval, spread_of[value], math.nan if p is None else p, needed)
    return found


def _differences(study: Study, key: str) -> dict[Any, list[float]]:
    """By value, the differences from the reference over the seeds that both have; of values that have such seeds."""
    group, name, reference = study
    of_value = {value: marginals.by_seed(marginals.select(group, {name: value}), key) for value in _values(group, name)}
    base = of_value.pop(reference)
    found = {value: [ours[seed] - base[seed] for seed in ours if seed in base] for value, ours in of_value.items()}
    return {value: differences for value, differences in found.items() if differences}


def _values(group: Group, name: str) -> list[Any]:
    return list(dict.fromkeys(configuration.runs[0].result.get(name) for configuration in group.configurations))


def draw(axes: Axes, found: Mapping[str, TestedChange], alpha: float = 0.05) -> None:
    """Draws a row for each change, the first on top: its mean and interval; colored where Holm's p is below `alpha`."""
    axes.axvline(0, color=FAINT, linewidth=1, zorder=0)
    for row, change in enumerate(found.values()):
        mean, low, high = np.array(change.difference[:3], np.float64)  # None becomes NaN, which is not drawn
        color = COLORS[1] if change.holm < alpha else INK
        axes.plot([low, high], [row, row], color=color, linewidth=1.4)
        axes.plot([mean], [row], "o", color=color, markersize=4)
    axes.set_yticks(range(len(found)), list(found))
    axes.set_ylim(len(found) - 0.5, -0.5)
