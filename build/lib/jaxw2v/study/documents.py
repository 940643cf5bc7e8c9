"""Documents of a report: one CSV file with a row for each run, and one Markdown file with the tables."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from jaxw2v.study.collection import Group, score_of
from jaxw2v.study.tables import ReportTable, name_of

_ROWS = 40  # of a table in the Markdown file; the page has all


def to_csv(groups: Sequence[Group], scores: Sequence[str]) -> str:
    """A row for each run: the seed, the varied settings and the scores first, then the rest of the results.

    Lists are JSON; an empty cell is null or absent.
    """
    varied = list(dict.fromkeys(name for group in groups for name in group.varied))
    first = ["seed", *varied, *(f"scores.{name}" for name in scores)]
    rest = dict.fromkeys(key for group in groups for run in group.runs for key in run.result)
    columns = [*first, *(key for key in rest if key not in first)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["run", "group", "configuration", "in_statistics", *columns])
    for group in groups:
        names = {run.name: name_of(group, each) for each in group.configurations for run in each.runs}
        for run in group.runs:
            inside = run.name in names and any(score_of(run, score) is not None for score in scores)
            cells = [_cell(run.result.get(key)) for key in columns]
            writer.writerow([run.name, group.title, names.get(run.name, ""), _cell(inside), *cells])
    return text.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict | bool) else value


def to_markdown(groups: Sequence[Group], remarks: Sequence[list[str]], tables: Sequence[list[ReportTable]]) -> str:
    """For each group, its remarks and its tables."""
    lines = ["# jaxw2v report", ""]
    for group, said, ours in zip(groups, remarks, tables):
        lines += [f"## {_plain(group.title)}", ""]
        lines += [*(f"- {_plain(remark)}" for remark in said), ""] if said else []
        for table in ours:
            lines += [f"### {_plain(table.title)}", "", _plain(table.remark), ""] if table.remark else []
            lines += [f"### {_plain(table.title)}", ""] if not table.remark else []
            lines += [_row(table.columns), "|" + "---|" * len(table.columns)]
            lines += [_row(row) for row in table.rows[:_ROWS]]
            more = len(table.rows) - _ROWS
            lines += ["", f"{more} more rows are in report.html.", ""] if more > 0 else [""]
    return "\n".join(lines).rstrip() + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_plain(cell).replace("|", "\\|") for cell in cells) + " |"


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("<", "&lt;")
