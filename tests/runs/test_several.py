"""Runs over several processes of this machine: the bytes of one process, and what ends them."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

import jaxw2v
from jaxw2v.errors import InputError
from tests.command_line import REPOSITORY, SMALL, command, sweep_words, train, variables, wrong

GENTLE = ["optimizer.learning_rate=0.02", "negatives.span=64"]
EVERY = ["train.heldout_fraction=0.1", "train.save_state=true", "vectors.matrices=[input,output]"]
SOON = ["train.checkpoint_every=1", "train.checkpoint_unit=segments"]


def start(place, count: int, *words, own: Mapping[int, Sequence[str]] = {}, first: Sequence[str] = ()):
    """The processes of a run on the small text.

    Args:
      own: further words, by the number of a process.
      first: words before those of a run, such as -m.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    text = ["corpus=file", f"corpus.path={place / 'text.txt'}", *SMALL, *GENTLE, f"train.hosts.coordinator={address}"]
    line = [sys.executable, "-m", "experiments.train", *first, *text, f"train.hosts.processes={count}", *words]
    return [
        subprocess.Popen(
            [*map(str, line), f"train.hosts.process={process}", *own.get(process, ())],
            cwd=REPOSITORY, env=os.environ | variables(place), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for process in range(count)
    ]  # fmt: skip


def ended(processes) -> list[tuple[int, str, str]]:
    """Exit status, standard output and errors of each, without what Gloo says of its connections."""
    found = []
    for each in processes:
        out, error = each.communicate(timeout=300)
        out = "".join(line for line in out.splitlines(True) if "[Gloo]" not in line)
        found.append((each.returncode, out, error))
    return found


def together(place, folder, count: int, *words, **more) -> str:
    """What process 0 said of a run that came to its end; the others say nothing."""
    (status, out, error), *others = ended(start(place, count, f"hydra.run.dir={folder}", *words, **more))
    assert status == 0, error
    assert [(each[0], each[1]) for each in others] == [(0, "")] * len(others), others
    return out


def alone(place, folder, *words) -> None:
    done = train(place, folder, *GENTLE, *words)
    assert done.returncode == 0, done.stderr


def left(folder: Path, names=("vectors.bin", "vectors-output.bin", "state.checkpoint")) -> list[bytes]:
    return [(folder / name).read_bytes() for name in names]


def assert_same(folder: Path, other: Path) -> None:
    assert left(folder) == left(other)
    found, wanted = (json.loads((each / "result.json").read_text()) for each in (folder, other))
    for key in ("loss", "heldout.loss"):
        assert found[key] == wanted[key]


def test_two_processes_leave_what_one_leaves(place, tmp_path):
    """Half of the columns with each, so that both must send: for checkpoints, for the held-out loss and at the end."""
    words = [*EVERY, "train.mesh.column=2", "train.epochs=1"]
    out = together(place, tmp_path / "two", 2, *words, *SOON)
    assert "trained in" in out
    alone(place, tmp_path / "one", *words)
    assert_same(tmp_path / "two", tmp_path / "one")


def one_line(ends, *expected) -> None:
    """All processes failed, and one alone said why."""
    assert [status for status, _, _ in ends] == [2] * len(ends), ends
    lines = [line for _, _, error in ends for line in error.splitlines()]
    assert len(lines) == 1, lines
    for part in expected:
        assert part in lines[0], lines[0]


@pytest.mark.slow
def test_processes_of_different_settings(place, tmp_path):
    begin = time.monotonic()
    ends = ended(start(place, 2, f"hydra.run.dir={tmp_path / 'run'}", "train.mesh.data=2", own={1: ["model.dim=10"]}))
    one_line(ends, "error: model.dim=8 in process 0, 10 in process 1: give all processes the same settings")
    assert time.monotonic() - begin < 60
    assert not list(tmp_path.rglob("*.json*"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["train.hosts.coordinator=here"], ["train.hosts.coordinator=here: use auto, or the address of process 0"]),
        (["train.hosts.coordinator=h:70000"], ["train.hosts.coordinator=h:70000: use auto, or the address"]),
        (["train.hosts.coordinator=h:80"], ["train.hosts.processes=null: give the number of processes"]),
        (["train.hosts.processes=2"], ["train.hosts.processes=2: not used", "train.hosts.coordinator"]),
        (["train.hosts.coordinator=auto", "train.hosts.process=1"], ["train.hosts.process=1: not used with"]),
        (
            ["train.hosts.coordinator=h:80", "train.hosts.processes=2", "train.hosts.process=2"],
            ["train.hosts.process=2: use 0 to 1: there are train.hosts.processes=2"],
        ),
        (["train.hosts.coordinator=auto"], ["auto: neither Slurm (srun) nor Open MPI nor Kubernetes has started"]),
    ],
)  # fmt: skip
def test_settings_that_name_no_run(place, tmp_path, words, expected):
    wrong(train(place, tmp_path / "run", *words), *expected, python=False)


def test_a_call_in_python_is_one_process(place, tmp_path):
    by_hand = ["train.hosts.coordinator=h:80", "train.hosts.processes=2", "train.hosts.process=1"]
    with pytest.raises(InputError, match=r"train\.hosts\.coordinator=h:80: a call trains in its own process; .*"):
        jaxw2v.train(Path(place / "text.txt"), *SMALL[:2], *by_hand, folder=tmp_path / "run")


def test_jobs_of_other_processes_cannot_share_an_address(place, tmp_path):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="the extra joblib is not installed")
    words = ["-m", "launcher=joblib", "seed=1,2", "train.hosts.coordinator=127.0.0.1:1", "train.hosts.processes=2"]
    done = command(place, *sweep_words(place, tmp_path / "sweep", *words, "train.hosts.process=0"))
    assert done.returncode == 2
    assert "train.hosts.coordinator=127.0.0.1:1: jobs of this launcher are processes of their own" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "axes"),
    [
        (2, ["train.mesh.data=2"]),
        (2, ["train.mesh.data=2", "train.mesh.column=2"]),
        (2, ["train.replicas=2"]),
        (4, ["train.replicas=2", "train.mesh.data=2"]),
        (4, ["train.mesh.data=2", "train.mesh.column=2"]),
        (4, ["train.mesh.column=4", "model.dtype=bfloat16"]),
    ],
)
def test_other_meshes_and_numbers(place, tmp_path, count, axes):
    together(place, tmp_path / "several", count, *EVERY, *axes)
    alone(place, tmp_path / "one", *EVERY, *axes)
    assert_same(tmp_path / "several", tmp_path / "one")


@pytest.mark.slow
def test_processes_share_the_runs_of_a_population(place, tmp_path):
    words = ["launcher=population", "seed=1,2", "train.mesh.runs=2", "train.replicas=1", *EVERY]
    ends = ended(start(place, 2, f"hydra.sweep.dir={tmp_path / 'two'}", *words, first=["-m"]))
    assert [status for status, _, _ in ends] == [0, 0], ends
    assert ends[1][1:] == ("", "")
    done = command(place, *sweep_words(place, tmp_path / "one", "-m", *GENTLE, *words))
    assert done.returncode == 0, done.stderr
    for seed in (1, 2):
        assert_same(tmp_path / "two" / f"seed={seed}", tmp_path / "one" / f"seed={seed}")
    again = ended(start(place, 2, f"hydra.sweep.dir={tmp_path / 'two'}", *words, first=["-m"]))
    assert [status for status, _, _ in again] == [0, 0], again
    assert "2 of them finished already" in again[0][1]


@pytest.mark.slow
def test_a_text_that_differs(place, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text((place / "text.txt").read_text() + "w0 w1\n")
    own = {1: [f"corpus.path={other}"]}
    ends = ended(start(place, 2, f"hydra.run.dir={tmp_path / 'run'}", "train.mesh.data=2", own=own))
    one_line(ends, "error: corpus.sha256=", "in process 0", "in process 1: give all processes the same text")


@pytest.mark.slow
def test_a_text_that_one_lacks(place, tmp_path):
    own = {1: [f"corpus.path={tmp_path / 'none.txt'}"]}
    ends = ended(start(place, 2, f"hydra.run.dir={tmp_path / 'run'}", "train.mesh.data=2", own=own))
    one_line(ends, "error: process 1 of 2: ", "none.txt")


@pytest.mark.slow
def test_a_mesh_that_they_cannot_share(place, tmp_path):
    ends = ended(start(place, 2, f"hydra.run.dir={tmp_path / 'run'}", "train.replicas=1"))
    one_line(ends, "2 processes cannot share 1 device(s) equally", "train.mesh.data=2")


@pytest.mark.slow
def test_a_folder_that_holds_a_result(place, tmp_path):
    together(place, tmp_path / "run", 2, "train.mesh.data=2", "train.epochs=1")
    ends = ended(start(place, 2, f"hydra.run.dir={tmp_path / 'run'}", "train.mesh.data=2", "train.epochs=1"))
    one_line(ends, "holds a result already")


def begun(processes, folder: Path) -> None:
    while not list(folder.glob("checkpoint-*")) and all(each.poll() is None for each in processes):
        time.sleep(0.001)


LONG = ["train.epochs=12", "train.mesh.column=2", *EVERY, *SOON]


@pytest.mark.slow
@pytest.mark.parametrize("asked", [0, 1])
def test_a_signal_to_one_stops_all_with_a_checkpoint(place, tmp_path, asked):
    folder = tmp_path / "run"
    processes = start(place, 2, f"hydra.run.dir={folder}", *LONG)
    begun(processes, folder)
    processes[asked].send_signal(signal.SIGTERM)
    ends = ended(processes)
    assert [status for status, _, _ in ends] == [143, 143], ends
    assert "the same command goes on from there" in ends[0][2]
    assert "going on after" in together(place, folder, 2, *LONG)
    alone(place, tmp_path / "one", *LONG)
    assert_same(folder, tmp_path / "one")


@pytest.mark.slow
def test_ten_kills(place, tmp_path):
    """Of either process, at random moments; the others end within a minute, and the same command goes on."""
    random.seed(20131016)
    alone(place, tmp_path / "one", *LONG)
    folder, kills, longest, lines = tmp_path / "run", 0, 0.0, 0
    while kills < 10:
        processes = start(place, 2, f"hydra.run.dir={folder}", *LONG)
        if kills % 3:  # else anywhere, the start included
            begun(processes, folder)
        time.sleep(random.uniform(0, 0.5) if kills % 3 else random.uniform(0, 8))
        victim = random.randrange(2)
        processes[victim].kill()
        begin = time.monotonic()
        ends = ended(processes)
        longest = max(longest, time.monotonic() - begin)
        status, _, error = ends[1 - victim]
        if ends[victim][0] == 0 or status == 0:  # it had come to its end
            assert (folder / "result.json").exists()
            assert_same(folder, tmp_path / "one")
            folder = tmp_path / f"run{kills}"
            continue
        kills += 1
        assert status in (2, -signal.SIGABRT), ends
        lines += f"process {victim} of 2 has ended without a word" in error
        assert "ended" in error or "cannot be reached" in error or "not come" in error or "Terminating" in error, error
    if not (folder / "result.json").exists():
        together(place, folder, 2, *LONG)
    assert_same(folder, tmp_path / "one")
    assert longest < 60
    print(f"{kills} kills, the other ended within {longest:.1f} s, {lines} with our line")


@pytest.mark.slow
def test_submitit_starts_the_processes_of_each_job(place, tmp_path):
    """Its local executor, in the place of Slurm."""
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
    words = ["launcher=submitit_local", "hydra.launcher.inner.tasks_per_node=2", "train.mesh.data=2", "seed=1,2"]
    done = command(place, *sweep_words(place, tmp_path / "sweep", "-m", *GENTLE, *words))
    assert done.returncode == 0, done.stderr
    one = command(place, *sweep_words(place, tmp_path / "one", "-m", *GENTLE, "train.mesh.data=2", "seed=1,2"))
    assert one.returncode == 0, one.stderr
    for seed in (1, 2):
        assert left(tmp_path / "sweep" / f"seed={seed}", ["vectors.bin"]) == left(
            tmp_path / "one" / f"seed={seed}", ["vectors.bin"]
        )
