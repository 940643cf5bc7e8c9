"""Sheets: the parts of a report as texts, which its Markdown file and its page show alike."""

from collections.abc import Mapping
from typing import NamedTuple

from jaxw2v.study.collection import Configuration, Group, score_of, shortened, shown
from jaxw2v.study.statistics import Interval


class Choices(NamedTuple):
    """What a user may choose.

    Attributes:
      confidence: of all intervals.
      power: of a test with the number of seeds that is called needed.
      resamples: of the bootstrap.
      seed: of the bootstrap.
      neighbors: how many, of the stability.
      reference: values by name of the setting that all others are compared with; empty: see `comparisons`.
    """

    confidence: float
    power: float
    resamples: int
    seed: int
    neighbors: int
    reference: Mapping[str, str]


class ReportTable(NamedTuple):
    """A table to be read.

    Attributes:
      title, remark: a sentence or two about it.
      columns: names.
      rows: of texts.
    """

    title: str
    remark: str
    columns: list[str]
    rows: list[list[str]]


def name_of(group: Group, setting: Configuration) -> str:
    """A setting in words: the varied names, shortened, and values; where there is a center, what differs from it."""
    short = shortened(group.varied)
    if group.center is not None:
        center = group.settings[group.center].values
        pairs = zip(group.varied, setting.values, center)
        other = [f"{short[name]} {shown(value)}" for name, value, middle in pairs if shown(value) != shown(middle)]
        return ", ".join(other) or "center"
    return ", ".join(f"{short[name]} {shown(value)}" for name, value in zip(group.varied, setting.values)) or "all runs"


def scored(setting: Configuration, score: str) -> dict[int, float]:
    """The score of each seed that has one."""
    values = {run.result["seed"]: score_of(run, score) for run in setting.runs}
    return {seed: value for seed, value in values.items() if value is not None}


def in_words(found: Interval) -> str:
    """Such as "0.674 ± 0.003"."""
    if found.mean is None:
        return "no score"
    return f"{found.mean:.4f}" + ("" if found.low is None else f" ± {found.high - found.mean:.4f}")


def probability(p: float | None) -> str:
    """A p-value in print."""
    return "" if p is None else "< 0.0001" if p < 1e-4 else f"{p:.4f}"
