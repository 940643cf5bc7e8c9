"""How many devices a run gets."""

import os
import subprocess
import sys

import jax
import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.runs.devices import choose_mesh, default_replicas, for_text, mesh_of
from jaxw2v.text.corpus import Corpus
from jaxw2v.text.vocabulary import Vocabulary
from tests.command_line import REPOSITORY
from tests.configs import compose


def chosen(*words, optimizer="damped_sgd", **options):
    return choose_mesh(compose(*words).train, optimizer, **options)


def refused(message, *words, optimizer="damped_sgd", **options):
    with pytest.raises(InputError, match=message):
        chosen(*words, optimizer=optimizer, **options)


def test_as_many_as_asked_for_or_none():
    there = jax.devices()
    for count in (1, 2, 4):
        mesh = chosen("train.device=cpu", f"train.replicas={count}", optimizer="sgd")
        assert mesh.devices.reshape(-1).tolist() == there[:count]
    assert chosen().size == 2
    assert chosen(optimizer="sgd").size == 1
    refused(r"train\.replicas=8: jax has 4 cpu device.* use train.replicas=4 or fewer.*JAX_NUM_CPU_DEVICES=8",
            "train.device=cpu", "train.replicas=8")  # fmt: skip
    refused(r"train\.replicas=2: replicas merge .* use train\.replicas=1", "train.replicas=2", optimizer="optax")


def test_the_axes_of_a_mesh():
    there = jax.devices()
    mesh = chosen("train.mesh.data=2", "train.mesh.column=2", "train.device=cpu")
    assert dict(mesh.shape) == {"replicas": 1, "runs": 1, "data": 2, "column": 2}
    assert mesh.devices.reshape(-1).tolist() == there[:4]
    assert dict(chosen("train.mesh.runs=2", runs=4).shape) == {"replicas": 2, "runs": 2, "data": 1, "column": 1}
    assert chosen("train.mesh.runs=4", runs=4).size == 4  # there is no room for two replicas, which a text may have
    assert chosen("train.mesh.runs=4", runs=6, partly=True).shape["runs"] == 2  # of 8, of which two are finished
    assert chosen("train.mesh.data=4", optimizer="optax").size == 4
    refused(r"train\.mesh\.data=8: jax has 4 cpu.* use train.mesh.data=4 or fewer", "train.mesh.data=8")
    refused(r"train\.replicas=2 train\.mesh\.data=2 train\.mesh\.column=2: jax has 4 cpu device\(s\) in this "
            r"process; 8 are needed; lower one of these, or set JAX_NUM_CPU_DEVICES=8", "train.replicas=2",
            "train.mesh.data=2", "train.mesh.column=2")  # fmt: skip
    refused(r"train\.mesh\.runs=2: there is one run; .*launcher=population", "train.mesh.runs=2")
    refused(r"train\.mesh\.runs=4: 6 runs .*hydra\.launcher\.runs", "train.mesh.runs=4", runs=6)


@pytest.mark.parametrize(
    ("words", "vocabulary", "dim", "replicas"),
    [
        (5_000_000, 13_000, 100, 1),  # a short text: merged copies learn too little of its frequent words
        (25_000_000, 39_000, 100, 2),
        (85_000_000, 75_000, 300, 2),
        (150_000_000, 633_000, 300, 2),
        (150_000_000, 2_000_000, 100, 2),
        (150_000_000, 2_000_000, 300, 1),  # each would take 2.7 times 4.8 GB
        (150_000_000, 3_000_000, 50, 1),  # less than three tokens a row in a segment
    ],
)
def test_replicas_by_default_are_of_the_text_and_the_matrices(words, vocabulary, dim, replicas):
    assert default_replicas(words, vocabulary, dim) == replicas


def corpus_of(words: int) -> Corpus:
    return Corpus(np.zeros(0, np.int32), Vocabulary(["a", "b"], np.array([3, 2])), "", words, words, 1)


def test_the_text_decides_where_nothing_is_said():
    def replicas(words, corpus, mesh=None):
        config = compose(*words)
        return for_text(mesh or choose_mesh(config.train, config.optimizer.name), config, corpus).shape["replicas"]

    twice, long = ["train.epochs=2"], corpus_of(2**23)
    assert replicas(twice, long) == 2
    assert replicas(twice, corpus_of(2**23 - 1)) == 1
    assert replicas(["train.replicas=2"], corpus_of(5)) == 2
    assert replicas(["optimizer=sgd", "train.epochs=2"], long) == 1
    for shared in ("data", "column"):  # every device has whole steps, or none
        assert replicas([*twice, f"train.mesh.{shared}=2"], long) == 1
    four = chosen("train.mesh.runs=4", runs=4)
    with pytest.raises(InputError, match=r"train\.replicas=2 train\.mesh\.runs=4: jax has 4 cpu device"):
        replicas([*twice, "train.mesh.runs=4"], long, four)
    assert mesh_of(compose(*twice), long).shape["replicas"] == 2
    assert mesh_of(compose("train.mesh.runs=2"), corpus_of(5), runs=4).shape["runs"] == 2


LATER = """
from jaxw2v.runs.devices import choose_mesh
from tests.configs import compose
for replicas in (1, {later}):
    print(choose_mesh(compose(f"train.replicas={{replicas}}").train, "damped_sgd").size, flush=True)
"""


def test_jobs_of_one_process_get_what_the_message_says():
    """The first job of a sweep starts jax with its own number, unless the environment names more."""
    counts = []
    for later, environment in ((2, {"JAX_NUM_CPU_DEVICES": "-1"}), (4, {"JAX_NUM_CPU_DEVICES": "4"})):
        done = subprocess.run(
            [sys.executable, "-c", LATER.format(later=later)],
            cwd=REPOSITORY, env=os.environ | environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        counts.append((done.stdout.split(), done.stderr.strip().rpartition("\n")[2]))
    assert counts[0][0] == ["1"]
    assert "train.replicas=2: jax has 1 cpu device" in counts[0][1]
    assert counts[1] == (["1", "4"], "")
