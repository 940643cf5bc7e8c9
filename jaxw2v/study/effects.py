"""Effects of presets: differences in the scores of one and another, with intervals over seeds and questions."""

import csv
import io
import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jaxw2v.errors import InputError
from jaxw2v.study import collection, comparisons, statistics
from jaxw2v.study.collection import Run
from jaxw2v.study.statistics import Interval
from jaxw2v.study.tables import Choices

CHOICES = Choices(confidence=0.95, power=0.8, resamples=2000, seed=0, neighbors=10, reference={})
_ORIGIN = ("corpus.raw_words", "corpus.sha256", "code.version", "code.commit", "code.dirty")


class Key(NamedTuple):
    """What runs that differ in the seed alone share here: `baseline.method` (none: trained) and their preset."""

    method: str
    preset: str


class Difference(NamedTuple):
    """A score of one configuration less that of another, on the same questions.

    Attributes:
      one, other: the configurations.
      score: its name; with " - " and another name, the first less the second, of one configuration.
      difference: of the mean scores on the questions that all runs answered.
      low, high: its 95 % interval, as of a report; None: there is none.
      seeds: how many seeds; 1 of counts, in which nothing is drawn: the interval is over questions alone.
    """

    one: Key
    other: Key
    score: str
    difference: float
    low: float | None
    high: float | None
    seeds: int

    @property
    def interval(self) -> Interval:
        """The difference with its interval, as `reproduction.Effect` takes it beside what a paper has."""
        return Interval(self.difference, self.low, self.high, self.seeds)

    @property
    def sign(self) -> int:
        """1 or -1 where the interval excludes 0, else 0."""
        return self.interval.side(0)


class Evidence(NamedTuple):
    """What differences say of a recommendation: how many are for it and against it, beyond their intervals."""

    favor: int
    against: int
    open: int

    @property
    def verdict(self) -> str:
        """held: some are for it and none against; not held: the other way round; in part: both; open: neither."""
        words = {(True, False): "held", (False, True): "not held", (True, True): "in part", (False, False): "open"}
        return words[self.favor > 0, self.against > 0]


def weigh(found: Sequence[Difference], wanted: int) -> Evidence:
    """The evidence for a recommendation by which these are above 0 (`wanted` 1) or below it (-1)."""
    signs = [each.sign * wanted for each in found]
    return Evidence(signs.count(1), signs.count(-1), signs.count(0))


def by_key(runs: Sequence[Run], presets: Sequence[str]) -> dict[Key, dict[int, Run]]:
    """The runs of each configuration by seed."""
    found: dict[Key, dict[int, Run]] = {}
    for run, preset in zip(runs, presets):
        found.setdefault(Key(run.result["baseline.method"], preset), {})[run.result["seed"]] = run
    return found


def effects(runs: Sequence[Run], presets: Sequence[str], against: str, choices: Choices = CHOICES) -> list[Difference]:
    """Each preset against `against` within its method, and methods against each other within a preset, by every score.

    Of analogies also 3cosmul less 3cosadd, where runs have both.

    Args:
      runs: of one text and version of the code, sorted by name.
      presets: of each run.
      against: one of them.
      choices: of the intervals.

    Raises:
      InputError: `against` is none of the presets.
    """
    found, made = by_key(runs, presets), []
    if against not in presets:
        there = ", ".join(sorted({preset for preset in presets if preset})) or "none"
        raise InputError(f"--against {against}: no run of this preset; there are {there}")
    pairs = list(_pairs(found, against))
    asked: dict[str, Any] = {}
    for score in collection.score_names(runs):
        asked[score], _ = comparisons.answers(list(runs), score, choices)
        if asked[score] is not None:
            made += [_of_keys(one, other, score, found, asked[score], choices) for one, other in pairs]
    for score in asked:
        add = score.replace(".3cosmul", ".3cosadd")
        if score != add and asked[score] is not None and asked.get(add) is not None:
            made += [_of_methods(key, score, add, found, asked, choices) for key in found]
    return made


def _pairs(found: dict[Key, dict[int, Run]], against: str) -> Iterator[tuple[Key, Key]]:
    for key in found:
        other = Key(key.method, against)
        if key != other and other in found:
            yield key, other
    methods = [method for method in ("none", "svd", "ppmi") if any(key.method == method for key in found)]
    for preset in dict.fromkeys(key.preset for key in found):
        there = [Key(method, preset) for method in methods if Key(method, preset) in found]
        yield from itertools.combinations(there, 2)


def _of_keys(one: Key, other: Key, score: str, found: Any, asked: Any, choices: Choices) -> Difference:
    ours, theirs = _paired(found[one], one.method, found[other], other.method)
    mine, yours = ([asked.place[run.name] for run in of] for of in (ours, theirs))
    rows_RX = asked.spread.rows_RX
    spread = asked.spread._replace(rows_RX=rows_RX[mine] - rows_RX[yours])
    compared = statistics.compare(asked.score_R[mine], asked.score_R[yours], spread, confidence=choices.confidence)
    return Difference(one, other, score, compared.difference, compared.low, compared.high, _seeds(ours, theirs))


def _of_methods(key: Key, score: str, add: str, found: Any, asked: Any, choices: Choices) -> Difference:
    runs, _ = _paired(found[key], key.method, found[key], key.method)
    mul, plain = (asked[name] for name in (score, add))
    at = [mul.place[run.name] for run in runs]
    spread = mul.spread._replace(rows_RX=mul.spread.rows_RX[at] - plain.spread.rows_RX[at])
    compared = statistics.compare(mul.score_R[at], plain.score_R[at], spread, confidence=choices.confidence)
    name = f"{score} - {add}"
    return Difference(key, key, name, compared.difference, compared.low, compared.high, _seeds(runs, runs))


def _paired(one: dict[int, Run], method: str, other: dict[int, Run], against: str) -> tuple[list[Run], list[Run]]:
    """Runs of the same seeds. Nothing is drawn in counts: one run stands for each seed, twice among themselves."""
    drawn = [set(runs) for runs, of in ((one, method), (other, against)) if of == "none"]
    seeds = sorted(set.intersection(*drawn)) if drawn else [0, 1]
    sides = ((one, method), (other, against))
    ours, theirs = ([runs[seed] if of == "none" else next(iter(runs.values())) for seed in seeds] for runs, of in sides)
    return ours, theirs


def _seeds(ours: Sequence[Run], theirs: Sequence[Run]) -> int:
    return len({(one.name, other.name) for one, other in zip(ours, theirs)})


_COLUMNS = (
    "one.method", "one.preset", "other.method", "other.preset", "score", "difference", "low", "high", "seeds",
)  # fmt: skip


def to_csv(found: Sequence[Difference], runs: Sequence[Run]) -> str:
    """A row for each difference, and what text and code the runs are of; an empty cell: there is none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_COLUMNS, *_ORIGIN])
    origin = [_cell(runs[0].result.get(key)) for key in _ORIGIN]
    for each in found:
        numbers = [_cell(value and round(value, 6)) for value in (each.difference, each.low, each.high)]
        writer.writerow([*each.one, *each.other, each.score, *numbers, each.seeds, *origin])
    return text.getvalue()


def _cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def read(path: Path) -> list[Difference]:
    """What `to_csv` wrote."""
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return [
        Difference(
            Key(row["one.method"], row["one.preset"]),
            Key(row["other.method"], row["other.preset"]),
            row["score"],
            float(row["difference"]),
            float(row["low"]) if row["low"] else None,
            float(row["high"]) if row["high"] else None,
            int(row["seeds"]),
        )
        for row in rows
    ]
