"""One training of a program that is timed: its measurements and the scores of its vectors."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from jaxw2v.errors import InputError
from jaxw2v.vectors import analogies, formats, similarity
from jaxw2v.vectors.table import Table

Questions = analogies.Questions | similarity.WordPairs


class Program(NamedTuple):
    """A program to be timed.

    Attributes:
      name: of its row in the table.
      train: (chosen, words, seed, folder) -> measurements; leaves vectors.bin in the folder.
      words: its own arguments.
    """

    name: str
    train: Callable[[Namespace, list[str], int, Path], dict[str, Any]]
    words: list[str]


def mean(scores: Mapping[str, float | None]) -> float | None:
    """Of the test sets that have a score; None: none has."""
    known = [value for value in scores.values() if value is not None]
    return statistics.fmean(known) if known else None


def run_trial(chosen: Namespace, program: Program, seed: int, test_sets: Mapping[str, Questions]) -> dict[str, Any]:
    """One training: its measurements and scores.

    Args:
      chosen: the text and the settings that all programs share; see `baselines.add_settings`.
      program: to be timed.
      seed: of its random numbers.
      test_sets: of each name, questions to score.

    Raises:
      InputError: the program fails; what it said last is named.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        measured = program.train(chosen, program.words, seed, Path(folder))
        vectors = Path(folder) / "vectors.bin"
        with vectors.open("rb") as file:
            vocabulary = int(file.readline().split()[0])
        table = formats.load(vectors) if test_sets else None
    scores = {} if table is None else score(table, test_sets, chosen.restrict_vocab)
    return {"name": program.name, "seed": seed, "vocabulary": vocabulary} | measured | {"scores": scores}


def ours(chosen: Namespace, words: list[str], seed: int, folder: Path) -> dict[str, Any]:
    """Trains this program with settings as `words`."""
    cache = (chosen.cache or folder / "cache").absolute()
    settings = [
        "corpus=file", f"corpus.path='{chosen.text.resolve()}'", "figures=false", f"cache='{cache}'",
        f"hydra.run.dir={folder}", "+shared=settings", *words, "--config-dir", str(_preset(chosen, seed, folder)),
    ]  # fmt: skip
    measured, _ = _measure("experiments.train", settings)
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    keys = (
        "words_per_second",
        "pairs_per_second",
        "seconds.training",
        "seconds.to_saved_vectors",
        "seconds.compilation",
    )
    return {key: result[key] for key in keys} | {"loss": result["loss"], "overrides": words} | measured


def _preset(chosen: Namespace, seed: int, folder: Path) -> Path:
    """A folder with a preset of what all programs share; a variant, such as one without negative samples, may leave
    some of it unread, which a word of the command line may not be."""
    shared = {
        "model": {"dim": chosen.dim}, "windows": {"window": chosen.window}, "negatives": {"k": chosen.k}, "seed": seed,
        "subsample": {"threshold": chosen.threshold}, "vocab": {"min_count": chosen.min_count},
        "train": {"epochs": chosen.epochs},
    }  # fmt: skip
    place = folder / "conf" / "shared" / "settings.yaml"
    place.parent.mkdir(parents=True)
    place.write_text(f"# @package _global_\n{yaml.safe_dump(shared)}", encoding="utf-8")
    return folder / "conf"


def baseline(chosen: Namespace, words: list[str], seed: int, folder: Path) -> dict[str, Any]:
    """Trains the program that is the first of `words`, with flags of `baselines`."""
    program, *words = words
    shared = ("dim", "window", "k", "threshold", "min_count", "epochs")
    words += [f"--{key.replace('_', '-')}={getattr(chosen, key)}" for key in shared]
    words += [f"--seed={seed}"] if program == "gensim" else []  # word2vec.c has none
    measured, printed = _measure(
        "experiments.benchmarks.baselines", [program, str(chosen.text), str(folder / "vectors.bin"), *words]
    )
    return json.loads(printed.splitlines()[-1]) | measured


def _measure(module: str, words: list[str]) -> tuple[dict[str, float], str]:
    """Peak memory of `python -m module`, and what it printed."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen([sys.executable, "-m", module, *words], stdout=out, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            last = (errors.read().strip().splitlines() or ["no message"])[-1]
            raise InputError(f"python -m {module} {' '.join(words)} failed: {last.removeprefix('error: ')}")
        kilobyte = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss
        return {"peak_megabytes": usage.ru_maxrss * kilobyte / 2**20}, out.read()


def score(table: Table, test_sets: Mapping[str, Questions], vocabulary: int) -> dict[str, float | None]:
    """By the name of a test set: rank correlation of word pairs, accuracy of analogies."""
    found = {}
    for name, questions in test_sets.items():
        if isinstance(questions, analogies.Questions):
            found[name] = analogies.evaluate(table, questions, "3cosadd", vocabulary, "lower", "skip").total.value
        else:
            found[name] = similarity.evaluate(table, questions, "lower").value
    return found
