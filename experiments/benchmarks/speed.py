"""Trains this program and baselines on one text with the same settings, in turn, and prints speed beside quality.

    python -m experiments.benchmarks.speed TEXT --similarity wordsim353.tsv --analogies questions-words.txt

TEXT has one sentence a line. Each trial is a process of its own; the trials of one repeat follow one another and share
a seed, and ratios are taken within a repeat. --run names a variant of this program by settings as experiments.train
takes them; it may be given more than once. The baselines are gensim (pip install -e '.[gensim]') and, given --word2vec
PATH, the original C program. Words are raw words, before subsampling, as gensim counts them.

OUT gets benchmark.json (every trial), table.md and quality-speed.png.
"""

import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from experiments.benchmarks.baselines import add_settings
from jaxw2v.errors import InputError
from jaxw2v.files.results import provenance, write_result
from jaxw2v.launch.command import Parser, run
from jaxw2v.launch.places import REPOSITORY
from jaxw2v.study import figures
from jaxw2v.vectors import analogies, formats, pair_files, question_files, similarity
from jaxw2v.vectors.table import Table

Questions = analogies.Questions | similarity.WordPairs

SHOWN = {
    "words_per_second": "words/s",
    "pairs_per_second": "pairs/s",
    "seconds.to_saved_vectors": "s, text to vectors",
    "seconds.compilation": "s, compilation",
    "peak_megabytes": "peak MB",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return run(lambda: _benchmark(argv))


def _parser() -> Parser:
    parser = Parser(prog="python -m experiments.benchmarks.speed", description=__doc__)
    parser.add_argument("text", metavar="TEXT", type=Path)
    parser.add_argument("--similarity", nargs="+", default=[], metavar="FILE", help="test sets of word pairs")
    parser.add_argument("--analogies", nargs="+", default=[], metavar="FILE", help="test sets of analogies")
    parser.add_argument(
        "--restrict-vocab", type=int, default=30_000, help="analogies are answered among this many most frequent words"
    )
    parser.add_argument(
        "--run", nargs=2, action="append", metavar=("NAME", "SETTINGS"), help="a variant of this program, such as "
        "--run textbook 'experiment=textbook' (default: one called jaxw2v without settings)",
    )  # fmt: skip
    parser.add_argument("--gensim", nargs="*", type=int, default=[2, 3], metavar="N", help="workers (default: 2 3)")
    parser.add_argument("--word2vec", metavar="PATH", help="a binary of the original C program")
    parser.add_argument("--repeats", type=int, default=3, help="trials of each, with seeds 1, 2, ... (default: 3)")
    parser.add_argument(
        "--out", type=Path, default=Path("outputs/benchmark"), metavar="OUT", help="default: %(default)s"
    )
    add_settings(parser)
    return parser


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


def _benchmark(argv: Sequence[str] | None) -> None:
    chosen = _parser().parse_args(argv)
    _check(chosen)
    test_sets: dict[str, Questions] = {Path(path).stem: pair_files.load(path) for path in chosen.similarity}
    test_sets |= {Path(path).stem: question_files.load(path) for path in chosen.analogies}
    chosen.out.mkdir(parents=True, exist_ok=True)
    programs = _programs(chosen)
    trials: list[dict[str, Any]] = []
    for seed in range(1, chosen.repeats + 1):
        for program in programs:
            trial = _trial(chosen, program, seed, test_sets)
            trials.append(trial)
            scores = ", ".join(f"{key} {value:.3f}" for key, value in trial["scores"].items() if value is not None)
            print(
                f"{program.name}, seed {seed}: {_number(trial.get('words_per_second'))} words/s; {scores}", flush=True
            )
            _fill_pairs(trials)
            record = {"settings": vars(chosen), "trials": trials, **provenance(REPOSITORY)}
            write_result(chosen.out / "benchmark.json", record)
    text = _table(trials) + "\n" + _ratios(trials, [each.name for each in programs if each.train is _baseline])
    (chosen.out / "table.md").write_text(text, encoding="utf-8")
    print(f"\n{text}")
    points = [
        {"name": t["name"], "speed": t["words_per_second"], "score": statistics.fmean(known)}
        for t in trials
        if t.get("words_per_second") and (known := [v for v in t["scores"].values() if v is not None])
    ]
    if points:
        figures.quality_speed(points, chosen.out / "quality-speed.png")
    print(f"files: {chosen.out}: benchmark.json, table.md{', quality-speed.png' if points else ''}")


def _check(chosen: Namespace) -> None:
    if not chosen.text.is_file():
        raise InputError(f"{chosen.text}: there is no such file; give a text with one sentence a line")
    if (chosen.out / "benchmark.json").exists():
        raise InputError(f"{chosen.out} holds a benchmark already; choose another --out")
    if chosen.gensim and importlib.util.find_spec("gensim") is None:
        raise InputError("gensim is not installed: pip install -e '.[gensim]', or go without it, --gensim")
    if chosen.word2vec and shutil.which(chosen.word2vec) is None:
        raise InputError(f"--word2vec {chosen.word2vec}: there is no such program; give the path of its binary")


def _programs(chosen: Namespace) -> list[Program]:
    found = [Program(name, _ours, settings.split()) for name, settings in chosen.run or [("jaxw2v", "")]]
    found += [Program(f"gensim, {n} workers", _baseline, ["gensim", f"--workers={n}"]) for n in chosen.gensim]
    if chosen.word2vec:
        words = ["word2vec", f"--workers={os.cpu_count()}", f"--binary={chosen.word2vec}"]
        found.append(Program("word2vec.c", _baseline, words))
    return found


def _trial(chosen: Namespace, program: Program, seed: int, test_sets: dict[str, Questions]) -> dict[str, Any]:
    """One training: its measurements and scores."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        measured = program.train(chosen, program.words, seed, Path(folder))
        table = formats.load(Path(folder) / "vectors.bin")
    scores = _scores(table, test_sets, chosen.restrict_vocab)
    return {"name": program.name, "seed": seed} | measured | {"scores": scores}


def _ours(chosen: Namespace, words: list[str], seed: int, folder: Path) -> dict[str, Any]:
    shared = {
        "model.dim": chosen.dim, "windows.window": chosen.window, "negatives.k": chosen.k, "seed": seed,
        "subsample.threshold": chosen.threshold, "vocab.min_count": chosen.min_count, "train.epochs": chosen.epochs,
        "corpus": "file", "corpus.path": f"'{chosen.text.resolve()}'", "figures": "false",
        "cache": folder / "cache", "hydra.run.dir": folder,
    }  # fmt: skip
    settings = [f"{key}={value}" for key, value in shared.items()]
    measured, _ = _measure("experiments.train", settings + words)
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    shutil.rmtree(folder / "cache")
    keys = (
        "words_per_second",
        "pairs_per_second",
        "seconds.training",
        "seconds.to_saved_vectors",
        "seconds.compilation",
    )
    return {key: result[key] for key in keys} | {"loss": result["loss"], "overrides": words} | measured


def _baseline(chosen: Namespace, words: list[str], seed: int, folder: Path) -> dict[str, Any]:
    program, *words = words
    shared = ("dim", "window", "k", "threshold", "min_count", "epochs")
    words += [f"--{key.replace('_', '-')}={getattr(chosen, key)}" for key in shared] + [f"--seed={seed}"]
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


def _scores(table: Table, test_sets: dict[str, Questions], vocabulary: int) -> dict[str, float | None]:
    found = {}
    for name, questions in test_sets.items():
        if isinstance(questions, analogies.Questions):
            found[name] = analogies.evaluate(table, questions, "3cosadd", vocabulary, "lower", "skip").total.value
        else:
            found[name] = similarity.evaluate(table, questions, "lower").value
    return found


def _fill_pairs(trials: list[dict[str, Any]]) -> None:
    """Adds a baseline's positive pairs a second: its words a second times this program's pairs per word."""
    counted = [t for t in trials if t.get("seconds.compilation") is not None]
    for trial in trials:
        if counted and "pairs_per_second" not in trial and "words_per_second" in trial:
            ratio = counted[0]["pairs_per_second"] / counted[0]["words_per_second"]
            trial["pairs_per_second"] = trial["words_per_second"] * ratio


def _table(trials: list[dict[str, Any]]) -> str:
    """Medians with ranges; scores are means over seeds."""
    names = list(dict.fromkeys(trial["name"] for trial in trials))
    sets = list(trials[0]["scores"])
    shown = {key: title for key, title in SHOWN.items() if any(key in trial for trial in trials)}
    lines = [f"| | {' | '.join([*shown.values(), *sets, 'mean'])} |", "|---" * (len(shown) + len(sets) + 2) + "|"]
    for name in names:
        mine = [trial for trial in trials if trial["name"] == name]
        cells = []
        for key in shown:
            values = [trial[key] for trial in mine if trial.get(key) is not None]
            cells.append(_spread(values) if values else "")
        means = []
        for test_set in sets:
            values = [trial["scores"][test_set] for trial in mine if trial["scores"][test_set] is not None]
            means.append(statistics.fmean(values) if values else None)
        known = [mean for mean in means if mean is not None]
        cells += ["" if mean is None else f"{mean:.3f}" for mean in means]
        cells.append(f"{statistics.fmean(known):.3f}" if known else "")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _ratios(trials: list[dict[str, Any]], baselines: list[str]) -> str:
    """Ours over the best baseline of the same repeat, for each repeat."""
    lines = []
    for key, better in (("words_per_second", max), ("seconds.to_saved_vectors", min)):
        for name in dict.fromkeys(trial["name"] for trial in trials if trial["name"] not in baselines):
            ratios = []
            for mine in (trial for trial in trials if trial["name"] == name):
                others = [t for t in trials if t["name"] in baselines and t["seed"] == mine["seed"] and key in t]
                if others:
                    best = better(other[key] for other in others)
                    ratios.append(mine[key] / best if better is max else best / mine[key])
            if ratios:
                each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
                lines.append(f"{name} / best baseline, {SHOWN[key]}: median {statistics.median(ratios):.2f} ({each})")
    return "\n".join(lines) + "\n"


def _spread(values: list[float]) -> str:
    middle = _number(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({_number(min(values))} to {_number(max(values))})"


def _number(value: float | None) -> str:
    if value is None:
        return "?"
    if value < 1e4:
        return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return f"{value / 1e6:.2f}M" if value >= 1e6 else f"{value / 1e3:.0f}k"


if __name__ == "__main__":
    sys.exit(main())
