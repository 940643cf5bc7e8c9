"""A small CSV file of runs: what a notebook needs of the results of a sweep."""

import csv
import io
import json
import os
from collections.abc import Collection as Names
from collections.abc import Sequence
from typing import Any, NamedTuple

from jaxw2v.errors import InputError
from jaxw2v.files.paths import expanded
from jaxw2v.study import collection
from jaxw2v.study.collection import Run

PRESET = "preset"
_ALWAYS = ("words_per_second", "corpus.raw_words", "corpus.sha256", "code.version", "code.commit", "code.dirty")
_MEASURED = ("heldout.loss", "optimum.loss", "optimum.least", "optimum.unseen", "optimum.deviation")
_TEXTS = {PRESET, "corpus.sha256", "code.version", "code.commit"}  # 12e4567 is not a number here


class Rows(NamedTuple):
    """What is worth keeping of runs: a row for each.

    Attributes:
      columns: the preset, if there are any; the settings that vary; the seed; every score with the questions answered;
        the held-out loss and the deviation from the optimum, if there are any; speed; text and code.
      rows: by preset, settings and seed; None: the run has no such value.
      runs: that they are of.
    """

    columns: list[str]
    rows: list[list[Any]]
    runs: list[Run]


def make_rows(runs: Sequence[Run], presets: Sequence[str], setting_names: Names[str]) -> Rows:
    """The rows of runs.

    Args:
      presets: for each run, the preset it was started with; "": none.
      setting_names: which keys of a result are settings.
    """
    scores = [f"scores.{name}{end}" for name in collection.score_names(runs) for end in ("", ".answered")]
    measured = [key for key in _MEASURED if any(key in run.result for run in runs)]
    varied = collection.varied(runs, setting_names)
    columns = [*varied, "seed", *scores, *measured, *_ALWAYS]
    named = any(presets)
    ordered = sorted(
        zip(presets, runs),
        key=lambda row: (row[0], [collection.rank(row[1].result.get(name)) for name in varied], row[1].result["seed"]),
    )
    rows = [[preset] * named + [run.result.get(key) for key in columns] for preset, run in ordered]
    return Rows([PRESET] * named + columns, rows, [run for _, run in ordered])


def to_csv(runs: Sequence[Run], presets: Sequence[str], setting_names: Names[str]) -> str:
    """The rows of runs as text; an empty cell: the run has none. Arguments as for `make_rows`."""
    made = make_rows(runs, presets, setting_names)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(made.columns)
    writer.writerows([_cell(value) for value in row] for row in made.rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def read(path: str | os.PathLike) -> list[Run]:
    """The runs in a file that `to_csv` made, for `collection.group`; the preset is a key of the results.

    Raises:
      InputError: the file cannot be read, or a line is not of a run.
    """
    path, runs = expanded(path), []
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    except OSError as error:
        raise InputError(f"{path}: cannot read ({error.strerror}); jaxw2v export makes such files") from error
    except (UnicodeError, csv.Error) as error:
        raise InputError(f"{path}: not a CSV file ({error}); jaxw2v export makes such files") from error
    if not lines:
        raise InputError(f"{path}: empty; jaxw2v export makes such files")
    for number, cells in enumerate(lines[1:], 2):
        if len(cells) != len(lines[0]):
            raise InputError(f"{path}:{number}: {len(cells)} cells below {len(lines[0])} names; make the file again")
        result = {key: _value(key, cell) for key, cell in zip(lines[0], cells) if cell}
        result.setdefault("code.commit", None)  # absent where the code was in no repository
        collection.check(f"{path}:{number}", result)
        runs.append(Run(f"{path.stem}:{number}", path.parent, result))
    return runs


def _value(key: str, cell: str) -> Any:
    if key in _TEXTS:
        return cell
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell
