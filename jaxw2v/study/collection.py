"""A collection of runs: the result files below some folders, and which of their settings vary."""

import json
import os
import re
from collections.abc import Collection as Names
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jaxw2v.errors import InputError
from jaxw2v.files import walking
from jaxw2v.files.paths import expanded
from jaxw2v.files.writing import printable
from jaxw2v.study import wording

PROGRAM, OURS = "program", "jaxw2v"  # what made the vectors; `evaluate --beside` writes others
_NEAR = 0.75  # fraction of the other configurations that differ from a reference in one value
_NO_FACTOR = {  # settings without an effect on results, and those that describe the corpus or the test sets
    "seed", "name", "cache", "figures", "compilation_cache", "train.log_every", "vectors.formats", "eval.neighbors",
    "eval.objective", "corpus.verify", "projection", "eval.similarity", "eval.analogies", "eval.methods",
    "eval.deviation", "corpus.source", "corpus.path", "corpus.packages", "corpus.standard_library", "corpus.url",
    "corpus.timeout", "corpus.invalid_utf8", "train.resume", "train.checkpoint_every", "train.checkpoint_unit",
    "train.save_state",
}  # fmt: skip
_ORIGIN = ("corpus.sha256", "code.version", "code.commit")
_SAME_NUMBERS = ("software.jax", "software.numpy", "device", "machine.cpu")  # where they differ, numbers may


class Run(NamedTuple):
    """One result file.

    Attributes:
      name: its folder, below the folder that all runs have in common.
      folder: where it is.
      result: what result.json holds.
    """

    name: str
    folder: Path
    result: Mapping[str, Any]


class Configuration(NamedTuple):
    """A combination of values, and its runs, which differ in the seed alone.

    Attributes:
      values: of the settings that vary, in the order of `Group.varied`.
      runs: one for each seed, by seed.
    """

    values: tuple[Any, ...]
    runs: list[Run]


class Group(NamedTuple):
    """Runs that can be compared: of one corpus and one version of the code.

    Attributes:
      title: the corpus and the code.
      runs: all, by configuration and seed.
      varied: names of the settings that have more than one value, in the order of the results.
      configurations: by value.
      reference: index in `configurations` of the one that most others, at least two of them, differ from in one value
        only, as in an ablation study; None: there is none, or several, as in a grid.
      repeated: runs with the configuration and seed of an earlier run; they are in no statistic.
      remarks: on what limits the comparison, one sentence each.
    """

    title: str
    runs: list[Run]
    varied: list[str]
    configurations: list[Configuration]
    reference: int | None
    repeated: list[Run]
    remarks: list[str]


def read_runs(folders: Sequence[str | os.PathLike]) -> list[Run]:
    """The runs below the folders, each once, sorted by name.

    Raises:
      InputError: a folder that does not exist or holds no result; a result that is cut short or not from a run.
    """
    found: dict[Path, None] = {}
    for folder in map(expanded, folders):
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder; name folders that hold runs")
        below = sorted(path.resolve() for path in _below(folder, "result.json"))
        if not below:
            raise InputError(f"{folder}: no result.json in it or below; a run writes one when it ends")
        found |= dict.fromkeys(below)
    base = os.path.commonpath([path.parent.parent for path in found])
    runs = [Run(Path(os.path.relpath(path.parent, base)).as_posix(), path.parent, _read(path)) for path in found]
    return sorted(runs, key=lambda run: _natural(run.name))


def unfinished(folders: Sequence[str | os.PathLike]) -> int:
    """How many runs below the folders have begun (metrics.jsonl) but not ended (no result.json)."""
    begun = {path.resolve().parent for folder in folders for path in _below(expanded(folder), "metrics.jsonl")}
    return sum(not (folder / "result.json").exists() for folder in begun)


def _below(folder: Path, name: str) -> list[Path]:
    """The files of this name in a folder and below, links followed."""
    return [here / name for here, names in walking.walk(folder, bool) if name in names]


def _read(path: Path) -> dict[str, Any]:
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot read ({error.strerror}); check its permissions") from error
    except (ValueError, RecursionError) as error:  # of JSON and of UTF-8
        raise InputError(f"{path}: damaged ({error}); remove it and start the run again") from error
    check(path, result)
    return {PROGRAM: OURS, **result}


def check(place: str | os.PathLike, result: Any) -> None:
    """Raises an InputError that names `place` if `result` cannot be the result of a run."""
    absent = [key for key in ("seed", *_ORIGIN) if not isinstance(result, dict) or key not in result]
    if absent:
        raise InputError(f"{place}: not the result of a run, it has no {absent[0]}; leave its folder out")
    if wrong := [key for key, value in result.items() if not _fits(key, value)]:
        found = f"{wrong[0]}={str(result[wrong[0]])[:40]}"
        raise InputError(f"{place}: not the result of a run, {found}; leave its folder out")


def _fits(key: str, value: Any) -> bool:
    """Whether a run can write such a value."""
    if isinstance(value, int | float) and not abs(value) < 1e300:  # NaN is not
        return False
    if key == "seed" or key.endswith((".answered", ".asked")):
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if key.startswith("scores."):
        return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
    return key not in _ORIGIN or isinstance(value, str) or (key == "code.commit" and value is None)


def group(runs: Sequence[Run], setting_names: Names[str], mixed: str) -> list[Group]:
    """The runs, grouped by corpus and version of the code.

    Args:
      runs: from `read_runs`.
      setting_names: which keys of a result are settings; keys below one of them are settings, too.
      mixed: "apart": each corpus and code version is a group of its own; "refuse": more than one is an error.

    Raises:
      InputError: `mixed` is "refuse" and there is more than one.
    """
    by_origin: dict[tuple[Any, ...], list[Run]] = {}
    for run in runs:
        by_origin.setdefault(tuple(run.result[key] for key in _ORIGIN), []).append(run)
    if mixed == "refuse" and len(by_origin) > 1:
        (first, ours), (second, theirs) = list(by_origin.items())[:2]
        what = "corpora" if first[0] != second[0] else "versions of the code"
        raise InputError(
            f"{ours[0].folder / 'result.json'} and {theirs[0].folder / 'result.json'} are of different {what} "
            f"({_origin(first)}; {_origin(second)}); leave one out or give --mixed apart"
        )
    order = sorted(by_origin, key=lambda origin: [str(part) for part in origin])
    return [_make(_origin(origin), by_origin[origin], setting_names) for origin in order]


def _make(title: str, runs: list[Run], setting_names: Names[str]) -> Group:
    names = varied(runs, setting_names)
    by_values: dict[tuple[str, ...], dict[int, Run]] = {}
    repeated = []
    for run in runs:
        by_seed = by_values.setdefault(tuple(_frozen(run.result.get(key)) for key in names), {})
        if run.result["seed"] in by_seed:
            repeated.append(run)
        else:
            by_seed[run.result["seed"]] = run
    found = []
    for by_seed in by_values.values():
        ours = [by_seed[seed] for seed in sorted(by_seed)]
        found.append(Configuration(tuple(ours[0].result.get(key) for key in names), ours))
    found.sort(key=lambda configuration: [rank(value) for value in configuration.values])
    ordered = [run for configuration in found for run in configuration.runs] + repeated
    return Group(title, ordered, names, found, _reference(found), repeated, _remarks(runs, found, repeated))


def varied(runs: Sequence[Run], setting_names: Names[str]) -> list[str]:
    """Names of the settings that have more than one value, in the order of the results."""
    keys = dict.fromkeys(key for run in runs for key in run.result if _is_factor(key, setting_names))
    return [key for key in keys if len({_frozen(run.result.get(key)) for run in runs}) > 1]


def _reference(configurations: list[Configuration]) -> int | None:
    def differing(one: Configuration, other: Configuration) -> int:
        return sum(_frozen(ours) != _frozen(theirs) for ours, theirs in zip(one.values, other.values))

    if len(configurations) < 3 or len(configurations[0].values) < 2:
        return None
    near = [sum(differing(one, other) == 1 for other in configurations) for one in configurations]
    candidates = [at for at, count in enumerate(near) if count >= _NEAR * (len(configurations) - 1)]
    return candidates[0] if len(candidates) == 1 else None


def _is_factor(key: str, setting_names: Names[str]) -> bool:
    if key in _NO_FACTOR:
        return False
    return key == PROGRAM or key in setting_names or any(key.startswith(f"{name}.") for name in setting_names)


def _remarks(runs: list[Run], configurations: list[Configuration], repeated: list[Run]) -> list[str]:
    return [*_on_seeds(configurations, repeated), *_on_origin(runs), *_on_questions(runs)]


def _on_seeds(configurations: list[Configuration], repeated: list[Run]) -> list[str]:
    said = []
    single = sum(len(configuration.runs) == 1 for configuration in configurations)
    if single == len(configurations):
        said.append("Every configuration has one seed only: no interval and no comparison is given. Run more seeds.")
    elif single:
        said.append(f"{single} of {len(configurations)} configurations have one seed only and therefore no interval.")
    sets = {tuple(run.result["seed"] for run in configuration.runs) for configuration in configurations}
    if len(sets) > 1:
        said.append("Configurations have different seeds; two of them are compared on the seeds that both have.")
    if repeated:
        names = ", ".join(run.name for run in repeated[:5]) + (", ..." if len(repeated) > 5 else "")
        said.append(f"Runs that repeat a configuration and seed are in no statistic: {names}.")
    return said


def _on_origin(runs: list[Run]) -> list[str]:
    said = []
    if any(run.result.get("code.dirty") for run in runs):
        said.append("The code had uncommitted changes (code.dirty), so its commit does not identify it.")
    for key in _SAME_NUMBERS:
        values = sorted({str(run.result.get(key)) for run in runs if key in run.result})
        if len(values) > 1:
            said.append(f"Runs differ in {key}: {', '.join(values)}.")
    return said


def _on_questions(runs: list[Run]) -> list[str]:
    said = []
    for key in sorted({key for run in runs for key in run.result if key.endswith(".answered")}):
        counts = sorted({run.result[key] for run in runs if key in run.result})
        name = wording.of_score(key.removeprefix("scores.").removesuffix(".answered"))
        if len(counts) > 1:
            said.append(
                f"{name}: runs answered different numbers of questions ({counts[0]} to {counts[-1]}), so their scores "
                "are of different questions; comparisons use the questions that all runs answered."
            )
        if any(run.result.get(key.removesuffix(".answered")) is None for run in runs):
            said.append(f"{name}: some runs have no such score and are left out of its statistics.")
    return said


def score_names(runs: Sequence[Run]) -> list[str]:
    """Names of the scores, such as "wordsim353.spearman", that some run has."""
    endings = (".answered", ".asked")
    keys = dict.fromkeys(key for run in runs for key in run.result if key.startswith("scores."))
    return sorted(key.removeprefix("scores.") for key in keys if not key.endswith(endings))


def score_of(run: Run, name: str) -> float | None:
    """The score called `name`, None where the run has none."""
    return run.result.get(f"scores.{name}")


def shortened(names: Sequence[str]) -> dict[str, str]:
    """The last part of each name, or the whole name where two have the same last part."""
    last = [name.rpartition(".")[2] for name in names]
    return {name: short if last.count(short) == 1 else name for name, short in zip(names, last)}


def shown(value: Any) -> str:
    """A value of a setting as text, such as "5", "0.75", "null"."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(map(shown, value)) if isinstance(value, list) else printable(str(value))


def _origin(origin: tuple[Any, ...]) -> str:
    sha256, version, commit = origin
    return f"corpus {str(sha256)[:12]}, code {version}{f' ({commit[:12]})' if commit else ''}"


def _frozen(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = float(value)  # 5 and 5.0 are one value
    return json.dumps(value, sort_keys=True)


def rank(value: Any) -> tuple[int, float, str]:
    """A sort key for values of a setting: numbers first, by size."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return 0, float(value), ""
    return 1, 0.0, json.dumps(value)


def _natural(text: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", text)]
