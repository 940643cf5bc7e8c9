"""Speed over a grid of dimensions, vocabularies and sizes of text, beside baselines: one table, made point by point."""

import contextlib
import itertools
import json
import math
import statistics
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from experiments.benchmarks import made_text, tables, trials, tuning
from experiments.benchmarks.grid_texts import Text, Texts
from jaxw2v.errors import InputError
from jaxw2v.files.results import provenance, write_result
from jaxw2v.launch.places import REPOSITORY

_SAME = ("text", "similarity", "analogies", "restrict_vocab", "window", "k", "threshold", "min_count", "epochs")


class Point(NamedTuple):
    """A point of the grid: dimensions, words of the vocabulary (None: all that are frequent enough), words of text."""

    dim: int
    vocabulary: int | None
    words: int

    def __str__(self) -> str:
        vocabulary = "all" if self.vocabulary is None else tables.number(self.vocabulary)
        return f"{self.dim} dimensions, vocabulary {vocabulary}, {tables.number(self.words)} words"


class Work(NamedTuple):
    """A trial to be made."""

    point: Point
    program: trials.Program
    seed: int

    def key(self) -> dict[str, Any]:
        """What a finished trial says of itself."""
        named = {"name": self.program.name, "arguments": self.program.words, "seed": self.seed}
        return {**{f"grid.{axis}": value for axis, value in self.point._asdict().items()}, **named}


def check(chosen: Namespace, parser: ArgumentParser) -> None:
    """Reads the lists of the grid.

    Raises:
      InputError: a list is wrong, a flag would not be read, or OUT has trials that belong into another table.
    """
    given = chosen.grid
    chosen.grid = [_numbers(text, axis) for text, axis in zip(given, ("dimensions", "vocabularies", "words"))]
    if None in (*chosen.grid[0], *chosen.grid[2]):
        raise InputError(f"--grid {' '.join(given)}: `all` is a vocabulary; give numbers of dimensions and of words")
    if chosen.dim != parser.get_default("dim"):
        raise InputError(f"--dim {chosen.dim}: the grid has the dimensions; leave it out")
    if None not in chosen.grid[1] and chosen.min_count != parser.get_default("min_count"):
        raise InputError(f"--min-count {chosen.min_count}: used for the vocabulary `all` only; leave it out")
    if len(chosen.tune_gensim or ()) > 1:
        raise InputError("--tune-gensim: a grid takes one learning rate; tune it without --grid, and give the best")
    _read(chosen)


def _numbers(text: str, axis: str) -> list[int | None]:
    try:
        found = [None if part == "all" else made_text.number(part) for part in text.split(",")]
    except (ValueError, OverflowError):
        raise InputError(f"--grid: {text!r} is no list of {axis}; give one such as 300,75k,1.5M") from None
    return list(dict.fromkeys(found))


def _read(chosen: Namespace) -> list[dict[str, Any]]:
    """The trials that OUT has."""
    path = chosen.out / "benchmark.json"
    if not path.exists():
        return []
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        there, found = record["settings"], record["trials"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: cannot be read ({error}); choose another --out") from error
    if not record.get("grid"):
        raise InputError(f"{chosen.out} holds a benchmark without --grid; choose another --out")
    if other := [key for key, value in _shared(chosen).items() if there.get(key) != value]:
        raise InputError(f"{chosen.out} holds a grid with another {', '.join(other)}; choose another --out")
    return found


def _shared(chosen: Namespace) -> dict[str, Any]:
    """What all trials of a table have in common."""
    values = {key: getattr(chosen, key) for key in _SAME}
    values |= {"bytes of text": chosen.text.stat().st_size, "--tune-gensim": chosen.tune_gensim}
    return json.loads(json.dumps(values, default=str))


def measure(
    chosen: Namespace, programs: Sequence[trials.Program], test_sets: Mapping[str, trials.Questions],
    tuned: tuning.Tuned | None, say: Callable[[str], None],
) -> None:  # fmt: skip
    """Makes the trials that OUT lacks, and writes benchmark.json and table.md.

    Args:
      chosen: the words of the command, after `check`.
      programs, test_sets: as without a grid; a made text is not scored.
      tuned: how gensim has its learning rate; None: its own.
      say: takes a line for a person.

    Raises:
      InputError: trials failed; the others are kept, and the notes have a line for each that did.
    """
    found, failed = _read(chosen), []
    baselines = [each.name for each in programs if each.train is trials.baseline]
    notes = [tuned.note()] if tuned else []
    for text, settings, work in _works(chosen, programs, found, notes):
        try:
            trial = trials.run_trial(settings, work.program, work.seed, {} if text.kind == "made" else test_sets)
        except InputError as error:
            failed.append(f"{work.point}: {work.program.name}: {error}")
            say(failed[-1])
            continue
        commit = provenance(REPOSITORY)["code.commit"]
        found.append(work.key() | trial | {"text.words": text.words, "text.kind": text.kind, "code.commit": commit})
        record = {"grid": True, "settings": _shared(chosen), "trials": found, **provenance(REPOSITORY)}
        write_result(chosen.out / "benchmark.json", record)
        speed = tables.number(trial.get("words_per_second"))
        say(f"{work.point}: {work.program.name}, seed {work.seed}: {speed} words/s")
    text_ = table(found, baselines, notes)
    (chosen.out / "table.md").write_text(text_, encoding="utf-8")
    say(f"\n{text_}\nfiles: {chosen.out}: benchmark.json, table.md")
    if failed:
        summary = InputError(f"{len(failed)} trials failed; the same command makes only those again")
        for line in failed:
            summary.add_note(line)
        raise summary


def _works(
    chosen: Namespace, programs: Sequence[trials.Program], found: Sequence[Mapping], notes: list[str]
) -> Iterator[tuple[Text, Namespace, Work]]:
    """What is not in `found`, with its text and the settings of all programs; adds notes of what is left out."""
    dims, vocabularies, sizes = chosen.grid
    folder = chosen.out / "texts"
    for words in sizes:
        with contextlib.closing(Texts(chosen.text, words, chosen.min_count, folder)) as texts:
            for vocabulary in vocabularies:
                rounds = itertools.product(dims, range(1, chosen.repeats + 1), programs)
                works = [Work(Point(dim, vocabulary, words), program, seed) for dim, seed, program in rounds]
                works = [work for work in works if not any(work.key().items() <= trial.items() for trial in found)]
                text = texts.of(vocabulary) if works else None
                if text is None:
                    if works:
                        notes.append(_left_out(works[0].point))
                    continue
                for work in works:
                    own = {"text": text.path, "min_count": text.min_count, "dim": work.point.dim}
                    cache = chosen.cache or folder / "cache"
                    yield text, Namespace(**{**vars(chosen), **own, "cache": cache}), work


def _left_out(point: Point) -> str:
    words, least = tables.number(point.words), made_text.LEAST
    return f"Left out: a vocabulary of {point.vocabulary:,} in {words} words, fewer than {least} for each."


def table(found: Sequence[Mapping[str, Any]], baselines: Sequence[str], notes: Sequence[str] = ()) -> str:
    """A row for each point: words a second, medians with ranges; ratios, medians over the repeats; mean scores."""
    if not found:
        return "\n".join([*notes, "No trial has been made.\n"])
    names = list(dict.fromkeys(trial["name"] for trial in found))
    ours, theirs = ([name for name in names if (name in baselines) is is_theirs] for is_theirs in (False, True))
    best = theirs[0] if len(theirs) == 1 else "best baseline"
    ratios = [(name, theirs, f"{name} / {best}") for name in ours if theirs]
    ratios += [(ours[0], [name], f"{ours[0]} / {name}") for name in ours[1:]]
    scored = [name for name in names if any(trials.mean(t["scores"]) is not None for t in found if t["name"] == name)]
    columns = ["words", "text", "vocabulary", "dimensions", *(f"{name}, words/s" for name in names)]
    columns += [title for _, _, title in ratios] + [f"{name}, mean score" for name in scored]
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for _, of_point in itertools.groupby(sorted(found, key=_order), _order):
        cells = _cells(list(of_point), names, ratios, scored)
        lines.append(f"| {' | '.join(cells)} |")
    kinds = {trial["text.kind"] for trial in found}
    lines += [""] * bool(notes or "made" in kinds)
    lines += ["made: by Zipf's law with topics, as the text has too few different words; not scored."] * (
        "made" in kinds
    )
    lines += ["Trials of more than one commit are in this table."] * (len({t["code.commit"] for t in found}) > 1)
    return "\n".join([*lines, *notes]) + "\n"


def _cells(
    here: Sequence[Mapping[str, Any]], names: Sequence[str], ratios: Sequence[tuple], scored: Sequence[str]
) -> list[str]:
    """The row of a point from its trials."""
    sizes = dict.fromkeys(tables.number(trial["vocabulary"]) for trial in here)
    cells = [tables.number(here[0]["text.words"]), here[0]["text.kind"], " or ".join(sizes), str(here[0]["grid.dim"])]
    for name in names:
        speeds = [t["words_per_second"] for t in here if t["name"] == name and t.get("words_per_second")]
        cells.append(tables.spread(speeds) if speeds else "")
    for name, others, _ in ratios:
        each = tables.repeats(here, name, others, "words_per_second")
        cells.append(f"{statistics.median(each):.2f}" if each else "")
    for name in scored:
        means = [m for t in here if t["name"] == name and (m := trials.mean(t["scores"])) is not None]
        cells.append(f"{statistics.fmean(means):.3f}" if means else "")
    return cells


def _order(trial: Mapping[str, Any]) -> list[float]:
    places = (trial[f"grid.{axis}"] for axis in ("words", "vocabulary", "dim"))
    return [math.inf if place is None else place for place in places]
