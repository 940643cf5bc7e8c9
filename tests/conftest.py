"""Every test runs with JAX's strictest promotion rules; warnings are errors (pyproject.toml)."""

import itertools
import os
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from jaxw2v.files import results
from jaxw2v.training.blocks import TokenWindow
from jaxw2v.training.model import Model
from jaxw2v.training.negatives import AliasTable, build_alias_table
from jaxw2v.vectors import formats
from jaxw2v.vectors.table import Table
from tests.command_line import RECORD, UNCACHED, process, sweep, train
from tests.loops import WINDOW, D, T, V

jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as a shell has it for what it starts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)

# a program that many tests run is compiled once, whichever of the processes of pytest-xdist runs them
if "PYTEST_XDIST_WORKER" in os.environ and "JAX_COMPILATION_CACHE_DIR" in os.environ:
    COMPILED = os.environ["JAX_COMPILATION_CACHE_DIR"]
else:
    HOLDER = tempfile.TemporaryDirectory(prefix="compiled-")
    COMPILED = HOLDER.name
for name, value in {
    "jax_compilation_cache_dir": COMPILED,
    "jax_compilation_cache_max_size": 2**33,  # with a bound, jax locks the folder while it reads or writes
    "jax_persistent_cache_min_compile_time_secs": 0,
    "jax_num_cpu_devices": 4,  # for replicas; what was compiled for another number is not found
}.items():
    jax.config.update(name, value)
    os.environ[name.upper()] = str(value)  # of the processes that tests start


@pytest.fixture
def run_folders(tmp_path) -> list[Path]:
    """Of two runs: their settings are recorded, and nothing else is there."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        (folder / ".hydra").mkdir(parents=True)
        (folder / ".hydra" / "config.yaml").write_text(RECORD)
    return folders


@pytest.fixture(scope="session")
def key() -> jax.Array:
    return jax.random.key(20131016)


@pytest.fixture(scope="session")
def token_window(key) -> TokenWindow:
    """Two sentences, a word that stands alone, and a center that is no word."""
    ids_W = jax.random.randint(key, (T + 2 * WINDOW,), 0, V, jnp.int32)
    sentence_W = jnp.array([-1, 0, *[0] * 5, *[1] * 5, 2, -1, -1, -1], jnp.int32)
    return TokenWindow(jnp.where(sentence_W < 0, V, ids_W), sentence_W)


@pytest.fixture(scope="session")
def noise() -> AliasTable:
    return jax.tree.map(jnp.asarray, build_alias_table(np.arange(1.0, V + 1)))


@pytest.fixture(scope="session")
def model() -> Model:
    return Model(*(jnp.asarray(np.random.default_rng(i).normal(size=(V, D)), jnp.float32) for i in (1, 2)))


@pytest.fixture(scope="session")
def place(tmp_path_factory) -> Path:
    """A folder with a text of 6,000 words in which words 2i and 2i + 1 stand together, and test sets of its words."""
    folder = tmp_path_factory.mktemp("place")
    pairs = np.random.default_rng(0).integers(0, 10, (600, 5))
    lines = [" ".join(f"w{2 * p} w{2 * p + 1}" for p in line) for line in pairs]
    (folder / "text.txt").write_text("\n".join(lines) + "\n")
    (folder / "pairs.tsv").write_text("w0\tw1\t9\nw2\tw3\t8\nw0\tw5\t1\nw2\tw9\t0.5\nw0\tunknown\t3\n")
    (folder / "questions.txt").write_text(": pairs\nw0 w1 w2 w3\nw4 w5 w6 w7\nw4 w5 w6 unknown\n")
    return folder


class Ended(NamedTuple):
    """A command of `place` that has ended: where its files are, and what it said."""

    folder: Path
    done: subprocess.CompletedProcess


@pytest.fixture(scope="session")
def trained(place) -> Ended:
    """One run, with all that a run can leave."""
    folder = place / "trained"
    test_sets = [f"eval.similarity=[{place / 'pairs.tsv'}]", f"eval.analogies=[{place / 'questions.txt'}]"]
    every = ["vectors.matrices=[input,output,sum]", "vectors.formats=[bin,txt,npz]", "eval.neighbors=[w0,w4]"]
    return Ended(folder, train(place, folder, *test_sets, *every, "figures=true", start=process, **UNCACHED))


@pytest.fixture(scope="session")
def swept(place) -> Ended:
    """k = 1, 3 by windows of 2, 3, one job after another."""
    folder = place / "swept"
    return Ended(folder, sweep(place, folder, "-m", "negatives.k=1,3", "windows.window=2,3", start=process))


class Planted(NamedTuple):
    """Runs of a made-up study, written as a run writes them.

    Attributes:
      folder: they are below it.
      names: of their folders.
    """

    folder: Path
    names: list[str]


@pytest.fixture(scope="session")
def plant_run():
    """Writes one made-up run: `plant_run(folder, seed, **settings)`; a greater k and window score better."""
    config = {
        "name": "train", "seed": 1, "corpus.path": "text.txt", "negatives.k": 5, "windows.window": 5,
        "negatives.exponent": 0.75, "vectors.matrices": ["input"], "vectors.formats": ["bin"],
        "eval.oov": "skip",
    }  # fmt: skip
    origin = {
        "corpus.sha256": "5fe9b7a26ac8" + "0" * 52, "corpus.raw_words": 1000, "corpus.words": 900, "vocab.words": 40,
        "device": "cpu", "code.version": "0.1.0", "code.commit": "1" * 40, "code.dirty": False,
        "software.jax": "0.10.2", "software.numpy": "2.4.6", "machine.cpu": "made up", "machine.cpus": 2,
        "seconds.total": 3.0, "seconds.training": 2.0, "loss": 2.1, "words_per_second": 1e6,
    }  # fmt: skip
    words = [f"w{row}" for row in range(40)]
    human_Q = np.random.default_rng(0).permutation(60).astype(float)
    word_pairs_Q3 = np.array(
        [(s, 5 * s + p, 5 * s + q) for s in range(4) for p in range(5) for q in range(5) if p != q], np.int32
    )  # of 80 questions: four sections of five word pairs

    def plant(
        folder: Path, seed: int, answers: bool = True, vectors: bool = True, unknown: int = 0, **settings
    ) -> None:
        folder.mkdir(parents=True)
        settings = {name.replace("__", "."): value for name, value in settings.items()}
        k = settings.get("negatives.k", 5)
        window, exponent = settings.get("windows.window", 5), settings.get("negatives.exponent", 0.75)
        rng = np.random.default_rng([seed, k, window, round(100 * exponent)])
        cosine_Q = human_Q / 60 + rng.normal(size=60) / np.sqrt(k) - 0.5
        cosine_Q[60 - unknown :] = np.nan
        right_Q = (rng.random(80) < 0.2 + 0.02 * window).astype(np.int8)
        right_Q[:5] = -1
        there = ~np.isnan(cosine_Q)
        scores = {
            "scores.pairs.spearman": float(scipy.stats.spearmanr(cosine_Q[there], human_Q[there]).statistic),
            "scores.pairs.spearman.answered": 60 - unknown, "scores.pairs.spearman.asked": 60,
            "scores.questions.3cosadd": float(right_Q[5:].mean()),
            "scores.questions.3cosadd.answered": 75, "scores.questions.3cosadd.asked": 80,
        }  # fmt: skip
        if answers:
            prints = {"pairs.sha256": np.array("one"), "questions.sha256": np.array("two")}
            kept = {"pairs.spearman": cosine_Q, "pairs.human": human_Q, "questions.3cosadd": right_Q}
            kept["questions.pairs"] = word_pairs_Q3
            np.savez(folder / "predictions.npz", **kept, **prints)
        if vectors:
            formats.save(Table(words, rng.normal(size=(40, 7)).astype(np.float32)), folder / "vectors.bin", "bin")
            (folder / "vocabulary.txt").write_text("".join(f"{word} {99 - at}\n" for at, word in enumerate(words)))
        (folder / ".hydra").mkdir()
        overrides = [f"{name}={value}" for name, value in settings.items()] + [f"seed={seed}"]
        (folder / ".hydra" / "overrides.yaml").write_text("".join(f"- {word}\n" for word in overrides))
        results.write_result(folder / "result.json", config | scores | origin | settings | {"seed": seed})

    return plant


@pytest.fixture(scope="session")
def study(plant_run, tmp_path_factory) -> Planted:
    """A grid of k in 2, 5, 15 and window in 2, 5, three seeds each: 18 runs."""
    folder = tmp_path_factory.mktemp("study")
    grid = list(itertools.product((2, 5, 15), (2, 5), (1, 2, 3)))
    for at, (k, window, seed) in enumerate(grid):
        plant_run(folder / str(at), seed, negatives__k=k, windows__window=window)
    return Planted(folder, [str(at) for at in range(len(grid))])
