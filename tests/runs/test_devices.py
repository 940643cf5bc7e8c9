"""How many devices a run gets."""

import os
import subprocess
import sys

import jax
import pytest

from jaxw2v.errors import InputError
from jaxw2v.runs.devices import choose_devices
from tests.command_line import REPOSITORY


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
