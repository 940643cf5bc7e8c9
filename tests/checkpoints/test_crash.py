"""Real SIGKILLs: whatever was being done, the same command goes on and leaves the bytes of a run never stopped.

python -m pytest -n 0 -m slow tests/test_crash.py -s   100 kills, with a log of them by phase
"""

import collections
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command_line import REPOSITORY, SMALL, command, variables

EVERY = ["train.checkpoint_every=1", "train.checkpoint_unit=segments", "train.epochs=12", "train.heldout_fraction=0.1"]
# tables that take long enough to be met half written
LARGE = ["model.dim=100", "train.epochs=3", "vectors.formats=[bin,txt]", "vectors.matrices=[input,output]"]
KINDS = {
    "run": [],
    "sweep": ["-m", "seed=1,2"],
    "population": ["-m", "seed=1,2,3", "launcher=population", "hydra.launcher.runs=2"],
}
MARKS = {  # what lies in the folder of a run or of the cache while something is done
    "encoding": "cache/ids-*.part-*/ids.bin",
    "training": "work/**/metrics.jsonl",
    "checkpointing": "work/**/.checkpoint-*.tmp",
    "writing": "work/**/vectors.bin",
}


@pytest.fixture(scope="module")
def text(place) -> Path:
    return place / "text.txt"


@pytest.fixture(scope="module")
def many_words(tmp_path_factory) -> Path:
    """A text of 12,000 words, of which 2,500 are different, and 100,000 that stand once: to be read and left out."""
    path = tmp_path_factory.mktemp("many") / "text.txt"
    words = [f"w{i}" for i in random.Random(1).choices(range(2500), k=7000)] + [f"w{i}" for i in range(2500)] * 2
    words += [f"once{i}" for i in range(100_000)]
    path.write_text("\n".join(" ".join(words[at : at + 20]) for at in range(0, len(words), 20)) + "\n")
    return path


def words_of(kind: str, text: Path, folder: Path, *more: str) -> list[str]:
    place = "hydra.run.dir" if kind == "run" else "hydra.sweep.dir"
    return [f"{place}={folder}", "corpus=file", f"corpus.path={text}", *SMALL, *EVERY, *KINDS[kind], *more]


def left(folder: Path) -> dict[str, object]:
    """All that must not depend on whether a run was stopped, by file."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.name == "metrics.jsonl":
            lines = [json.loads(line) for line in path.read_text().splitlines()]
            found[name] = [{k: v for k, v in line.items() if "second" not in k} for line in lines]
        elif path.name == "result.json":
            result = json.loads(path.read_text())
            found[name] = {k: v for k, v in result.items() if "second" not in k and k not in ("restarts", "cache")}
        elif path.suffix in (".bin", ".txt"):
            found[name] = path.read_bytes()
        elif path.is_file() and path.parent.name != ".hydra":
            found[name] = "there"
    return found


def restarts(folder: Path) -> int:
    return max(json.loads(path.read_text())["restarts"] for path in folder.rglob("result.json"))


def kill(words: list[str], place: Path, phase: str, delay: float, before_it: float = 0) -> str | None:
    """Starts the command, waits for a phase and a little longer, kills it. What it was doing; None: it had ended.

    A phase that has no name above is what must be there by then. `before_it`: seconds of training before a checkpoint
    is waited for, so that it is not always the first.
    """
    mark = MARKS.get(phase, phase)
    line = [sys.executable, "-m", "experiments.train", *words, f"cache={place}/cache"]
    before, said = set(place.glob(mark)) if phase == "writing" else set(), ""
    with subprocess.Popen(line, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            if phase == "starting":
                time.sleep(delay * 50)
            elif phase == "reading":
                for line in process.stdout:
                    said += line
                    if line.startswith("reading"):
                        break
            else:
                while before_it and process.poll() is None and not set(place.glob(MARKS["training"])):
                    time.sleep(0.001)
                time.sleep(before_it)
                while process.poll() is None and not set(place.glob(mark)) - before:
                    time.sleep(0.0002)
            if phase != "starting":
                time.sleep(delay)
        finally:
            process.send_signal(signal.SIGKILL)
        said = process.stdout.read()
        ended = process.wait()
    if ended != -signal.SIGKILL:
        assert ended == 0, said
        return None
    for doing in ("encoding", "checkpointing"):
        if list(place.glob(MARKS[doing])):
            return doing
    if list(place.glob("cache/ids-*.part-*")):
        return "reading"
    for folder in [path.parent for path in place.glob("work/**/metrics.jsonl")]:
        if not (folder / "result.json").exists():
            return "writing" if (folder / "vectors.bin").exists() else "training"
    return "starting" if phase == "starting" else "reading"


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("run", "work/checkpoint-*"),
        pytest.param("population", "work/seed=2/checkpoint-*", marks=pytest.mark.slow),
    ],
)
def test_what_was_killed_leaves_what_one_leaves_that_was_never_stopped(text, tmp_path, kind, made):
    whole = command(tmp_path, *words_of(kind, text, tmp_path / "whole"))
    assert whole.returncode == 0, whole.stderr
    assert kill(words_of(kind, text, tmp_path / "work"), tmp_path, made, 0) in ("training", "checkpointing")
    done = command(tmp_path, *words_of(kind, text, tmp_path / "work"))
    assert done.returncode == 0, done.stderr
    assert "going on after" in done.stdout
    assert restarts(tmp_path / "work") == 1
    assert left(tmp_path / "work") == left(tmp_path / "whole")


def test_the_command_of_a_run_that_ctrl_c_stopped_goes_on_by_itself(text, tmp_path):
    """Its folder is named after the time, and there was no checkpoint before."""
    words = ["corpus=file", f"corpus.path={text}", *SMALL, "train.epochs=12"]
    whole = command(tmp_path, *words, f"hydra.run.dir={tmp_path / 'whole'}")
    assert whole.returncode == 0, whole.stderr
    line = [sys.executable, "-m", "experiments.train", *words]
    environment = os.environ | variables(tmp_path)
    with subprocess.Popen(line, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as first:
        while not list(tmp_path.glob("outputs/train/*/metrics.jsonl")) and first.poll() is None:
            time.sleep(0.001)
        first.send_signal(signal.SIGINT)
        out, error = first.communicate()
    assert first.returncode == 130
    assert b"once more stops at once" in out
    assert b"the same command goes on from there" in error
    [folder] = tmp_path.glob("outputs/train/*")
    done = command(tmp_path, *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "going on after" in done.stdout
    assert list(tmp_path.glob("outputs/train/*")) == [folder]
    assert left(folder) == left(tmp_path / "whole")


@pytest.mark.slow
def test_a_hundred_kills(many_words, tmp_path):
    random.seed(20131016)
    phases = ["starting", "reading", *MARKS]
    wholes = {}
    for kind in KINDS:
        done = command(tmp_path, *words_of(kind, many_words, tmp_path / f"whole-{kind}", *LARGE))
        assert done.returncode == 0, done.stderr
        wholes[kind] = left(tmp_path / f"whole-{kind}")
    kills, most, ends = collections.Counter(), 0, 0
    while kills.total() < 100:
        kind = random.choice(list(KINDS))
        place = tmp_path / f"place-{ends}"
        words = words_of(kind, many_words, place / "work", *LARGE)
        place.mkdir()
        for _ in range(random.randint(2, 8)):
            if kind == "run" and (place / "work" / "result.json").exists():
                break  # killed after its last file: the same command would refuse the folder
            fewest = min(phases, key=kills.__getitem__)
            phase = random.choice([*phases, *[fewest] * len(phases)])
            delay = random.random() * (0.005 if phase in ("encoding", "checkpointing") else 0.05)
            doing = kill(words, place, phase, delay, random.random() if phase == "checkpointing" else 0)
            if doing is None:
                break
            kills[doing] += 1
            for part in place.glob("cache/ids-*.part-*"):
                shutil.rmtree(part)  # left by a kill: not to be seen as the next one's
            if random.random() < 0.3:
                shutil.rmtree(place / "cache", ignore_errors=True)  # so that encoding is met again
            print(f"kill {kills.total()}: {kind}, {doing}", flush=True)
        if kind != "run" or not (place / "work" / "result.json").exists():  # a run that has ended is not run again
            done = command(place, *words, JAXW2V_CACHE=str(place / "cache"))
            assert done.returncode == 0, done.stderr
        assert left(place / "work") == wholes[kind], (kind, place)
        most = max(most, restarts(place / "work"))
        ends += 1
        print(f"end {ends}: {kind}, {restarts(place / 'work')} restarts from a checkpoint, bytes equal", flush=True)
        shutil.rmtree(place)
    print(f"{kills.total()} kills: {dict(kills)}; {ends} ends, all with the bytes of a run never stopped", flush=True)
    assert most >= 2
    assert min(kills[phase] for phase in phases) >= 5
