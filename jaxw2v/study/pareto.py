"""The Pareto front of speed and quality, and each configuration against a default: what notebook 10 plots."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from jaxw2v.study import marginals, statistics
from jaxw2v.study.collection import Group, rank, shown
from jaxw2v.study.statistics import Interval


class Tradeoff(NamedTuple):
    """One configuration against another.

    Attributes:
      ratio: its speed over the other one's, paired by seed; the mean and interval are of the logarithms.
      difference: its mean score minus the other one's, paired by seed.
    """

    ratio: Interval
    difference: Interval


def on_front(speed_S: Sequence[float], quality_S: Sequence[float]) -> np.ndarray:
    """[S] bool, the Pareto front: no other one is at least as good in both and better in one. Equals are all on it."""
    faster_SS = np.array(np.greater.outer(speed_S, speed_S))
    better_SS = np.array(np.greater.outer(quality_S, quality_S))
    beaten_SS = (faster_SS & ~better_SS.T) | (better_SS & ~faster_SS.T)  # [one, other]: one beats other
    return ~beaten_SS.any(axis=0)


def tradeoffs(
    group: Group, name: str, default: Any, speed: str, keys: Sequence[str], confidence: float = 0.95
) -> dict[Any, Tradeoff]:
    """Every value of the setting `name` against `default`, fastest first; the default itself is 1 times as fast.

    Args:
      speed: key of a result, above 0.
      keys: of results whose mean is the score.
    """
    base = {name: default}
    found = {}
    for value in marginals.curve(group, name, speed):
        faster = ratio(group, {name: value}, base, speed, confidence)
        found[value] = Tradeoff(faster, marginals.difference(group, {name: value}, base, *keys, confidence=confidence))
    return dict(sorted(found.items(), key=lambda item: -(item[1].ratio.mean or 0)))


def lines(group: Group, name: str, default: Any) -> dict[str, list[Any]]:
    """For each setting, the values of `name` that differ from `default` in it alone, in its order, with `default`.

    Args:
      name: a key of which each configuration has a value of its own, such as "preset".
    """
    of_each = {each.runs[0].result[name]: each.values for each in group.configurations}
    found: dict[str, list[Any]] = {}
    for value, values in of_each.items():
        apart = [at for at, (one, other) in enumerate(zip(values, of_each[default])) if shown(one) != shown(other)]
        if len(apart) == 1:
            found.setdefault(group.varied[apart[0]], [default]).append(value)
    places = {setting: group.varied.index(setting) for setting in found}
    return {
        setting: sorted(found[setting], key=lambda value: rank(of_each[value][at])) for setting, at in places.items()
    }


def ratio(
    group: Group, one: Mapping[str, Any], other: Mapping[str, Any], key: str, confidence: float = 0.95
) -> Interval:
    """The geometric mean over seeds of the ratio of `one` to `other`, and its interval."""
    ours, theirs = (marginals.by_seed(marginals.select(group, fixed), key) for fixed in (one, other))
    found = statistics.interval([math.log(ours[seed] / theirs[seed]) for seed in ours if seed in theirs], confidence)
    mean, low, high = (None if end is None else math.exp(end) for end in (found.mean, found.low, found.high))
    return Interval(mean, low, high, found.n)


def detectable(found: Mapping[Any, Tradeoff]) -> tuple[float, float]:
    """The ratio of speeds and the difference of scores that this study finds four times in five.

    The median over all of `found` but the default, whose own are exact; see `statistics.detectable`. It takes two seeds
    or more.
    """
    of_speed = [statistics.detectable(_logarithm(each.ratio)) or 0.0 for each in found.values()]
    of_score = [statistics.detectable(each.difference) or 0.0 for each in found.values()]
    ratio, difference = (float(np.median([each for each in all_of if each > 0])) for all_of in (of_speed, of_score))
    return math.exp(ratio), difference


def _logarithm(found: Interval) -> Interval:
    mean, low, high = (None if end is None else math.log(end) for end in (found.mean, found.low, found.high))
    return Interval(mean, low, high, found.n)


def beats(tradeoff: Tradeoff) -> bool:
    """Whether it is faster and better beyond both intervals; never with one seed, which has none."""
    ratio, difference = tradeoff.ratio.low, tradeoff.difference.low
    return ratio is not None and difference is not None and ratio > 1 and difference > 0


def is_beaten(tradeoff: Tradeoff) -> bool:
    """Whether it is slower and worse beyond both intervals."""
    ratio, difference = tradeoff.ratio.high, tradeoff.difference.high
    return ratio is not None and difference is not None and ratio < 1 and difference < 0
