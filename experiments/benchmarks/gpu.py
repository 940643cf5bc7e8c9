"""The table of a GPU: speed and quality by step size, by the form of the program, by precision, and of many runs.

python -m experiments.benchmarks.gpu TEXT --similarity wordsim353.tsv simlex999.tsv --analogies google-analogies.txt
python -m experiments.benchmarks.gpu TEXT --only steps populations
python -m experiments.benchmarks.gpu TEXT --quick --device cpu    # whether everything runs, not how fast

TEXT has one sentence a line. One process trains all points one after another, 100 dimensions and 5 epochs each; words/s
are raw words of all epochs and runs over the seconds of training, compilation apart. Scores are those of the first run.
Results are written after each point: the same command goes on where it was stopped, so that ten minutes with a GPU are
enough to begin. A point that the device cannot train is named with the reason. OUT gets gpu.json and gpu.md.
"""

import dataclasses
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax

from experiments.benchmarks.trials import mean
from jaxw2v.errors import InputError
from jaxw2v.files.results import provenance, write_result
from jaxw2v.launch import python
from jaxw2v.launch.command import Parser, run
from jaxw2v.launch.places import REPOSITORY
from jaxw2v.runs import compilation_cache, evaluation, outputs, session, tables
from jaxw2v.runs.devices import choose_mesh, mesh_of
from jaxw2v.runs.program import Program
from jaxw2v.settings.config import Config
from jaxw2v.text.corpus import Corpus
from jaxw2v.vectors.table import Table


class Point(NamedTuple):
    """A line of the table: its settings beside the defaults of the platform, and how many runs are trained at once."""

    name: str
    words: tuple[str, ...] = ()
    runs: int = 1


def _step(tokens: int, *words: str) -> Point:
    more = f", {' '.join(word.partition('.')[2] for word in words)}" if words else ""
    sizes = (f"train.step_tokens={tokens}", f"train.chunk_tokens={32 * tokens}")
    return Point(f"steps of {tokens:,} tokens{more}", (*sizes, *words))


DAMPED = "optimizer.initial_accumulator=1e3"
POINTS = {
    "steps": (
        Point("the defaults"),
        _step(1024),
        _step(4096),
        _step(4096, "optimizer.learning_rate=0.05", DAMPED),
        _step(8192, "optimizer.learning_rate=0.05", DAMPED),
        _step(8192, "optimizer.learning_rate=0.06", DAMPED),
    ),
    "forms": (
        Point("positives as a band", ("train.positives=band",)),
        Point("dynamic loops", ("train.loops=dynamic",)),
        Point("both, as on a CPU", ("train.positives=band", "train.loops=dynamic")),
    ),
    "precision": (
        Point("precision high", ("model.precision=high",)),
        Point("precision default", ("model.precision=default",)),
    ),
    "deterministic": (
        Point("deterministic", ("train.deterministic=true",)),
        Point("deterministic, again", ("train.deterministic=true",)),
        Point("deterministic, scattered", ("train.deterministic=true", "train.sums=scattered")),
    ),
    "populations": tuple(Point(f"{runs} runs at once", (), runs) for runs in (1, 4, 16, 64)),
}
QUICK = {
    "model.dim": 16, "train.epochs": 1, "train.step_tokens": 256, "train.chunk_tokens": 1024, "vocab.min_count": 1,
}  # fmt: skip
QUICK_RUNS = 2  # at most


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return run(lambda: _measure_all(argv))


def _parser() -> Parser:
    parser = Parser(prog="python -m experiments.benchmarks.gpu", description=__doc__)
    parser.add_argument("text", metavar="TEXT", type=Path)
    parser.add_argument("--similarity", nargs="+", default=[], metavar="FILE", help="test sets of word pairs")
    parser.add_argument("--analogies", nargs="+", default=[], metavar="FILE", help="test sets of analogies")
    groups = ", ".join(POINTS)
    parser.add_argument("--only", nargs="+", choices=POINTS, default=list(POINTS), metavar="GROUP", help=groups)
    parser.add_argument("--device", choices=("gpu", "tpu", "cpu"), default="gpu", help="default: gpu")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings of every point")
    parser.add_argument("--quick", action="store_true", help="small: 16 dimensions, one epoch, at most four runs")
    parser.add_argument("--out", type=Path, default=Path("outputs/gpu"), metavar="OUT", help="default: %(default)s")
    return parser


def _measure_all(argv: Sequence[str] | None) -> None:
    chosen = _parser().parse_args(argv)
    if not chosen.text.is_file():
        raise InputError(f"{chosen.text}: there is no such file; give a text with one sentence a line")
    base = {"corpus.path": str(chosen.text), "train.device": chosen.device} | (QUICK if chosen.quick else {})
    base |= {f"eval.{kind}": files for kind in ("similarity", "analogies") if (files := vars(chosen)[kind])}
    settings = {"settings": base, "set": chosen.set}
    config = python.compose(*chosen.set, settings=base)
    device = choose_mesh(config.train, config.optimizer.name).devices.flat[0]  # refused before a text is read
    settings["device"] = device.device_kind
    points = _begun(chosen.out, settings)
    test_sets, corpus = evaluation.read_test_sets(config.eval), python.read_corpus(config)
    with compilation_cache.kept(config, _say):
        for point in [point for group in chosen.only for point in POINTS[group]]:
            if point.name in points:
                continue
            small = _shrunk(point) if chosen.quick else point
            points[point.name] = _measured(small, partial(_configs, small, base, chosen.set), corpus, test_sets)
            write_result(chosen.out / "gpu.json", settings | {"points": points} | provenance(REPOSITORY))
            (chosen.out / "gpu.md").write_text(table(points), encoding="utf-8")
            _say(table({point.name: points[point.name]}).splitlines()[-1])
    _say(f"\n{table(points)}\nfiles: {chosen.out}: gpu.json, gpu.md")


def _say(line: str) -> None:
    print(line, flush=True)


def _begun(out: Path, settings: dict[str, Any]) -> dict[str, dict]:
    """The points that are there already, of the same settings and device."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        there = json.loads((out / "gpu.json").read_text(encoding="utf-8")) if (out / "gpu.json").exists() else None
    except OSError as error:
        raise InputError(f"--out {out}: {error.strerror}; choose another folder") from error
    except ValueError as error:
        raise InputError(f"{out / 'gpu.json'}: not as this program writes it; remove it") from error
    if there is not None and any(there.get(key) != value for key, value in settings.items()):
        raise InputError(f"{out} holds points of other settings or another device; choose another --out")
    return {} if there is None else there["points"]


def _shrunk(point: Point) -> Point:
    """Steps of an eighth and few runs."""
    words = [
        f"{name}={int(value) // 8}" if name in ("train.step_tokens", "train.chunk_tokens") else f"{name}={value}"
        for name, value in (word.split("=", 1) for word in point.words)
    ]
    return point._replace(words=tuple(words), runs=min(point.runs, QUICK_RUNS))


def _configs(point: Point, base: Mapping[str, Any], words: Sequence[str]) -> list[Config]:
    """The settings of its runs: those of the point before those of all."""
    own = {word.partition("=")[0] for word in point.words}
    settings = {name: value for name, value in base.items() if name not in own}
    shared = [word for word in words if word.partition("=")[0] not in own]
    config = python.compose(*shared, *point.words, settings=settings)
    return [dataclasses.replace(config, seed=seed) for seed in range(1, point.runs + 1)]


def _measured(
    point: Point, configs: Callable[[], list[Config]], corpus: Corpus, test_sets: evaluation.TestSets
) -> dict[str, Any]:
    """What training the runs of a point takes and gives; or why it cannot be."""
    try:
        config = (made := configs())[0]
        program = Program(made, corpus, mesh_of(config, corpus, point.runs))
        state = session.train(program, session.begin(program), [_Stop()])
    except (InputError, jax.errors.JaxRuntimeError) as error:
        return {"runs": point.runs, "refused": str(error).splitlines()[0]}
    arrays = tables.named(program.configs[0], program.model(state.state, 0))
    vectors = Table(corpus.vocabulary.words, arrays[config.vectors.matrices[0]])
    scores, _ = evaluation.evaluate(vectors, test_sets, config.eval)
    train = program.configs[0].train
    return {
        "runs": point.runs,
        "words_per_second": corpus.raw_words * train.epochs * point.runs / state.seconds,
        "pairs_per_second": float(state.pairs_R.sum()) / state.seconds,
        "seconds.training": state.seconds,
        "seconds.compilation": program.compilation,
        "loss": float(state.loss_R[0] / state.counted_R[0]),
        "scores": {name: value for name, value in scores.items() if not name.endswith((".answered", ".asked"))},
        "vectors.sha256": outputs.fingerprint(vectors),
        "train": dataclasses.asdict(train),
        "model.precision": config.model.precision,
    }


class _Stop:
    """Ends a point whose run has diverged."""

    def after_segment(self, done, state, info) -> None:
        if not info.healthy.all():
            raise InputError(f"diverged in segment {done.number + 1}; a larger step needs a lower learning rate")


def table(points: Mapping[str, Mapping]) -> str:
    """The points in Markdown."""
    names = list(dict.fromkeys(name for point in points.values() for name in point.get("scores", {})))
    heads = ["", "runs", "words/s", "pairs/s", "s, training", "s, compilation", "loss", "mean", *names, "vectors"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, point in points.items():
        if "refused" in point:
            lines.append(f"| {name} | {point['runs']} | {point['refused']} |" + " |" * (len(heads) - 3))
            continue
        scores = point["scores"]
        average = mean(scores)
        cells = [
            name, str(point["runs"]), f"{point['words_per_second'] / 1e6:.2f}M",
            f"{point['pairs_per_second'] / 1e6:.1f}M", f"{point['seconds.training']:.2f}",
            f"{point['seconds.compilation']:.1f}", f"{point['loss']:.3f}", "" if average is None else f"{average:.3f}",
            *("" if scores.get(each) is None else f"{scores[each]:.3f}" for each in names), point["vectors.sha256"][:8],
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
