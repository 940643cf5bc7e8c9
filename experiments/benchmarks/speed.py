"""Trains this program and baselines on one text with the same settings, in turn, and prints speed beside quality.

    python -m experiments.benchmarks.speed TEXT --similarity wordsim353.tsv --analogies questions-words.txt
    python -m experiments.benchmarks.speed TEXT --grid 50,100,300 30k,75k,633k 1M,17M --epochs 1 --repeats 1

TEXT has one sentence a line. Each trial is a process of its own; the trials of one repeat follow one another and share
a seed, and ratios are taken within a repeat. --run names a variant of this program by settings as experiments.train
takes them; it may be given more than once. The baselines are gensim (pip install -e '.[gensim]') and, given --word2vec
PATH, the original C program. Words are raw words, before subsampling, as gensim counts them.

--tune-gensim 0.025 0.035 0.05 chooses gensim's learning rate among these by one half of the questions of each test set;
the other half is reported, of all programs.

--grid does so for each combination of dimensions, vocabularies and numbers of words; the same command goes on where it
was stopped, and another grid with the same --out is added. A text is the first words of TEXT, which is repeated if it
has fewer. A vocabulary is the min_count that comes nearest to it (all: --min-count); one that is larger than that of
TEXT is had from a text that is made (experiments.benchmarks.made_text).

OUT gets benchmark.json (every trial), table.md and, without --grid, quality-speed.png.
"""

import importlib.util
import os
import shutil
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.benchmarks import grid, tables, trials, tuning
from experiments.benchmarks.baselines import add_settings, learning_rate
from jaxw2v.errors import InputError
from jaxw2v.files.results import provenance, write_result
from jaxw2v.launch.command import Parser, run
from jaxw2v.launch.places import REPOSITORY
from jaxw2v.study import figures
from jaxw2v.vectors import pair_files, question_files
from jaxw2v.vectors.halves import HALVES, half

TestSets = dict[str, trials.Questions]


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
    parser.add_argument(
        "--tune-gensim", nargs="+", type=learning_rate, metavar="RATE", help="the best of these learning rates, on one "
        "half of the questions; the other half is reported",
    )  # fmt: skip
    parser.add_argument("--word2vec", metavar="PATH", help="a binary of the original C program")
    parser.add_argument(
        "--grid", nargs=3, metavar=("DIMENSIONS", "VOCABULARY", "WORDS"), help="each a list, such as 100,300 75k,633k "
        "17M,65M; this program by default and with one copy of the tables, or as --run has it, beside the baselines",
    )  # fmt: skip
    parser.add_argument("--repeats", type=int, default=3, help="trials of each, with seeds 1, 2, ... (default: 3)")
    parser.add_argument(
        "--out", type=Path, default=Path("outputs/benchmark"), metavar="OUT", help="default: %(default)s"
    )
    parser.add_argument(
        "--cache", type=Path, metavar="FOLDER", help="what this program keeps from one trial to the next, such as ids "
        "of texts (default: nothing, so that each begins with the text)",
    )  # fmt: skip
    add_settings(parser)
    return parser


def _benchmark(argv: Sequence[str] | None) -> None:
    needs = {"--restrict-vocab": ["--analogies"], "--tune-gensim": ["--similarity", "--analogies"]}
    chosen = _parser().parse_used(argv, needs)
    _check(chosen)
    test_sets: TestSets = {Path(path).stem: pair_files.load(path) for path in chosen.similarity}
    test_sets |= {Path(path).stem: question_files.load(path) for path in chosen.analogies}
    try:
        chosen.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--out {chosen.out}: {error.strerror}; choose another folder") from error
    programs, tuned = _programs(chosen), None
    if chosen.tune_gensim:
        programs, test_sets, tuned = _tuned(chosen, programs, test_sets)
    if chosen.grid:
        grid.measure(chosen, programs, test_sets, tuned, _say)
    else:
        _one_text(chosen, programs, test_sets, tuned)


def _one_text(
    chosen: Namespace, programs: list[trials.Program], test_sets: TestSets, tuned: tuning.Tuned | None
) -> None:
    made: list[dict[str, Any]] = []
    for seed in range(1, chosen.repeats + 1):
        for program in programs:
            trial = trials.run_trial(chosen, program, seed, test_sets)
            made.append(trial)
            scores = ", ".join(f"{key} {value:.3f}" for key, value in trial["scores"].items() if value is not None)
            speed = tables.number(trial.get("words_per_second"))
            _say(f"{program.name}, seed {seed}: {speed} words/s; {scores}")
            tables.fill_pairs(made)
            record = {"settings": vars(chosen), "trials": made, **provenance(REPOSITORY)}
            tuning_ = {"gensim.learning_rate": tuned.rate, "gensim.tried": tuned.tried} if tuned else {}
            write_result(chosen.out / "benchmark.json", record | tuning_)
    baselines = [each.name for each in programs if each.train is trials.baseline]
    text = tables.table(made) + (f"\n{tuned.note()}\n" if tuned else "") + "\n" + tables.ratios(made, baselines)
    (chosen.out / "table.md").write_text(text, encoding="utf-8")
    _say(f"\n{text}")
    points = [
        {"name": t["name"], "speed": t["words_per_second"], "score": score}
        for t in made
        if t.get("words_per_second") and (score := trials.mean(t["scores"])) is not None
    ]
    if points:
        figures.quality_speed(points, chosen.out / "quality-speed.png")
    _say(f"files: {chosen.out}: benchmark.json, table.md{', quality-speed.png' if points else ''}")


def _say(line: str) -> None:
    print(line, flush=True)


def _check(chosen: Namespace) -> None:
    if not chosen.text.is_file():
        raise InputError(f"{chosen.text}: there is no such file; give a text with one sentence a line")
    if chosen.repeats < 1 or min(chosen.gensim, default=1) < 1:
        raise InputError("--repeats and --gensim take 1 or more")
    if chosen.tune_gensim and not chosen.gensim:
        raise InputError("--tune-gensim: not used without gensim; give --gensim N, or leave it out")
    if chosen.grid:
        grid.check(chosen, _parser())
    elif (chosen.out / "benchmark.json").exists():
        raise InputError(f"{chosen.out} holds a benchmark already; choose another --out")
    if chosen.gensim and importlib.util.find_spec("gensim") is None:
        raise InputError("gensim is not installed: pip install -e '.[gensim]', or go without it, --gensim")
    if chosen.word2vec and shutil.which(chosen.word2vec) is None:
        raise InputError(f"--word2vec {chosen.word2vec}: there is no such program; give the path of its binary")


def _programs(chosen: Namespace) -> list[trials.Program]:
    default = [("jaxw2v", ""), ("one copy", "train.replicas=1")] if chosen.grid else [("jaxw2v", "")]
    found = [trials.Program(name, trials.ours, settings.split()) for name, settings in chosen.run or default]
    found += [_gensim(n) for n in chosen.gensim]
    if chosen.word2vec:
        words = ["word2vec", f"--workers={os.cpu_count()}", f"--binary={chosen.word2vec}"]
        found.append(trials.Program("word2vec.c", trials.baseline, words))
    return found


def _gensim(workers: int) -> trials.Program:
    return trials.Program(f"gensim, {workers} workers", trials.baseline, ["gensim", f"--workers={workers}"])


def _tuned(
    chosen: Namespace, programs: list[trials.Program], test_sets: TestSets
) -> tuple[list[trials.Program], TestSets, tuning.Tuned]:
    """The programs, gensim with its learning rate; and the halves of the test sets that are reported."""
    for_tuning, reported = (
        {name: half(name, questions, which, "leave out --tune-gensim") for name, questions in test_sets.items()}
        for which in HALVES
    )
    tuned = tuning.tune(chosen, _gensim(chosen.gensim[0]), chosen.tune_gensim, for_tuning, _say)
    with_rate = [
        each._replace(words=[*each.words, f"--learning-rate={tuned.rate}"]) if each.words[:1] == ["gensim"] else each
        for each in programs
    ]
    return with_rate, reported, tuned


if __name__ == "__main__":
    sys.exit(main())
