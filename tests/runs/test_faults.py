"""A disk that is full or may not be written to."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from jaxw2v.checkpoints import files, folder
from jaxw2v.errors import InputError
from jaxw2v.files import results
from jaxw2v.text import corpus, docstrings, pairs, vocabulary
from jaxw2v.vectors import formats
from jaxw2v.vectors.table import Table
from tests.command_line import REPOSITORY, SMALL, UNCACHED
from tests.configs import section
from tests.faults import build, full_disk, somebody_else, write_text

TABLE = Table([f"w{row}" for row in range(50)], np.ones((50, 20), np.float32))
WORDS = vocabulary.Vocabulary(TABLE.words * 20, np.full(1000, 12345))


WRITERS = {  # takes a folder with text.txt, and the folder to write to
    "bin": lambda place, to: formats.save(TABLE, to / "old", "bin"),
    "txt": lambda place, to: formats.save(TABLE, to / "old", "txt"),
    "npz": lambda place, to: formats.save(TABLE, to / "old", "npz"),
    "result": lambda place, to: results.write_result(to / "old", {"text": "x" * 9999}),
    "metrics": lambda place, to: results.append(to / "new", {"text": "x" * 9999}),
    "vocabulary": lambda place, to: vocabulary.save(WORDS, to / "old"),
    "checkpoint": lambda place, to: files.write(to / "old", {}, {"a": np.zeros(9999)}),
    "ids": lambda place, to: corpus.encode(
        [place / "text.txt"], section("corpus"), section("vocab", min_count=1), cache=to
    ),
    "joined": lambda place, to: build(place, to),
    "docstrings": lambda place, to: docstrings.build(to, ["jaxw2v"], False),
}


@pytest.fixture
def text(tmp_path):
    return write_text(tmp_path)


@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_is_reported_and_nothing_half_is_left(tmp_path, text, writer):
    to = tmp_path / "to"
    to.mkdir()
    (to / "old").write_text("older")
    with full_disk(), pytest.raises((InputError, OSError)) as error:
        WRITERS[writer](tmp_path, to)
    assert isinstance(error.value, InputError) != (writer in ("vocabulary", "checkpoint"))  # those say OSError
    assert str(to) in str(error.value) or isinstance(error.value, OSError)
    left = {path.name for path in to.iterdir()}
    assert left - {"new"} == {"old"}  # a line of metrics that is cut is cut off when the run goes on
    assert (to / "old").read_text() == "older"


@pytest.mark.parametrize("writer", WRITERS)
def test_a_folder_that_may_not_be_written_to(text, writer):
    place = Path(tempfile.mkdtemp())  # pytest's own is for root's eyes only
    try:
        shutil.copy(text, place)
        (place / "titles").touch()
        for path in (place, place / "text.txt", place / "titles"):
            path.chmod(0o777)
        to = place / "to"
        to.mkdir(mode=0o555)
        with somebody_else(), pytest.raises((InputError, OSError), match="Permission denied"):
            WRITERS[writer](place, to)
        with somebody_else(), pytest.raises(InputError, match=r"hydra\.run\.dir=.*Permission denied\); choose another"):
            folder.claim(to / "run")
        assert list(to.iterdir()) == []
    finally:
        shutil.rmtree(place)


ROOM = 60_000  # bytes of a file
AS_A_COMMAND = "runpy.run_module('experiments.train', run_name='__main__', alter_sys=True)"


def test_a_disk_that_fills_while_a_run_is_made(tmp_path, text):
    """Checkpoints and then the vectors have no room. The command says so in one line; with room, it goes on."""
    words = ["corpus=file", f"corpus.path={text}", *SMALL, "model.dim=2000", f"hydra.run.dir={tmp_path / 'run'}"]
    words += [f"cache={tmp_path / 'cache'}", "train.checkpoint_every=1", "train.checkpoint_unit=segments"]
    line = [sys.executable, "-m", "experiments.train", *words]
    little = f"import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, ({ROOM}, {ROOM})); {AS_A_COMMAND}"
    done = subprocess.run(
        [sys.executable, "-c", little, *words], cwd=REPOSITORY, env=os.environ | UNCACHED, capture_output=True,
        text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "no checkpoint: " in done.stdout
    assert "File too large" in done.stdout
    [error] = done.stderr.splitlines()
    assert "vectors.bin: cannot write (File too large); make room, and the same command trains anew, as there" in error
    left = {path.name for path in (tmp_path / "run").iterdir()}
    assert left == {".hydra", "metrics.jsonl"}
    done = subprocess.run(line, cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    metrics = [json.loads(line)["words"] for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert metrics == sorted(set(metrics))


def test_given_pairs_without_room_for_their_ids(tmp_path, monkeypatch):
    """They are in a temporary file meanwhile: the message names its folder, whatever folder the run has."""
    (tmp_path / "pairs").write_text("w1 w2\n" * 5000)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with full_disk(), pytest.raises(InputError, match=rf"temporary folder {tmp_path}: cannot be.*TMPDIR=FOLDER"):
        pairs.encode([tmp_path / "pairs"], section("corpus"), section("vocab", min_count=1))
