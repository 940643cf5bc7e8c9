"""The page of a report: one HTML file with the runs, the tables and plotly.js in it, for any browser, offline."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import scipy.stats
from plotly.offline import get_plotlyjs

from jaxw2v.study import html, wording
from jaxw2v.study.collection import Group, Run, score_of, shortened
from jaxw2v.study.colors import COLORS, DARK_COLORS
from jaxw2v.study.tables import Choices, ReportTable, name_of


class Part(NamedTuple):
    """A group and its part of the report.

    Attributes:
      group: the runs.
      scores: names.
      remarks: one sentence each.
      tables: in order.
      commands: by name of a run, the command that starts it again, where it is recorded.
    """

    group: Group
    scores: list[str]
    remarks: list[str]
    tables: list[ReportTable]
    commands: Mapping[str, str]


def render(parts: Sequence[Part], choices: Choices) -> str:
    """The page as HTML; the same parts give the same text (with one version of plotly).

    Whatever comes from results reaches the page as JSON and is shown as text, never as markup.
    """
    data = {
        "groups": [_group(part) for part in parts],
        "colors": COLORS,
        "darkColors": DARK_COLORS,
        "names": wording.MEASURES | {name: wording.of_score(name) for part in parts for name in part.scores},
        "confidence": f"{choices.confidence:.0%}",
        "t": [None, None, *_quantiles(parts, choices.confidence)],
    }
    return html.fill("page.html", _finite(data), {"plotly": get_plotlyjs(), "page": html.script("page.js")})


def _group(part: Part) -> dict[str, Any]:
    group = part.group
    short = shortened(group.varied)
    configuration_of = {run.name: at for at, each in enumerate(group.configurations) for run in each.runs}
    repeated = {run.name for run in group.repeated}
    values = [tuple(map(repr, configuration.values)) for configuration in group.configurations]

    def listed(run: Run) -> dict[str, Any]:
        own = tuple(repr(run.result.get(name)) for name in group.varied)
        return {
            "name": run.name,
            "configuration": configuration_of.get(run.name, values.index(own) if own in values else None),
            "seed": run.result["seed"],
            "scores": {name: score_of(run, name) for name in part.scores},
            "repeated": run.name in repeated,
            "result": dict(run.result),
            "command": part.commands.get(run.name),
        }

    return {
        "title": group.title,
        "remarks": part.remarks,
        "varied": group.varied,
        "short": {name: wording.of_setting(each) for name, each in short.items()},
        "axes": {name: wording.of_axis(name, each) for name, each in short.items()},
        "names": [name_of(group, configuration) for configuration in group.configurations],
        "scores": part.scores,
        "runs": [listed(run) for run in group.runs],
        "tables": [table._asdict() for table in part.tables],
    }


def _quantiles(parts: Sequence[Part], confidence: float) -> list[float]:
    """Student's t for 2, 3, ... seeds."""
    most = max((len(each.runs) for part in parts for each in part.group.configurations), default=0)
    return [float(scipy.stats.t.ppf(0.5 + confidence / 2, n - 1)) for n in range(2, most + 1)]


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
