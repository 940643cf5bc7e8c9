"""Where the time of training goes, part by part, and how near it comes to what the machine could do.

python -m experiments.benchmarks.profile corpus=file corpus.path=TEXT
python -m experiments.benchmarks.profile corpus=file corpus.path=TEXT train.replicas=1 negatives.span=32
python -m experiments.benchmarks.profile --operations 30 corpus=file corpus.path=TEXT

Takes the settings of experiments.train. Parts are measured by JAX's profiler in the compiled program itself; the limits
are measured here too: bytes a second by adding to a large array, operations a second by a large matrix product.
--operations N also lists the N operations of the compiled program that take the most time themselves, with the lines of
source that they come from. Leaves cost.json and cost.md in hydra.run.dir.
"""

import functools
import re
import sys
import time
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh

from experiments.benchmarks import operations
from experiments.benchmarks.timing import best_of_five
from jaxw2v.checkpoints import folder as places
from jaxw2v.errors import InputError
from jaxw2v.files.results import provenance, write_result
from jaxw2v.launch import compose as hydra_settings
from jaxw2v.launch.command import Parser, run
from jaxw2v.launch.job import Job
from jaxw2v.launch.places import REPOSITORY
from jaxw2v.runs import compilation_cache, texts
from jaxw2v.runs.devices import mesh_of
from jaxw2v.runs.program import Program
from jaxw2v.settings.config import Config
from jaxw2v.text.corpus import Corpus

PARTS = {  # the named scopes of jaxw2v/training, and what each does
    "subsample": "subsampling and moving the kept tokens together",
    "draw": "random bits, windows, negative samples, and slicing a step's share of them",
    "gather": "gathering rows",
    "products": "products of rows, forward and backward",
    "activation": "sigmoids and their counts",
    "exchange": "sending gradients between devices that share a step, waiting included",
    "update": "accumulators, scatters",
    "report": "the loss of one step of a chunk",
    "merge": "merging the replicas",
    "other": "the rest of the compiled program",
}
SEGMENTS = 4  # timed; one before them is not
NUMBERS, SIDE = 2**26, 4096  # of the array and of the square matrix that the machine's limits are measured with


def main(words: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return run(lambda: _start(sys.argv[1:] if words is None else words))


def _start(words: Sequence[str]) -> int:
    """Our own flag is taken out of the words; the others are settings and flags of Hydra."""
    parser = Parser(prog="python -m experiments.benchmarks.profile", add_help=False, allow_abbrev=False)
    parser.add_argument("--operations", type=int, metavar="N")
    chosen, rest = parser.parse_known_args(words)
    if chosen.operations is not None and chosen.operations < 1:
        raise InputError(f"--operations {chosen.operations}: use 1 or more, or leave it out")

    @functools.wraps(cost)
    def work(jobs: Sequence[Job]) -> list[None]:
        return cost(jobs, chosen.operations or 0)

    return hydra_settings.main(work, "name=cost", ignores=IGNORES)(rest)


def cost(jobs: Sequence[Job], number: int = 0) -> list[None]:
    """Measures, prints and writes cost.json and cost.md, with so many operations."""
    config, folder = jobs[0].config, jobs[0].folder
    places.claim(folder)
    corpus, _ = texts.open_corpus(config, _say)
    mesh = mesh_of(config, corpus)
    device = mesh.devices.flat[0]
    with compilation_cache.kept(config, _say, by_source=True):
        program, go = _program(config, corpus, mesh)
    go()
    begin = time.perf_counter()
    for _ in range(SEGMENTS):
        kept = go()
    seconds = (time.perf_counter() - begin) / SEGMENTS
    text = program.as_text()
    timed, known = operations.profile(go, text), operations.read(text)
    busy = _by_part(timed, known)
    total = sum(busy.values())
    bandwidth, peak = _limits(device)
    rows, flops = _work(program.configs[0])
    size = 2 if config.model.dtype == "bfloat16" else 4
    bytes_ = 3 * rows * config.model.dim * size  # a row is read to be used, and read and written to be changed
    limit = max(bytes_ / bandwidth, flops / peak)
    per_token = seconds / kept
    result = {
        "tokens": kept,
        "microseconds_per_kept_token": per_token * 1e6,
        "words_per_second": program.rounds.words_before(1) / seconds * corpus.raw_words / corpus.words,
        "threads_busy": total / seconds / 1e6,
        **{f"share.{part}": busy[part] / total for part in PARTS},
        "host.share": _host_seconds(program) / seconds,
        "bytes_per_kept_token": bytes_,
        "operations_per_kept_token": flops,
        "bytes_per_second": bandwidth,
        "operations_per_second": peak,
        "share_of_limit": limit / per_token,
        "replicas": program.replicas,
        "device": device.device_kind,
        **provenance(REPOSITORY),
    }
    table = _table(result)
    if number:
        result["operations"] = operations.listed(timed, known, number, per_token * 1e6)
        table += f"\n{operations.table(result['operations'])}"
    write_result(folder / "cost.json", result)
    (folder / "cost.md").write_text(table, encoding="utf-8")
    _say(table)
    return [None]


def _say(line: str) -> None:
    print(line, flush=True)


def _program(config: Config, corpus: Corpus, mesh: Mesh) -> tuple[Program, Callable[[], float]]:
    """The compiled program, and what trains on its first segments once more and says the tokens kept."""
    program = Program([config], corpus, mesh)
    box = [program.init()]
    program.compile(box[0])

    def go() -> float:
        box[0], info = program.train_segment(0, box[0])
        jax.block_until_ready(box[0])
        return float(np.asarray(info.kept).sum())

    return program, go


def _host_seconds(program: Program) -> float:
    """What cutting the next segments takes."""
    begin = time.perf_counter()
    program.rounds.pieces(0)
    return time.perf_counter() - begin


def _by_part(timed: dict[str, operations.Timed], known: dict[str, operations.Operation]) -> dict[str, float]:
    """Microseconds of all threads by part; of instructions within others, each its own."""
    busy = dict.fromkeys(PARTS, 0.0)
    for name, each in timed.items():
        busy[_part(known[name].scope) if name in known else "other"] += each.microseconds
    return busy


def _part(scope: str) -> str:
    """The part that an instruction belongs to: the innermost of its named scopes that is one."""
    inside = [part for part in re.findall(r"\w+", scope) if part in PARTS]
    return inside[-1] if inside else "other"


def _limits(device: jax.Device) -> tuple[float, float]:
    """Bytes a second to and from memory, float32 operations a second."""
    with jax.default_device(device):
        large, square = jnp.ones(NUMBERS), jnp.ones((SIDE, SIDE))
        add = best_of_five(jax.jit(lambda x: x + 1), large)
        product = best_of_five(jax.jit(lambda x: jnp.matmul(x, x, precision="highest")), square)
    return 2 * large.nbytes / add, 2 * SIDE**3 / product


def _work(config: Config) -> tuple[float, float]:
    """Rows that a kept token touches, and the operations of its products, forward and both ways backward."""
    window, negatives = config.windows.window, config.negatives
    contexts = (window + 1) if config.windows.dynamic else 2 * window  # of a center, on average
    if negatives.shared_by == "span":
        rows = 2 + negatives.shared_samples / negatives.span_of(config.train.step)
        return rows, 6 * config.model.dim * (2 * window + negatives.shared_samples)
    noise = negatives.k * (2 * window if negatives.shared_by == "pair" else 1)
    return 1 + contexts + noise, 6 * config.model.dim * (2 * window + noise)


def _table(result: dict) -> str:
    lines = ["| part | share of the time | us a kept token |", "|---|---|---|"]
    for part, meaning in PARTS.items():
        share = result[f"share.{part}"]
        lines.append(f"| {meaning} | {share:.1%} | {share * result['microseconds_per_kept_token']:.3f} |")
    lines += [
        "",
        f"{result['words_per_second'] / 1e6:.2f}M words/s, {result['microseconds_per_kept_token']:.3f} us a kept "
        f"token, {result['threads_busy']:.2f} threads busy; cutting the next segment on the host takes "
        f"{result['host.share']:.2%} of the time.",
        f"A kept token moves {result['bytes_per_kept_token']:,.0f} bytes of rows and takes "
        f"{result['operations_per_kept_token']:,.0f} operations; this machine has "
        f"{result['bytes_per_second'] / 1e9:.0f} GB/s and {result['operations_per_second'] / 1e9:.0f} GFLOP/s, so that "
        f"{result['share_of_limit']:.0%} of the limit is reached.",
    ]
    return "\n".join(lines) + "\n"


IGNORES = (
    "figures", "heldout.", "vectors.", "eval.", "train.save_state", "train.heldout_fraction", "train.checkpoint_",
    "train.resume", "train.init_from", "train.log_every", "train.hosts.", "corpus.resample.",
)  # fmt: skip

if __name__ == "__main__":
    sys.exit(main())
