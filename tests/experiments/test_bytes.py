"""The bytes of vectors are those that the same commands left before: one bit that moves is a change of numbers.

They depend on the CPU and the versions of jax, so they are compared where they were recorded, and elsewhere skipped. A
change that means to move them records them anew and says why.
"""

import hashlib
from pathlib import Path

import jax
import numpy as np
import pytest

from tests.command_line import command

JAX, PROCESSOR = "0.10.2", "08f28e3a4635640c"  # where they were recorded
TEXT = "f84a634b78830a53a9dd856990f0d0c64aa014dda7c6fe5a864d2ecd607d46f8"
SMALL = [
    "model.dim=16", "train.epochs=2", "vocab.min_count=1", "train.segment_tokens=4096", "subsample.threshold=0.01",
    "figures=false",
]  # fmt: skip
VECTORS = {
    "default": "7381203034014f240bab0ed544fa942e17b78cf5c8a7d2a2ee6b65d1d1b54fb0",
    "textbook": "584c26f14a2dd274c8cd8d8dff70604a11c9efd6965e09217c29fe3a560709b0",
    "cbow": "f41cef8fc55b31a98809cbac5963489605b33e3b8753a298a1df387e1c9066ef",
    "hierarchical_softmax": "8bfbebc382d4b38e794ab8e0ee1e422f40599fa4248ed4328bddc623b47843e0",
}
POPULATION = {
    1: "e7ad6dc818e18bf4468a188d0df68563e3d8df67aacfd48efb7d6e9d114a68f3",
    2: "5e9440cc3f3667b95ccbc39cf19cb13c7a791d5c438dbacd169884d8fdfa15c7",
    3: "21f9900fc926d5b875943ad7424106c866374e27ec65c538b854a84a94dcff0f",
}


def processor() -> str:
    """What stands for the kind of processor and its instructions, which XLA compiles for; "": it does not say."""
    wanted = ("model name", "cpu family", "model", "stepping", "flags")
    path = Path("/proc/cpuinfo")
    first = path.read_text().split("\n\n")[0] if path.exists() else ""
    lines = [line for line in first.splitlines() if line.split("\t")[0] in wanted]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16] if lines else ""


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    if (jax.__version__, processor()) != (JAX, PROCESSOR):
        pytest.skip(f"recorded on another machine; here jax {jax.__version__}, processor {processor()}")
    path = tmp_path_factory.mktemp("bytes") / "text.txt"
    words = np.minimum(np.random.default_rng(20131016).zipf(1.3, (600, 20)), 400)
    path.write_text("".join(" ".join(f"w{word}" for word in line) + "\n" for line in words))
    if hashlib.sha256(path.read_bytes()).hexdigest() != TEXT:
        pytest.skip("this NumPy draws another text")
    return path


def vectors(folder) -> str:
    return hashlib.sha256((folder / "vectors.bin").read_bytes()).hexdigest()


def train(text, *words) -> None:
    done = command(text.parent, "corpus=file", f"corpus.path={text}", *SMALL, *words)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("preset", VECTORS)
def test_a_preset_leaves_the_bytes_it_left(text, tmp_path, preset):
    train(text, *([] if preset == "default" else [f"experiment={preset}"]), f"hydra.run.dir={tmp_path / 'run'}")
    assert vectors(tmp_path / "run") == VECTORS[preset]


def test_so_does_a_population(text, tmp_path):
    train(text, "-m", "seed=1,2,3", "launcher=population", f"hydra.sweep.dir={tmp_path / 'sweep'}")
    assert {seed: vectors(tmp_path / "sweep" / f"seed={seed}") for seed in POPULATION} == POPULATION
