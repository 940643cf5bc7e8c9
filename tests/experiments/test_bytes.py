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
WORDS = {"default": [], "two replicas": ["train.replicas=2"]}  # of others a preset
VECTORS = {
    "two replicas": "61e1f29d8f63c2e7834f1a4b2ac93d698ee26f8ed7877d4e2fcaaec414afff83",
    "default": "c66c4202ad07d71e23338788683994f0ea589eed2d347177b3d78951bd8f12e6",
    "textbook": "f2d775e033ed300ca641b69f7705c6f9379ff39224fd0c232f1c4ff420196190",
    "cbow": "ea5359d64b370238c050ef3210065e5c90b8acd0a0b4347f11077135cdf48c06",
    "hierarchical_softmax": "7544fc7a4c993898c167030e4a32831df066dcc4a07df1971ae510b0c567b7b3",
}
POPULATION = {
    1: "70a5fc9c246dd0fc4aa14fd16c59f63171fc6fc817e845cea4d1f9f973fbe7c9",
    2: "dd8c1ae73678f700cd3efa6b604c3673f138b17b02f2584469357cf72dd01117",
    3: "c74c19657976afc0be5e3f9b4e7d7fa19906c5af8afb76cd89a3afae5f0730f2",
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


@pytest.mark.parametrize("name", VECTORS)
def test_a_run_leaves_the_bytes_it_left(text, tmp_path, name):
    train(text, *WORDS.get(name, [f"experiment={name}"]), f"hydra.run.dir={tmp_path / 'run'}")
    assert vectors(tmp_path / "run") == VECTORS[name]


def test_so_does_a_population(text, tmp_path):
    train(text, "-m", "seed=1,2,3", "launcher=population", f"hydra.sweep.dir={tmp_path / 'sweep'}")
    assert {seed: vectors(tmp_path / "sweep" / f"seed={seed}") for seed in POPULATION} == POPULATION
