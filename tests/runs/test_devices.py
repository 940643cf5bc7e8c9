"""How many devices a run gets."""

import os
import subprocess
import sys

import jax
import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.runs.devices import choose_devices, default_replicas, devices_of, for_text
from jaxw2v.text.corpus import Corpus
from jaxw2v.text.vocabulary import Vocabulary
from tests.command_line import REPOSITORY
from tests.configs import compose


def test_as_many_as_asked_for_or_none():
    there = jax.devices()
    for count in (1, 2, 4):
        assert choose_devices("cpu", count, "sgd") == there[:count]
    assert len(choose_devices("auto", None, "damped_sgd")) == 2
    assert len(choose_devices("auto", None, "sgd")) == 1
    with pytest.raises(InputError, match=r"train\.replicas=8: jax has 4 cpu device.*JAX_NUM_CPU_DEVICES"):
        choose_devices("cpu", 8, "damped_sgd")
    with pytest.raises(InputError, match=r"train\.replicas=2: replicas merge .* use train\.replicas=1"):
        choose_devices("cpu", 2, "optax")


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
    there = jax.devices()
    config, long = compose("train.epochs=2"), corpus_of(2**23)
    assert for_text(there[:2], config, long) == there[:2]
    assert for_text(there[:2], config, corpus_of(2**23 - 1)) == there[:1]
    assert for_text(there[:2], compose("train.replicas=2"), corpus_of(5)) == there[:2]
    assert for_text(there[:1], compose("optimizer=sgd"), long) == there[:1]
    with pytest.raises(InputError, match=r"train\.replicas=2: jax has 1 cpu device"):
        for_text(there[:1], config, long)
    assert devices_of(config, long) == there[:2]
    assert devices_of(config, corpus_of(5)) == there[:1]
    assert devices_of(compose("train.replicas=4"), corpus_of(5)) == there[:4]


LATER = """
from jaxw2v.runs.devices import choose_devices
for replicas in (1, {later}):
    print(len(choose_devices("cpu", replicas, "damped_sgd")), flush=True)
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
