"""Times loading, queries and saving of word vectors beside gensim's, in turn, and prints a table.

    python -m experiments.benchmarks.queries --words 300000 --dimensions 300 --repeats 5
    python -m experiments.benchmarks.queries --words 3000000 --repeats 1 --folder /tmp

Vectors are random. Each repeat is a process of each program: it loads the file, asks for the 10 nearest words of one
word, and then of another, and saves the vectors, each with seconds of its own; medians over the repeats are shown. The
last column is the most memory the process had, in GB, that of its imports too, and of mapped vectors what the system
kept of the file. gensim: pip install -e '.[gensim]'.
"""

import importlib.util
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.launch.command import Parser, run
from jaxw2v.launch.places import REPOSITORY
from jaxw2v.vectors import formats, vectors
from jaxw2v.vectors.table import Table

STEPS = ("load", "first query", "second query", "save", "peak GB")
_ROWS = 10_000  # made at a time


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return run(lambda: _benchmark(argv))


def _parser() -> Parser:
    parser = Parser(prog="python -m experiments.benchmarks.queries", description=__doc__)
    parser.add_argument("--words", type=int, default=300_000, help="default: %(default)s")
    parser.add_argument("--dimensions", type=int, default=300, help="default: %(default)s")
    parser.add_argument("--repeats", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--format", choices=("bin", "txt"), default="bin", help="of the file (default: bin)")
    parser.add_argument("--folder", metavar="FOLDER", help="where files of three times the vectors find room")
    parser.add_argument("--one", nargs=2, metavar=("PROGRAM", "FILE"), help="time one program once, and print JSON")
    return parser


def _benchmark(argv: Sequence[str] | None) -> None:
    chosen = _parser().parse_args(argv)
    if chosen.one:
        print(json.dumps(_timed(chosen.one[0], chosen.one[1], chosen.format == "bin")))
        return
    if min(chosen.words, chosen.dimensions, chosen.repeats) < 1 or chosen.words < 4:
        raise InputError("--words takes 4 or more, --dimensions and --repeats 1 or more")
    programs = ["jaxw2v", "jaxw2v, mapped", *(["gensim"] if importlib.util.find_spec("gensim") else [])]
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        path = Path(folder) / f"vectors.{chosen.format}"
        formats.save(_made(chosen.words, chosen.dimensions), path, chosen.format)
        seconds: dict[str, list[list[float]]] = {program: [] for program in programs}
        for _ in range(chosen.repeats):
            for program in programs:
                seconds[program].append(_once(program, path, chosen.format, folder))
    size = f"{chosen.words:,} x {chosen.dimensions}"
    print(f"{size} in {chosen.format}, medians of {chosen.repeats}, in seconds\n")
    print("| words x dimensions | program |", *(f" {step} |" for step in STEPS), sep="")
    print("|---:|---|", "---:|" * len(STEPS), sep="")
    for program, found in seconds.items():
        print(f"| {size} | {program} |", *(f" {_shown(column)} |" for column in zip(*found)), sep="")


def _shown(column: Sequence[float]) -> str:
    """The median, with three digits."""
    value = statistics.median(column)
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}" if value > 0 else f"{value}"


def _made(words: int, dimensions: int) -> Table:
    random, values_VD = np.random.default_rng(0), np.empty((words, dimensions), np.float32)
    for start in range(0, words, _ROWS):
        random.standard_normal(out=values_VD[start : start + _ROWS], dtype=np.float32)
    return Table([f"w{row}" for row in range(words)], values_VD)


def _once(program: str, path: Path, format: str, folder: str) -> list[float]:
    words = ["-m", "experiments.benchmarks.queries", "--format", format, "--one", program, str(path)]
    environment = os.environ | {"JAXW2V_CACHE": folder, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, *words], cwd=REPOSITORY, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise InputError(f"{program}: {done.stderr[-300:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _timed(program: str, path: str, binary: bool) -> list[float]:
    """Seconds of each of `STEPS`, imports are not among them; and as the last the peak of memory in GB."""
    copy = f"{path}.copy.{'bin' if binary else 'txt'}"
    begin = time.perf_counter()
    if program == "gensim":
        from gensim.models import KeyedVectors

        begin = time.perf_counter()
        theirs = KeyedVectors.load_word2vec_format(path, binary=binary)
        ask = [
            lambda: theirs.most_similar("w1", topn=10),
            lambda: theirs.most_similar("w3", topn=10),
            lambda: theirs.save_word2vec_format(copy, binary=binary),
        ]
    else:
        ours = vectors.load(path, mmap=program.endswith("mapped"))
        ask = [
            lambda: ours.most_similar("w1", 10),
            lambda: ours.most_similar("w3", 10),
            lambda: ours.save(copy),
        ]
    seconds = [time.perf_counter() - begin]
    for step in ask:
        begin = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - begin)
    os.unlink(copy)
    return [*seconds, _peak()]


def _peak() -> float:
    """GB; NaN where the system does not say."""
    try:
        import resource  # here: there is none on Windows
    except ImportError:
        return float("nan")
    unit = 1 if sys.platform == "darwin" else 1024  # bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


if __name__ == "__main__":
    sys.exit(main())
