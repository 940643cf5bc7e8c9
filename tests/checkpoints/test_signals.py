"""Runs that are stopped by a person, the system, a full disk or a reader who leaves: what they say and leave."""

import errno
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jaxw2v.errors import InputError, Interrupted
from jaxw2v.files import results
from jaxw2v.launch import command as commands
from jaxw2v.launch import progress
from jaxw2v.runs import texts
from jaxw2v.text import vocabulary
from tests.command_line import REPOSITORY, SMALL, sweep, sweep_words, train, variables, without, wrong
from tests.faults import failing

STOPS = {  # what happens while the vocabulary is written, the status, and what is said
    "Ctrl-C": (lambda *_: signal.raise_signal(signal.SIGINT), 130, "interrupted: the same command goes on from what"),
    "SIGTERM": (lambda *_: signal.raise_signal(signal.SIGTERM), 143, "terminated: the same command goes on from what"),
    "full": (failing(OSError(28, "No space left on device")), 2, "device); make room, and the same command goes on"),
    "full, reported": (failing(InputError("f: cannot write (x); choose")), 2, "f: cannot write (x); choose"),
}


@pytest.fixture(scope="module")
def whole(place, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert train(place, folder).returncode == 0
    return folder


@pytest.mark.parametrize("stop", STOPS)
def test_a_run_that_is_stopped_after_training_goes_on_from_what_was_trained(place, whole, tmp_path, monkeypatch, stop):
    end, status, says = STOPS[stop]
    with monkeypatch.context() as patched:
        patched.setattr(vocabulary, "save", end)
        done = train(place, tmp_path / "run", "train.checkpoint_every=0")
    assert (done.returncode, len(done.stderr.splitlines())) == (status, 1)
    assert says in done.stderr
    done = train(place, tmp_path / "run", "train.checkpoint_every=0")
    assert done.returncode == 0, done.stderr
    assert ("going on after 100% of all words" in done.stdout) == (stop != "full, reported")
    for name in ("vectors.bin", "vocabulary.txt", "predictions.npz"):
        assert (tmp_path / "run" / name).read_bytes() == (whole / name).read_bytes()
    assert not list((tmp_path / "run").glob("checkpoint-*"))
    losses = [json.loads((at / "result.json").read_text())["loss"] for at in (tmp_path / "run", whole)]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_a_run_before_training_hears_of_its_checkpoint(place, tmp_path, monkeypatch, number):
    monkeypatch.setattr(texts, "open_corpus", lambda *_: signal.raise_signal(number))
    word = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}[number]
    done = train(place, tmp_path / "run")
    assert (done.returncode, done.stderr) == (128 + number, f"{word}\n")
    (tmp_path / "run" / "checkpoint-00000001").touch()
    done = train(place, tmp_path / "run")
    assert f"{word}: the same command goes on from the checkpoint in {tmp_path / 'run'}" in done.stderr
    assert train(place, tmp_path / "run", "train.resume=never").stderr == f"{word}\n"
    done = sweep(place, tmp_path / "sweep", "-m", "seed=1,2")
    assert (done.returncode, len(done.stderr.splitlines())) == (128 + number, 1)
    assert f"{word}: the same command does the jobs that are not finished, from their checkpoints" in done.stderr


def test_a_disk_that_fills_in_training_costs_what_is_after_the_last_checkpoint(place, tmp_path, monkeypatch):
    append, lines = results.append, []

    def full(path, values):
        lines.append(values)
        if len(lines) == 4:
            raise InputError("f: cannot write (x); choose") from OSError(28, "x")
        append(path, values)

    monkeypatch.setattr(results, "append", full)
    wrong(
        train(place, tmp_path / "none", "train.checkpoint_every=0"),
        "f: cannot write (x); make room, and the same command starts anew",
        python=False,
    )
    lines.clear()
    words = ["train.checkpoint_every=1", "train.checkpoint_unit=segments"]
    done = train(place, tmp_path / "run", *words)
    wrong(done, "make room, and the same command goes on from the last checkpoint", python=False)
    assert "going on after" in train(place, tmp_path / "run", *words).stdout


# nobody reads, or nobody can


@pytest.mark.parametrize("many", [False, True])
def test_a_run_whose_output_nobody_reads_ends_quietly(place, tmp_path, many):
    words = sweep_words(place, tmp_path / "work", "-m", "seed=1,2")
    if not many:
        words = [*without(words, "hydra.", "-m", "seed"), f"hydra.run.dir={tmp_path / 'work'}"]
    line = [sys.executable, "-m", "experiments.train", *words]
    with subprocess.Popen(
        line, cwd=REPOSITORY, env=os.environ | variables(place), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        error = process.stderr.read()
    assert process.returncode == 141
    assert error.count(b"\n") == many  # a sweep says how it goes on
    assert not list(tmp_path.rglob("error.txt"))


def test_a_run_whose_reader_leaves_while_it_trains_is_saved(place, tmp_path, monkeypatch):
    def gone(self, progress):
        raise Interrupted("", 141)

    with monkeypatch.context() as patched:
        patched.setattr(progress.Display, "__call__", gone)
        done = train(place, tmp_path / "run")
    assert done.returncode == 141
    assert "stopped after" in done.stderr
    assert "the same command goes on from there" in done.stderr
    assert "going on after" in train(place, tmp_path / "run").stdout


def test_an_output_that_has_gone_is_reported_to_each_who_writes(monkeypatch):
    class Gone(io.StringIO):
        def write(self, text):
            if "first" in text:
                raise BrokenPipeError
            return len(text)

    monkeypatch.setattr(sys, "stdout", Gone())
    monkeypatch.setattr(commands, "_gone", [])
    for text in ("first", "second"):  # by then what is written goes nowhere
        with pytest.raises(Interrupted) as error:
            commands.say(text)
        assert error.value.status == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_standard_output_without_room(place, tmp_path):
    words = ["corpus=file", f"corpus.path={place / 'text.txt'}", *SMALL, f"hydra.run.dir={tmp_path / 'run'}"]
    line = [sys.executable, "-m", "experiments.train", *words]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            line, cwd=REPOSITORY, env=os.environ | variables(place), stdout=full, stderr=subprocess.PIPE, check=False
        )
    said = b"error: standard output: cannot write (No space left on device); make room, or send it elsewhere\n"
    assert (done.returncode, done.stderr) == (2, said)


def test_an_error_of_the_system_is_one_line(place, tmp_path, monkeypatch):
    for number, remedy in ((errno.ENOSPC, "make room, and give the same command again"), (errno.EIO, "choose another")):
        monkeypatch.setattr(texts, "open_corpus", failing(OSError(number, "text", "name")))
        wrong(train(place, tmp_path / "run"), f"error: name: text; {remedy}")
