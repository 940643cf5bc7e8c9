"""Training on from a finished run: more epochs, and a new text with a vocabulary that grows."""

import collections
import dataclasses
import json
import signal
from pathlib import Path

import numpy as np
import pytest

from jaxw2v.checkpoints import finished
from jaxw2v.checkpoints import folder as places
from jaxw2v.errors import InputError, Interrupted
from jaxw2v.runs import run
from jaxw2v.text import vocabulary
from jaxw2v.vectors import formats
from tests.checkpoints.test_warm_start import config
from tests.command_line import RECORD, SMALL, command, without

FIRST = [*SMALL, "train.save_state=true", "vectors.matrices=[input,output]", "train.replicas=1",
         "optimizer.learning_rate=0.04"]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with a text, another that shares half of its words with it, and a finished run on the first."""
    folder = tmp_path_factory.mktemp("onward")
    pairs = np.random.default_rng(0).integers(0, 10, (2, 600, 5))
    for name, first, lines in (("text", 0, pairs[0]), ("other", 10, pairs[1])):
        written = [" ".join(f"w{first + 2 * p} w{first + 2 * p + 1}" for p in line) for line in lines]
        (folder / f"{name}.txt").write_text("\n".join(written) + "\nonce\n")
    in_this_process(folder, "first")
    return folder


def words_of(place: Path, run: str, *words: str) -> list[str]:
    text = ["corpus=file", f"corpus.path={place / 'text.txt'}", f"hydra.run.dir={place / run}"]
    return [*text, *FIRST, *words]


def train(place: Path, run: str, *words: str):
    return command(place, *words_of(place, run, *words))


def result(folder: Path) -> dict:
    return json.loads((folder / "result.json").read_text())


def pairs(folder: Path) -> int:
    return round(result(folder)["pairs_per_second"] * result(folder)["seconds.training"])


def in_this_process(place: Path, name: str, *words: str, stop_after: int | None = None) -> Path:
    """A run whose Ctrl-C comes after so many segments."""
    made = config(*[word for word in words_of(place, name, *words) if not word.startswith("hydra.")])
    made = dataclasses.replace(made, cache=str(place / "cache"))
    folder, reports = place / name, []
    (folder / ".hydra").mkdir(parents=True, exist_ok=True)
    (folder / ".hydra" / "config.yaml").write_text(RECORD)

    def report(progress):
        reports.append(progress)
        if len(reports) == stop_after:
            signal.raise_signal(signal.SIGINT)

    ends = run.run([made], [folder], repository=folder, say=lambda line: None, report=report, begun=lambda: None)
    assert not isinstance(ends[0], Exception), ends[0]
    return folder


def test_more_epochs_begin_where_the_first_ended_and_repeat_when_stopped(place):
    on = f"train.init_from={place / 'first'}"
    done = train(place, "more", on)
    assert done.returncode == 0, done.stderr
    assert "20 of 20 words are known there; the optimizer's state is kept" in done.stdout
    first, more = result(place / "first"), result(place / "more")
    assert more["init.sha256"] != first.get("init.sha256")
    assert more["init.corpus.sha256"] == first["corpus.sha256"]
    assert more["loss"] == pytest.approx(first["loss"], abs=0.05)  # so small a text teaches nothing more
    assert pairs(place / "more") != pairs(place / "first")  # windows of their own from the same seed
    lines = [(place / name / "metrics.jsonl").read_text().splitlines()[0] for name in ("first", "more")]
    before, now = (json.loads(line)["segment_loss"] for line in lines)
    assert now < before - 0.2  # it did not begin anew

    with pytest.raises(Interrupted):
        in_this_process(place, "stopped", on, stop_after=2)
    assert list((place / "stopped").glob(places.CHECKPOINTS))
    again = in_this_process(place, "stopped", on)
    assert result(again)["restarts"] == 1
    for name in ("vectors.bin", "vectors-output.bin", places.STATE):
        assert (again / name).read_bytes() == (place / "more" / name).read_bytes()


def test_a_new_text_with_a_vocabulary_that_grows(place):
    new = [f"corpus.path={place / 'other.txt'}", f"train.init_from={place / 'first'}"]
    done = train(place, "grown", *new, "vocab.grow=true")
    assert done.returncode == 0, done.stderr
    text = "".join((place / f"{name}.txt").read_text() for name in ("text", "other")).split()
    counts = {word: count for word, count in collections.Counter(text).items() if word != "once"}
    found = vocabulary.load(place / "grown" / "vocabulary.txt")
    assert dict(zip(found.words, found.count_V.tolist())) == counts
    assert (result(place / "grown")["init.known"], result(place / "grown")["vocab.words"]) == (20, 30)

    old, now = (formats.load(place / name / "vectors.bin") for name in ("first", "grown"))
    for row, word in enumerate(old.words):
        same = (now.vectors_VD[now.words.index(word)] == old.vectors_VD[row]).all()
        assert same == (int(word[1:]) < 10), word  # what is not in the new text has noise only
    old, now = (formats.load(place / name / "vectors-output.bin") for name in ("first", "grown"))
    assert (now.vectors_VD[now.words.index("w0")] != old.vectors_VD[old.words.index("w0")]).any()  # and is noise

    known = [f"corpus.path={place / 'other.txt'}", f"vocab.path={place / 'first' / 'vocabulary.txt'}"]
    assert finished.read(config(*known, *SMALL, f"train.init_from={place / 'grown'}")).vocabulary.words == found.words


def test_a_finished_run_and_an_unfinished_one_are_not_lengthened(place):
    with pytest.raises(InputError, match=r"holds a result already.*train\.init_from"):
        in_this_process(place, "first", "train.epochs=9")
    with pytest.raises(Interrupted):
        in_this_process(place, "half", stop_after=1)
    with pytest.raises(InputError, match=r"train\.epochs=2 there, 9 here"):
        in_this_process(place, "half", "train.epochs=9")
    with pytest.raises(InputError, match=r"half: that run is not finished; give its command again"):
        in_this_process(place, "unused", f"train.init_from={place / 'half'}")


@pytest.mark.slow
def test_runs_side_by_side_start_from_one(place):
    on = [f"train.init_from={place / 'first'}", "seed=1,2", f"hydra.sweep.dir={place / 'sweep'}", "-m"]
    done = command(place, *without(words_of(place, "unused"), "hydra.run.dir"), *on, "launcher=population")
    assert done.returncode == 0, done.stderr
    for seed in (1, 2):
        assert result(place / "sweep" / f"seed={seed}")["init.known"] == 20
    in_this_process(place, "alone", on[0])
    alone, beside = (formats.load(place / name / "vectors.bin") for name in ("alone", "sweep/seed=1"))
    np.testing.assert_allclose(alone.vectors_VD, beside.vectors_VD, rtol=1e-3, atol=1e-4)
