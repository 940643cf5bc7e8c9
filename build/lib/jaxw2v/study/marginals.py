"""Marginal means of a group of runs: over the configurations with some values fixed, and how two of them differ."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaxw2v.study.collection import Configuration, Group, Run, rank, shown
from jaxw2v.study.statistics import Interval, interval


def select(group: Group, fixed: Mapping[str, Any]) -> list[Configuration]:
    """The configurations whose results have the values of `fixed`; all where it is empty."""
    return [
        configuration
        for configuration in group.configurations
        if all(shown(configuration.runs[0].result.get(name)) == shown(value) for name, value in fixed.items())
    ]


def by_seed(configurations: Sequence[Configuration], *keys: str) -> dict[int, float]:
    """For each seed that all configurations have, the mean over them of the mean of the results named.

    Args:
      configurations: each counts once.
      keys: of a result, such as "scores.wordsim353.spearman"; a run that lacks one of them does not count.
    """
    every = [{run.result["seed"]: _mean(run, keys) for run in each.runs} for each in configurations]
    of_each = [{seed: value for seed, value in found.items() if value is not None} for found in every]
    seeds = set.intersection(*map(set, of_each)) if of_each else set()
    return {seed: float(np.mean([found[seed] for found in of_each])) for seed in sorted(seeds)}


def _mean(run: Run, keys: Sequence[str]) -> float | None:
    values = [run.result[key] for key in keys if run.result.get(key) is not None]
    return float(np.mean(values)) if len(values) == len(keys) else None


def mean(group: Group, fixed: Mapping[str, Any], *keys: str, confidence: float = 0.95) -> Interval:
    """The mean over all configurations with `fixed`, and its interval over seeds; see `by_seed`."""
    return interval(list(by_seed(select(group, fixed), *keys).values()), confidence)


def curve(
    group: Group, name: str, *keys: str, fixed: Mapping[str, Any] | None = None, confidence: float = 0.95
) -> dict[Any, Interval]:
    """For each value of the setting `name`, in order, the mean of the runs that have it and its interval over seeds.

    Args:
      group: all other settings are averaged over.
      name: of a setting that varies.
      fixed: settings held at one value instead of being averaged over.
      keys, confidence: as of `by_seed` and `statistics.interval`.
    """
    there = [configuration.runs[0].result.get(name) for configuration in select(group, fixed or {})]
    values = sorted({shown(value): value for value in there}.values(), key=rank)
    return {value: mean(group, {**(fixed or {}), name: value}, *keys, confidence=confidence) for value in values}


def difference(
    group: Group, one: Mapping[str, Any], other: Mapping[str, Any], *keys: str, confidence: float = 0.95
) -> Interval:
    """The mean of `one` minus that of `other`, and its interval over the seeds that both have.

    Paired by seed: each seed's difference is taken first, so that what a seed does to both cancels.
    """
    ours, theirs = by_seed(select(group, one), *keys), by_seed(select(group, other), *keys)
    return interval([ours[seed] - theirs[seed] for seed in ours if seed in theirs], confidence)
