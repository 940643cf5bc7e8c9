"""Tables of a report as texts, which its Markdown file and its page both show."""

from collections.abc import Mapping
from typing import NamedTuple

from jaxw2v.study import wording
from jaxw2v.study.collection import Configuration, Group, score_of, shortened, shown
from jaxw2v.study.statistics import Interval


class Choices(NamedTuple):
    """The options of a report.

    Attributes:
      confidence: of all intervals.
      power: of the test for which the seeds needed are computed.
      resamples, seed: of the bootstrap.
      neighbors: how many, of the stability.
      reference: values by name of the configuration that all others are compared with; empty: see `comparisons`.
    """

    confidence: float
    power: float
    resamples: int
    seed: int
    neighbors: int
    reference: Mapping[str, str]


class ReportTable(NamedTuple):
    """A table as texts.

    Attributes:
      title: unique in a report.
      remark: a sentence or two about it; may be empty.
      columns: names.
      rows: a text for each column.
    """

    title: str
    remark: str
    columns: list[str]
    rows: list[list[str]]


def name_of(group: Group, configuration: Configuration) -> str:
    """The name of a configuration: its varied settings, or those that differ from the reference, if there is one."""
    short = {name: wording.of_setting(each) for name, each in shortened(group.varied).items()}
    if group.reference is not None:
        reference = group.configurations[group.reference].values
        triples = zip(group.varied, configuration.values, reference)
        other = [f"{short[name]} {shown(value)}" for name, value, usual in triples if shown(value) != shown(usual)]
        return ", ".join(other) or "reference"
    pairs = zip(group.varied, configuration.values)
    return ", ".join(f"{short[name]} {shown(value)}" for name, value in pairs) or "all runs"


def scored(configuration: Configuration, score: str) -> dict[int, float]:
    """The score of each seed that has one."""
    values = {run.result["seed"]: score_of(run, score) for run in configuration.runs}
    return {seed: value for seed, value in values.items() if value is not None}


def in_words(found: Interval) -> str:
    """A mean with its interval, such as "0.6740 ± 0.0031"."""
    if found.mean is None:
        return "no score"
    return f"{found.mean:.4f}" + ("" if found.high is None else f" ± {found.high - found.mean:.4f}")


def probability(p: float | None) -> str:
    """A p-value as text."""
    return "" if p is None else "< 0.0001" if p < 1e-4 else f"{p:.4f}"
