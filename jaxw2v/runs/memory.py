"""The memory that training takes: estimated before it is taken, and one line where there is not enough."""

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
from jax.sharding import Mesh

from jaxw2v.errors import InputError
from jaxw2v.files import memory
from jaxw2v.settings.config import Config
from jaxw2v.settings.train import TrainSettings
from jaxw2v.training.mesh import DATA, REPLICAS, RUNS

# Copies of the state that are there at once. Measured on CPUs: the highest resident memory of a process of its own
# (ru_maxrss) with tables of 200k x 300, 400k x 100 and 1M x 100 numbers, less that with 20k words, to the difference of
# their sizes; two replicas 2.67 to 2.69, four 2.3, one 2.46 (1.1 while it trains).
ALONE = 1.3  # of one replica
DRAWN_ON_CPU = 2.5  # of one replica, on a CPU, while its tables are drawn: XLA keeps three arrays of random bits there
MERGED = 2.7  # of each of several, which keep half of what they began with and exchange parts to merge them
TOKEN = 36  # bytes of a token of a segment: raw and kept ids, sentences, their sorting, and the segment after it
BYTES = 4  # of a float32 and of an int32
LEAST = 2.5e8  # bytes of addresses for reading a text
DRAWN = 3  # arrays of all pairs of a chunk: ids, how often they count as observed and as noise
PRODUCTS = 4  # arrays of the pairs of a step: the products, their gradients, those that are reported, the squares
ROWS = 4  # of each row that a step gathers: itself, its gradient, what is added to the table, and one on the way


def estimate(state: Any, device: jax.Device, replicas: int, segment: int, runs: int) -> float:
    """Bytes for the tables and the text, on each device; the rest, some hundred MB, does not grow with settings.

    Args:
      state: what a device has of it; shapes will do.
      device: one of them.
      replicas: how many there are.
      segment: tokens.
      runs: side by side on a device.
    """
    tables = sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in jax.tree.leaves(state))
    alone = DRAWN_ON_CPU if device.platform == "cpu" else ALONE
    return tables * (alone if replicas == 1 else MERGED) + TOKEN * segment * (1 + runs)


def buffers(config: Config, widest: int) -> float:
    """Bytes for what a chunk draws and a step gathers, of one run on one device; the full softmax has `model.memory`.

    Where devices share a step each draws for all and has the gradients of all; of rows it has its own columns.

    About what the compiled program says of itself, which is asked, too, once there is one: see `refuse_program`.

    Args:
      config: checked.
      widest: no window of the program is wider.
    """
    noise, mesh, contexts = config.negatives, config.train.mesh, 2 * widest
    step, dim = config.train.step * mesh.data, config.model.dim / mesh.column
    own = PRODUCTS * config.train.step  # of its tokens alone
    chunk = max(config.train.chunk, step)
    if config.corpus.source == "pairs":  # of two tokens
        pairs, rows = (1 + noise.k) / 2, (2 + noise.k) / 2
    elif config.model.objective != "negative_sampling":
        pairs, rows = contexts, contexts
    elif noise.shared_by == "span":
        span = noise.span_of(config.train.step)
        pairs, rows = contexts + noise.shared_samples, 2 + noise.shared_samples / span
        pairs += span if config.train.positives == "blocks" else 0
        return BYTES * (chunk * DRAWN * contexts + own * pairs + ROWS * step * rows * dim)
    elif config.model.architecture == "cbow":
        pairs, rows = contexts + noise.k, 2 + noise.k
    elif noise.shared_by == "window":
        pairs, rows = contexts + noise.k, 1 + contexts + noise.k
        pairs *= contexts if config.model.input == "context" else 1
    else:
        pairs = contexts * (1 + noise.k)
        rows = 1 + pairs
    return BYTES * (DRAWN * chunk * pairs + own * pairs + ROWS * step * rows * dim)


def available(device: jax.Device, root: Path = Path("/")) -> float | None:
    """Bytes that are free on a device; None: it does not say.

    Args:
      device: of a CPU it is the machine's memory, or what the process's control groups or its limit leave, where that
        is less.
      root: of the file system; for tests.
    """
    if device.platform != "cpu":
        stats = device.memory_stats() or {}
        return stats["bytes_limit"] - stats.get("bytes_in_use", 0) if "bytes_limit" in stats else None
    return memory.available(root)


def refuse_too_much(state: Any, mesh: Mesh, segment: int, words: int, config: Config, widest: int, runs: int) -> None:
    """Before the tables are made.

    Args:
      state: what a device has of it; shapes will do.
      mesh: of the devices.
      segment: tokens.
      words: of the vocabulary.
      config: of the first run.
      widest: no run's window is wider.
      runs: side by side, on all devices.

    Raises:
      InputError: they, the text and what is drawn from it have no room; the message says what to lower.
    """
    device, here, replicas = mesh.local_devices[0], runs // mesh.shape[RUNS], mesh.shape[REPLICAS]
    copies = len(mesh.local_devices) if device.platform == "cpu" else 1
    tables = copies * estimate(state, device, replicas, 0, here)
    text, drawn = copies * estimate((), device, 1, segment, here), copies * here * buffers(config, widest)
    free, needed = available(device), tables + text + drawn
    if free is None or needed <= free:
        return
    parts = [
        (tables, ["model.dim", "the vocabulary (vocab.max_size, vocab.min_count)"]),
        (text, ["train.segment_tokens"]),
    ]
    parts += [(drawn, _of_buffers(config))]
    lower = [name for size, names in sorted(parts, key=lambda part: -part[0]) if size >= needed / 20 for name in names]
    lower += ["hydra.launcher.runs"] if runs > 1 else []
    lower += ["train.replicas"] if replicas > 1 else []
    lower += ["train.mesh.data"] if copies > 1 and mesh.shape[DATA] > 1 else []
    raise InputError(
        f"training would take about {needed / 1e9:,.1f} GB and {free / 1e9:,.1f} GB are free: {tables / 1e9:,.1f} for "
        f"the tables ({words:,} words, model.dim={config.model.dim}, {runs} run(s) at once, train.replicas={replicas}"
        f"{_shared(config.train)}), {text / 1e9:,.1f} for segments of {segment:,} tokens, {drawn / 1e9:,.1f} for what "
        f"is drawn and gathered at a time (train.chunk_tokens={config.train.chunk_tokens}); lower {_or(lower)}"
    )


def _shared(train: TrainSettings) -> str:
    return "".join(f", train.mesh.{key}={size}" for key, size in vars(train.mesh).items() if size > 1)


def refuse_program(program: jax.stages.Compiled, mesh: Mesh, config: Config) -> None:
    """Before it is run for the first time, when the tables are there.

    Raises:
      InputError: what it says that it takes besides has no room.
    """
    device = mesh.local_devices[0]
    says, free = program.memory_analysis(), available(device)
    if says is None or free is None:
        return
    needed = says.temp_size_in_bytes * (len(mesh.local_devices) if device.platform == "cpu" else 1)
    if needed > free:
        raise InputError(
            f"besides the tables training takes {needed / 1e9:,.1f} GB and {free / 1e9:,.1f} GB are free; lower "
            f"{_or([*_of_buffers(config), 'train.segment_tokens', 'model.dim'])}"
        )


@contextlib.contextmanager
def one_line() -> Iterator[None]:
    """Within it, or in a function that it decorates, memory that runs out is an InputError; see `ran_out`."""
    try:
        yield
    except (MemoryError, jax.errors.JaxRuntimeError) as error:
        if (ours := ran_out(error)) is None:
            raise
        raise ours from None


@contextlib.contextmanager
def counting(remedy: str) -> Iterator[None]:
    """Within it memory that runs out while the words of a text are counted is an InputError, which says the remedy.

    Where a limit leaves less than `LEAST` it is one at once: native code does not come back from that.
    """
    if (left := memory.left_by_limit()) is not None and left < LEAST:
        raise InputError(
            f"the limit of this process leaves {left / 1e9:.2f} GB of addresses and reading a text takes "
            f"{LEAST / 1e9:g} GB or more: raise it (ulimit -v unlimited)"
        )
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and "start new thread" not in str(error):  # there is none for its stack
            raise
        so_far = f" ({error})" if isinstance(error, MemoryError) and "so far" in str(error) else ""
        raise InputError(
            f"out of memory while the different words of the text were counted{so_far}; {remedy}"
        ) from None


def ran_out(error: BaseException) -> InputError | None:
    """The InputError for an exception that says that there is no memory left; None: it says something else."""
    said = " ".join(str(error).split())
    of_jax = isinstance(error, jax.errors.JaxRuntimeError) and ("RESOURCE_EXHAUSTED" in said or "Out of memory" in said)
    if not isinstance(error, MemoryError) and not of_jax:
        return None
    lower = "model.dim, the vocabulary (vocab.max_size, vocab.min_count), train.chunk_tokens, train.segment_tokens"
    return InputError(f"out of memory ({said[:120] or 'MemoryError'}); lower {lower} or the number of runs")


def _of_buffers(config: Config) -> list[str]:
    """The settings on which `buffers` depends most."""
    noise = "negatives.shared_samples" if config.negatives.shared_by == "span" else "negatives.k"
    return ["train.chunk_tokens", "train.step_tokens", "windows.window", noise]


def _or(names: list[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
