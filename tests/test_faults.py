"""A disk that is full or may not be written to, and files that change under the reader's eyes."""

import bz2
import contextlib
import errno
import gzip
import json
import lzma
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from command_line import REPOSITORY, SMALL, UNCACHED, sweep, sweep_words, train, variables, wrong

from experiments import progress
from jaxw2v import checkpoint, folder, run
from jaxw2v.errors import InputError, Interrupted
from jaxw2v.study import results
from jaxw2v.text import corpus, docstrings, joined, pairs, phrase_list, sources, vocabulary
from jaxw2v.vectors import formats
from jaxw2v.vectors.table import Table

TABLE = Table([f"w{row}" for row in range(50)], np.ones((50, 20), np.float32))
WORDS = vocabulary.Vocabulary(TABLE.words * 20, np.full(1000, 12345))
SMALL_DISK = 2000  # bytes of a file


def build(place: Path, cache: Path, files: list[Path] | None = None) -> joined.Joined:
    (place / "titles").write_text("w1 w2\n")
    return joined.build(
        files or [place / "text.txt"], cache, method="list", thresholds=[], min_count=1, across_sentences=False,
        connectors=[], joiner="_", max_pairs=1000, list_path=str(place / "titles"), list_normalise=sources.AS_IT_IS,
        invalid_utf8="error", normalise=sources.AS_IT_IS, say=lambda line: None,
    )  # fmt: skip


WRITERS = {  # takes a folder with text.txt, and the folder to write to
    "bin": lambda place, to: formats.save(TABLE, to / "old", "bin"),
    "txt": lambda place, to: formats.save(TABLE, to / "old", "txt"),
    "npz": lambda place, to: formats.save(TABLE, to / "old", "npz"),
    "result": lambda place, to: results.write_result(to / "old", {"text": "x" * 9999}),
    "metrics": lambda place, to: results.append(to / "new", {"text": "x" * 9999}),
    "vocabulary": lambda place, to: vocabulary.save(WORDS, to / "old"),
    "checkpoint": lambda place, to: checkpoint.write(to / "old", {}, {"a": np.zeros(9999)}),
    "ids": lambda place, to: corpus.encode([place / "text.txt"], to, min_count=1),
    "joined": lambda place, to: build(place, to),
    "docstrings": lambda place, to: docstrings.build(to, ["jaxw2v"], False),
}


@contextlib.contextmanager
def full_disk(room: int = SMALL_DISK):
    """No file may grow beyond so many bytes: the system refuses the write, as when a disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def somebody_else():
    """Root may write everywhere: be nobody meanwhile."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("".join(f"w{i % 13} w{i % 7} w{i % 11}\n" for i in range(3000)))
    return path


@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_is_told_and_nothing_half_is_left(tmp_path, text, writer):
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


# stopped after training


def failing(error):
    def fail(*_):
        raise error

    return fail


STOPS = {  # what happens while the vocabulary is written, the status, and what is said
    "Ctrl-C": (lambda *_: signal.raise_signal(signal.SIGINT), 130, "interrupted: the same command goes on from what"),
    "SIGTERM": (lambda *_: signal.raise_signal(signal.SIGTERM), 143, "terminated: the same command goes on from what"),
    "full": (failing(OSError(28, "No space left on device")), 2, "device); make room, and the same command goes on"),
    "full, told": (failing(InputError("f: cannot write (x); choose")), 2, "f: cannot write (x); choose"),
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
    assert ("going on after 100% of all words" in done.stdout) == (stop != "full, told")
    for name in ("vectors.bin", "vocabulary.txt", "answers.npz"):
        assert (tmp_path / "run" / name).read_bytes() == (whole / name).read_bytes()
    assert not list((tmp_path / "run").glob("checkpoint-*"))
    losses = [json.loads((at / "result.json").read_text())["loss"] for at in (tmp_path / "run", whole)]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_a_run_before_training_is_told_of_its_checkpoint(place, tmp_path, monkeypatch, number):
    monkeypatch.setattr(run, "open_corpus", lambda *_: signal.raise_signal(number))
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
    )
    lines.clear()
    words = ["train.checkpoint_every=1", "train.checkpoint_unit=segments"]
    wrong(train(place, tmp_path / "run", *words), "make room, and the same command goes on from the last checkpoint")
    assert "going on after" in train(place, tmp_path / "run", *words).stdout


# nobody reads, or nobody can


@pytest.mark.parametrize("many", [False, True])
def test_a_run_whose_output_nobody_reads_ends_quietly(place, tmp_path, many):
    words = sweep_words(place, tmp_path / "work", *(["-m", "seed=1,2"] if many else []))
    line = [sys.executable, "-m", "experiments.train", *words, f"hydra.run.dir={tmp_path / 'work'}"]
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
        monkeypatch.setattr(run, "open_corpus", failing(OSError(number, "text", "name")))
        wrong(train(place, tmp_path / "run"), f"error: name: text; {remedy}")


# files that change


def changed(path: Path, how: str) -> None:
    status, old = path.stat(), path.read_bytes()
    match how:
        case "grows":
            path.write_bytes(old + b"more\n")
        case "shrinks":
            path.write_bytes(old[: len(old) // 2])
        case "changes":
            path.write_bytes(old.replace(b"w1 ", b"w9 "))
        case "changes and keeps its time":
            path.write_bytes(old[:-9] + old[-9:].replace(b"w", b"v"))
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        case "goes":
            path.unlink()


@pytest.mark.parametrize("how", ["grows", "shrinks", "changes", "changes and keeps its time", "goes"])
@pytest.mark.parametrize("when", ["hashed", "read"])
def test_a_text_that_changes_meanwhile_is_refused_and_nothing_of_it_kept(tmp_path, text, monkeypatch, how, when):
    """Whatever sha256 a result has, it is that of the bytes which were read."""
    sha256 = sources.sha256

    def hashed(path):
        found = sha256(path)
        if path == text and when == "hashed":
            changed(text, how)
        return found

    seen = []

    def progress(words):
        if when == "read" and not seen:
            changed(text, how)
        seen.append(words)

    monkeypatch.setattr(sources, "sha256", hashed)
    with pytest.raises(InputError, match=r"text\.txt: (changed while it was read|cannot be)"):
        corpus.encode([text], tmp_path / "cache", min_count=1, progress=progress, block=1000, threads=1)
    assert not list(tmp_path.glob("cache/*"))


KEEPS_ITS_TIME = "changes and keeps its time"
READERS = {
    "texts": lambda files, to: corpus.encode(files, to, min_count=1, block=1000, threads=1),
    "joined": lambda files, to: build(to.parent, to, files),
    "pairs": lambda files, to: pairs.encode(files, min_count=1, max_size=None),
}


@pytest.mark.parametrize("how", ["shrinks", KEEPS_ITS_TIME])
@pytest.mark.parametrize("reader", READERS)
def test_the_second_of_several_files_changes_before_it_is_read(tmp_path, monkeypatch, reader, how):
    """After its checksum was taken: the cache would know its words by the checksum of others, and give them later."""
    files = [tmp_path / "one.txt", tmp_path / "other.txt"]
    for file in files:
        file.write_text("w1 w2\n" * 500)
    read_text = sources.read_text

    def read(path, **how_read):
        if path == files[1]:
            changed(path, how)
        return read_text(path, **how_read)

    monkeypatch.setattr(sources, "read_text", read)
    with pytest.raises(InputError, match=r"other\.txt: changed while it was read"):
        READERS[reader](files, tmp_path / "cache")
    assert not list(tmp_path.glob("cache/*"))


PACKS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
PACKS[".zst"] = lambda text: pa.compress(text, "zstd", asbytes=True)


@pytest.mark.parametrize("suffix", PACKS)
def test_a_packed_text_is_replaced_by_one_of_the_same_size_and_time(tmp_path, monkeypatch, suffix):
    texts = [PACKS[suffix](b"".join(b"w%d w%d\n" % (i % 7, (i + seed) % 5) for i in range(50))) for seed in (1, 2)]
    size = max(map(len, texts))
    path, read_text = tmp_path / f"text{suffix}", sources.read_text
    path.write_bytes(texts[0])
    assert corpus.encode([path], tmp_path / "cache", min_count=1).raw_words == 100  # as it is

    def read(path, **how):
        status = path.stat()
        path.write_bytes(texts[1])
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        return read_text(path, **how)

    state = sources.state
    monkeypatch.setattr(sources, "read_text", read)
    monkeypatch.setattr(sources, "state", lambda path: (size, state(path)[1]))
    with pytest.raises(InputError, match="changed while it was read"):
        corpus.encode([path], tmp_path / "other", min_count=1)


def test_given_pairs_without_room_for_their_ids(tmp_path, monkeypatch):
    """They are in a temporary file meanwhile: the message names its folder, whatever folder the run has."""
    (tmp_path / "pairs").write_text("w1 w2\n" * 5000)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with full_disk(), pytest.raises(InputError, match=rf"temporary folder {tmp_path}: cannot be.*TMPDIR=FOLDER"):
        pairs.encode([tmp_path / "pairs"], min_count=1, max_size=None)


def test_a_list_that_changes_meanwhile_is_known_by_what_was_read(tmp_path, text, monkeypatch):
    load, titles = phrase_list.load, tmp_path / "titles"

    def loaded(path, normalise):
        found = load(path, normalise)
        titles.write_text("w3 w4\n")
        return found

    monkeypatch.setattr(phrase_list, "load", loaded)
    first = build(tmp_path, tmp_path / "cache")  # writes the list anew
    titles.write_text("w1 w2\n")
    monkeypatch.undo()
    assert build(tmp_path, tmp_path / "cache") == first
