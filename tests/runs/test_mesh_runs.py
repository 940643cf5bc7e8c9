"""Runs on several devices as a person starts them: what they leave, that they go on, and what a mistake gets."""

import json

import numpy as np
import pytest

from jaxw2v.errors import InputError, Interrupted
from jaxw2v.runs import run
from jaxw2v.vectors import formats
from tests.command_line import (
    RECORD,
    REPOSITORY,
    SMALL,
    UNCACHED,
    as_a_user,
    command,
    process,
    sweep_words,
    train,
    wrong,
)
from tests.configs import compose

SHARED = ["train.mesh.data=2", "train.mesh.column=2"]
ALONE = ["train.replicas=1", "train.step_tokens=128"]
GENTLE = [
    "optimizer.learning_rate=0.02",
    "negatives.span=64",  # whatever the tokens of a step
    "train.epochs=1",
]  # else rounding grows in this text of 20 words until it shows


def vectors(folder) -> np.ndarray:
    table = formats.load(folder / "vectors.bin")
    return table.vectors_VD[np.argsort(table.words)]


def assert_same(folder, other) -> None:
    found, wanted = vectors(folder), vectors(other)
    assert np.abs(wanted).max() > 0.07  # they start within 0.0625
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-4)


EIGHT = {  # axes, tokens of a step of all
    "tokens and columns": (["train.mesh.data=4", "train.mesh.column=2"], 256),
    "tokens": (["train.mesh.data=8"], 512),
    "columns": (["train.mesh.column=8"], 64),
}
SLOW = {"tokens", "columns"}


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in EIGHT])
def test_eight_devices_leave_what_one_leaves(place, tmp_path, name):
    """In a process of its own, which makes eight devices by itself; it would hang if one waited for another."""
    axes, tokens = EIGHT[name]
    done = train(place, tmp_path / "eight", *axes, *GENTLE, start=process, **UNCACHED)
    assert done.returncode == 0, done.stderr
    alone = train(place, tmp_path / "one", f"train.step_tokens={tokens}", "train.replicas=1", *GENTLE)
    assert alone.returncode == 0, alone.stderr
    assert_same(tmp_path / "eight", tmp_path / "one")
    eight, one = (json.loads((tmp_path / name / "result.json").read_text()) for name in ("eight", "one"))
    assert eight["loss"] == pytest.approx(one["loss"], rel=1e-5)
    assert eight["replicas"] == 1


def go(place, folder, *words, stop=None):
    """A run in this process that is asked to stop after so many segments."""
    (folder / ".hydra").mkdir(parents=True, exist_ok=True)
    (folder / ".hydra" / "config.yaml").write_text(RECORD)
    seen = []

    def report(progress):
        seen.append(progress)
        if len(seen) == stop:
            raise Interrupted("", 130)

    every = [f"corpus.path={place / 'text.txt'}", f"cache={place / 'cache'}", "train.heldout_fraction=0.1"]
    config = compose(*SMALL, *GENTLE, *every, "train.save_state=true", "vectors.matrices=[input,output]", *words)
    with as_a_user(place, REPOSITORY, {}):
        ends = run.run([config], [folder], repository=REPOSITORY, say=print, report=report, begun=lambda: None)
    for end in ends:
        if isinstance(end, Exception):
            raise end
    return seen


def left(folder):
    return [(folder / name).read_bytes() for name in ("vectors.bin", "vectors-output.bin", "state.checkpoint")]


def test_a_run_goes_on_with_the_same_mesh_only(place, tmp_path):
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    never = go(place, whole, *SHARED)
    with pytest.raises(Interrupted):
        go(place, stopped, *SHARED, stop=3)
    for other, named in (["train.mesh.data=2"], "column=2 there, 1 here"), (ALONE, "column=2 there, 1 here"):
        with pytest.raises(InputError, match=rf"unfinished run of something else \(.*train\.mesh\.{named}"):
            go(place, stopped, *other)
    after = go(place, stopped, *SHARED)
    assert len(after) == len(never) - 3
    assert left(stopped) == left(whole)
    assert after[-1].heldout == never[-1].heldout
    alone = go(place, tmp_path / "alone", *ALONE)
    assert alone[-1].heldout.loss == pytest.approx(never[-1].heldout.loss, rel=1e-4)
    assert_same(tmp_path / "alone", whole)


def test_a_run_starts_from_the_tables_of_one_on_another_mesh(place, tmp_path):
    """Columns are put together for those who read the tables, and divided anew."""
    go(place, tmp_path / "first", *SHARED)
    onward = ["vectors.matrices=[input]", f"train.init_from={tmp_path / 'first'}"]
    go(place, tmp_path / "four", *onward, "train.mesh.column=4", "train.step_tokens=128")
    go(place, tmp_path / "one", *onward, *ALONE)
    assert_same(tmp_path / "four", tmp_path / "one")


def test_a_population_over_devices_is_its_runs(place, tmp_path):
    shared = ["train.replicas=1", "train.heldout_fraction=0.1", *GENTLE]
    words = ["-m", "launcher=population", *shared]
    done = command(place, *sweep_words(place, tmp_path / "sweep", *words, "seed=1,2", "train.mesh.runs=2"))
    assert done.returncode == 0, done.stderr
    for seed in (1, 2):
        folder = tmp_path / f"alone{seed}"
        alone = train(place, folder, *shared, f"seed={seed}")
        assert alone.returncode == 0, alone.stderr
        found = tmp_path / "sweep" / f"seed={seed}"
        assert_same(found, folder)
        losses = [json.loads((each / "result.json").read_text())["heldout.loss"] for each in (found, folder)]
        assert losses[0] == pytest.approx(losses[1], rel=1e-5)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["train.mesh.column=3"], ["train.mesh.column=3: model.dim=8", "use a divisor"]),
        (["train.mesh.data=0"], ["train.mesh.data=0: use 1 (none) or more"]),
        (["train.mesh.data=5000"], ["train.mesh.data=5000", "1024 at most"]),
        (["train.mesh.data=8"], ["train.mesh.data=8: jax has 4 cpu device(s)", "JAX_NUM_CPU_DEVICES=8"]),
        (["train.mesh.runs=2"], ["train.mesh.runs=2: there is one run", "launcher=population"]),
        (["model.objective=softmax", "train.mesh.data=2"], ["train.mesh.data=2: model.objective=softmax", "use 1, or"]),
        (["model.objective=softmax", "train.mesh.column=2"], ["train.mesh.column=2: model.objective=softmax"]),
        (["train.replicas=3", "train.mesh.data=2"], ["train.replicas=3: use a power of 2"]),
    ],
)
def test_a_mesh_that_does_not_fit(place, tmp_path, words, expected):
    wrong(train(place, tmp_path / "run", *words), *expected)


def test_runs_that_the_devices_cannot_share(place, tmp_path):
    words = ["-m", "launcher=population", "seed=1,2,3", "train.mesh.runs=2"]
    done = command(place, *sweep_words(place, tmp_path / "sweep", *words))
    assert done.returncode != 0
    assert "train.mesh.runs=2: 3 runs are trained side by side, which it does not divide" in done.stderr
    assert not list(tmp_path.rglob("metrics.jsonl"))


def test_a_baseline_has_no_devices_to_share(place, tmp_path):
    wrong(train(place, tmp_path / "run", "baseline=svd", "train.mesh.data=2", small=[]), "train.mesh.data=2: not used")
