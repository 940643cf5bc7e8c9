"""How the cost of training grows: with the vectors' length, the vocabulary, the window, k, the step, the corpus, the
number of runs in one program, whose words/s are those of all, and the devices that share the work in each of the ways.

python -m experiments.benchmarks.scaling --out outputs/growth
python -m experiments.benchmarks.scaling --only corpus vocabulary
python -m experiments.benchmarks.scaling --only data replicas --set train.device=gpu

Text is drawn from Zipf's law; a longer corpus repeats a short one. One thing changes at a time from 100 dimensions,
30,000 words, window 5, k 5, the default step and 2 million words. Each point is a process, whose peak memory it is.
Devices that share steps add their own tokens to each; beside the time of such a step stands that of sending its
gradients alone. More devices of a CPU than it has cores say what sending costs, not what sharing brings.
OUT gets growth.json and growth.md.
"""

import dataclasses
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files.results import provenance, write_result
from jaxw2v.launch.command import Parser, run
from jaxw2v.launch.places import CONF, REPOSITORY, TESTSETS
from jaxw2v.settings.config import Config
from jaxw2v.text.corpus import Corpus
from jaxw2v.text.vocabulary import Vocabulary

MILLION = 1_000_000
AXES = {
    "dimensions": ("model.dim", (50, 100, 200, 300)),
    "vocabulary": ("words", (10_000, 30_000, 100_000, 1_000_000)),
    "window": ("windows.window", (2, 5, 10)),
    "k": ("negatives.k", (1, 5, 20)),
    "step": ("train.step_tokens", (256, 512, 2048, 8192)),
    "corpus": ("tokens", (1 * MILLION, 10 * MILLION, 100 * MILLION)),
    "runs": ("runs", (1, 4, 16, 64)),
    "replicas": ("train.replicas", (1, 2, 4, 8)),
    "data": ("train.mesh.data", (1, 2, 4, 8)),
    "column": ("train.mesh.column", (1, 2, 4)),
}
SHORT = 2 * MILLION
SENTENCE = 25  # words


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return run(lambda: _growth(argv))


def _growth(argv: Sequence[str] | None) -> None:
    parser = Parser(prog="python -m experiments.benchmarks.scaling", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=AXES, default=list(AXES), metavar="AXIS", help=", ".join(AXES))
    parser.add_argument("--scale", type=float, default=1.0, help="of the tokens of every point (default: 1)")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings of every point")
    parser.add_argument("--out", type=Path, default=Path("outputs/growth"), metavar="OUT", help="default: %(default)s")
    parser.add_argument("--point", help="used by this program itself")
    arguments = parser.parse_args(argv)
    if arguments.point:
        print(json.dumps(_measure(json.loads(arguments.point))))
        return
    if not 0 < arguments.scale <= 10:
        raise InputError(f"--scale {arguments.scale:g}: use a number above 0, up to 10")
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--out {arguments.out}: {error.strerror}; choose another folder") from error
    found = {axis: [_point(axis, value, arguments) for value in AXES[axis][1]] for axis in arguments.only}
    table = _table(found)
    flat = {f"{axis}.{p[AXES[axis][0]]}.{key}": p[key] for axis, ps in found.items() for p in ps for key in MEASURED}
    write_result(arguments.out / "growth.json", flat | provenance(REPOSITORY))
    (arguments.out / "growth.md").write_text(table, encoding="utf-8")
    print(table)


MEASURED = (
    "words_per_second", "compilation", "peak_megabytes", "megabytes_of_tables", "seconds_of_a_step",
    "seconds_of_its_exchange",
)  # fmt: skip


def _point(axis: str, value: int, arguments) -> dict:
    name = AXES[axis][0]
    point: dict[str, Any] = {"words": 30_000, "tokens": SHORT, "runs": 1, "settings": list(arguments.set)}
    if name in point:
        point[name] = value
    else:
        point["settings"].append(f"{name}={value}")
    point["tokens"] = round(point["tokens"] * arguments.scale)
    command = [sys.executable, "-m", "experiments.benchmarks.scaling", "--point", json.dumps(point)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    if done.returncode:
        raise InputError(f"{name}={value}: {done.stderr.strip().splitlines()[-1] if done.stderr else 'killed'}")
    measured = json.loads(done.stdout.splitlines()[-1])
    print(f"{name}={value}: {measured['words_per_second'] / 1e6:.2f}M words/s", flush=True)
    return {name: value, **measured}


def _measure(point: dict) -> dict:
    """Trains one epoch, in this process, and says how fast."""
    import hydra  # here: the parent needs neither
    from hydra.core.config_store import ConfigStore
    from omegaconf import OmegaConf

    from jaxw2v.launch import given
    from jaxw2v.launch.schema import SCHEMA, to_config

    ConfigStore.instance().store("schema", node=SCHEMA)
    OmegaConf.register_new_resolver("testset", lambda name: str(TESTSETS / name), replace=True)
    with hydra.initialize_config_dir(str(CONF), version_base="1.3"):
        config = to_config(hydra.compose("config", ["train.epochs=1", *point["settings"]]))
    given.refuse_unused(config, point["settings"])
    runs = point["runs"]
    with tempfile.TemporaryDirectory() as folder:
        corpus = _corpus(point["words"], point["tokens"], Path(folder, "ids.bin"))
        configs = [dataclasses.replace(config, seed=seed) for seed in range(1, runs + 1)]
        return _train(configs, corpus, Path(folder))


class _Steps:
    """Keeps the seconds of a step in each round."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def after_segment(self, done, state, info) -> None:
        self.seconds.append(done.seconds / max(int(info.steps.max()), 1))  # replicas make theirs at once


def _train(configs: list[Config], corpus: Corpus, folder: Path) -> dict[str, float]:
    from experiments.benchmarks import exchange
    from jaxw2v.runs import session
    from jaxw2v.runs.callbacks import Divergence, Progress, Report
    from jaxw2v.runs.devices import mesh_of
    from jaxw2v.runs.program import Program

    config, runs = configs[0], len(configs)
    reports: list[Progress] = []
    steps = _Steps()
    mesh = mesh_of(config, corpus, runs)
    before = _peak()
    program = Program(configs, corpus, mesh)
    state = session.train(program, session.begin(program), [Divergence([folder] * runs), steps, Report(reports.append)])
    for error in state.failed.values():
        raise error
    later = [progress.words_per_second * runs for progress in reports[1:] or reports]  # the first warms caches
    itemsize = 2 if config.model.dtype == "bfloat16" else 4
    copies = runs * program.replicas * config.train.mesh.data
    tables = 2 * copies * len(corpus.vocabulary.words) * config.model.dim * itemsize
    return {
        "words_per_second": float(np.median(later)),
        "compilation": program.compilation,
        "peak_megabytes": _peak(),
        "megabytes_before": before,
        "megabytes_of_tables": tables / 1e6,
        "seconds_of_a_step": float(np.median(steps.seconds[1:] or steps.seconds)),
        "seconds_of_its_exchange": exchange.seconds(mesh, *sent) if (sent := exchange.sent(program.as_text())) else 0.0,
    }


def _corpus(words: int, tokens: int, path: Path) -> Corpus:
    """A text of so many tokens; its ids are in the file, a short text over and over."""
    ids, counts = _zipf(words, min(tokens, SHORT))
    with path.open("wb") as file:
        for begin in range(0, tokens, SHORT):
            ids[: (tokens - begin) * (SENTENCE + 1) // SENTENCE].tofile(file)
    ids_N = np.memmap(path, np.int32, "r")
    sentences = int(len(ids_N) // (SENTENCE + 1))
    seen = len(ids_N) - sentences
    return Corpus(ids_N, Vocabulary([str(word) for word in range(words)], counts), "", seen, seen, sentences)


def _zipf(words: int, tokens: int) -> tuple[np.ndarray, np.ndarray]:
    """[N] int32 ids, the word of rank r 1 / r as often as the first, -1 at sentence ends; and their counts."""
    random = np.random.default_rng(1)
    share = 1 / np.arange(1, words + 1)
    drawn = np.searchsorted(np.cumsum(share / share.sum()), random.random(tokens)).astype(np.int32)
    counts = np.maximum(np.bincount(drawn, minlength=words), 1)
    lines = drawn[: tokens // SENTENCE * SENTENCE].reshape(-1, SENTENCE)
    return np.pad(lines, ((0, 0), (0, 1)), constant_values=-1).reshape(-1), counts


def _peak() -> float:
    import resource  # here: Windows has none, and every other system knows what a process has taken

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def _table(found: dict[str, list[dict]]) -> str:
    lines = ["| | words/s | s, compilation | peak MB | MB of tables | us a step | of them sending |"]
    lines.append("|---" * 7 + "|")
    for axis, points in found.items():
        for p in points:
            lines.append(
                f"| {axis} {p[AXES[axis][0]]:,} | {p['words_per_second'] / 1e6:.2f}M | {p['compilation']:.1f} | "
                f"{p['peak_megabytes']:,.0f} | {p['megabytes_of_tables']:,.0f} | {p['seconds_of_a_step'] * 1e6:,.0f} | "
                f"{p['seconds_of_its_exchange'] * 1e6:,.0f} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
