"""Slices: what a score does along one setting, from the report.csv of a sweep."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from jaxw2v.errors import InputError


def read(path: Path) -> list[dict[str, str]]:
    """The runs of a report.csv, by the names of its columns."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def along(
    runs: Sequence[Mapping[str, str]], name: str, centre: Mapping[str, float], score: str
) -> dict[float, np.ndarray]:
    """For each value of the setting `name`, ascending, [G] scores over seeds, the same seeds in the same order.

    Args:
      runs: from `read`.
      name: the setting; a number.
      centre: values of this and other settings; the runs are those that have them in all but `name`.
      score: the column, such as "scores.wordsim353.spearman".

    Raises:
      InputError: there is no such run, or values have different seeds.
    """
    found: dict[float, dict[int, float]] = {}
    for run in runs:
        if all(float(run[other]) == value for other, value in centre.items() if other != name):
            found.setdefault(float(run[name]), {})[int(run["seed"])] = float(run[score])
    if len({tuple(sorted(by_seed)) for by_seed in found.values()}) != 1:
        raise InputError(f"{name}: its values have not the same seeds, or there are no runs; run the sweep to its end")
    return {value: np.array([by_seed[seed] for seed in sorted(by_seed)]) for value, by_seed in sorted(found.items())}
