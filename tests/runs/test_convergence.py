"""How near training comes to PMI - log k: against counts by loops, and where it must get there."""

import dataclasses
import json
import math
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from jaxw2v.errors import InputError, Interrupted
from jaxw2v.launch import python
from jaxw2v.launch.progress import Display
from jaxw2v.runs import compilation_cache, convergence
from jaxw2v.theory.agreement import Agreement, Parts
from tests.command_line import RECORD, REPOSITORY, SMALL, command, without, wrong

TEXT = "the cat sat on the mat\nthe dog sat on the rug\na cat and a dog ran\n" * 40
# 10 words against 64 dimensions, rows of length sqrt(10): every pair is free
WIDE = ("model.dim=64", "model.init_range=25", "model.output_range=25", "windows.dynamic=false", "windows.window=2")
FREE = (*WIDE, "subsample.threshold=0", "vocab.min_count=1", "train.epochs=64", "train.step_tokens=64")


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    place = tmp_path_factory.mktemp("text")
    (place / "text.txt").write_text(TEXT)
    return ("corpus=file", f"corpus.path={place / 'text.txt'}", f"cache={place / 'cache'}",
            "optimizer.learning_rate=0.04", *FREE)  # fmt: skip


@pytest.fixture(scope="module")
def found(settings):
    config = python.compose(*settings, "train.replicas=1")
    return convergence.follow(config, python.read_corpus(config), [1, 8])


def by_loops(words):
    """log(#(w, c) / (k #(w) P(c))) for the pairs of the text, windows of 2, k = 5; None: they do not meet."""
    meet, seen = {}, {}
    for line in TEXT.splitlines():
        line = line.split()
        for i, word in enumerate(line):
            seen[word] = seen.get(word, 0) + 1
            for j, context in enumerate(line):
                if 0 < abs(i - j) <= 2:
                    meet[word, context] = meet.get((word, context), 0) + 1
    noise = {word: count**0.75 / sum(n**0.75 for n in seen.values()) for word, count in seen.items()}
    samples = {word: sum(n for (w, _), n in meet.items() if w == word) for word in words}
    return {(w, c): math.log(n / (5 * samples[w] * noise[c])) for (w, c), n in meet.items()}


def test_the_target_is_that_of_loops_over_the_text(settings, found):
    words = python.read_corpus(python.compose(*settings, "train.replicas=1")).vocabulary.words
    expected = by_loops(words)
    for i, w in enumerate(words):
        for j, c in enumerate(words):
            value = expected.get((w, c), -math.inf)
            assert found.target.optimum_VV[i, j] == pytest.approx(value), (w, c)
    assert 0 < len(expected) < len(words) ** 2


def test_training_gets_there_where_nothing_keeps_it(settings, found):
    assert [moment.epoch for moment in found.curve] == [1, 8, 64]
    end = found.curve[-1].agreement
    assert end.correlation > 0.99
    assert end.error < 0.1
    assert end.pairs == (found.target.count_VV > 0).sum() == sum(band.agreement.pairs for band in found.bands)
    assert all(band.parts.own > 0 for band in found.bands)  # another seed
    excess = [moment.excess for moment in found.curve]
    assert excess[0] > excess[1] > excess[2] > 0
    made = python.train(*settings, "train.replicas=1")
    np.testing.assert_allclose(found.product_VV, made.vectors.matrix @ made.outputs.matrix.T, atol=1e-5)


def test_short_vectors_keep_it_away_and_that_is_no_chance(settings):
    # one dimension: with two, two seeds may end in optima of their own
    config = python.compose(*settings, "train.replicas=1", "model.dim=1", "model.init_range=1", "model.output_range=0")
    kept = convergence.follow(config, python.read_corpus(config))
    assert kept.curve[-1].agreement.correlation < 0.95
    (most,) = [band for band in kept.bands if band.agreement.high == 100]
    assert most.parts.common > 3 * most.parts.own


def test_moments_are_doublings_and_evenly_apart():
    assert convergence.moments(1) == [1]
    assert convergence.moments(8) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert convergence.moments(40) == [1, 2, 4, 5, 8, 10, 15, 16, 20, 25, 30, 32, 35, 40]


def test_a_file_gives_back_what_was_written():
    ours = Agreement(0, np.inf, 1234567, 0.98765432, 0.9, -0.012, 0.3)
    curve, bands = (
        [convergence.Moment(3, 0.125, ours)],
        [convergence.CountBand(ours._replace(high=2.5), Parts(0.25, 0))],
    )
    text = convergence.to_csv(curve, bands, ["jaxw2v convergence seed=2", "two\nlines"])
    assert text.splitlines()[0] == "# jaxw2v convergence seed=2"
    read = convergence.from_csv(text)
    near = ours._replace(correlation=0.987654)
    assert read == (
        [convergence.Moment(3, 0.125, near)],
        [convergence.CountBand(near._replace(high=2.5), Parts(0.25, 0))],
        ["jaxw2v convergence seed=2", "two lines"],
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["model.architecture=cbow"], ["model.architecture=cbow", "skipgram"]),
        (["model.objective=softmax"], ["model.objective=softmax", "negative_sampling"]),
        (["model.tied=true"], ["model.tied=True", "false"]),
        (["model.freeze=input"], ["model.freeze=input", "none"]),
        (["baseline=svd"], ["baseline.method=svd", "baseline=none"]),
        (["negatives.k=0"], ["negatives.k=0", "1 or more"]),
        (["train.heldout_fraction=0.1"], ["train.heldout_fraction=0.1", "use 0"]),
        (["train.init_from=gone"], ["train.init_from=gone", "leave it out"]),
        (["train.resume=anyway"], ["train.resume=anyway", "use never"]),
        (["corpus.source=pairs", "negatives.shared_by=pair"], ["corpus.source=pairs", "use a text"]),
    ],
)
def test_what_has_another_optimum_is_refused_before_the_text_is_read(tmp_path, words, expected):
    wrong(command(tmp_path, "corpus=file", "corpus.path=gone.txt", *words, module="convergence"), *expected)


def test_texts_that_do_not_fit_or_hold_no_pair(settings, tmp_path):
    config = python.compose(*settings, "train.replicas=1")
    config = dataclasses.replace(config, baseline=dataclasses.replace(config.baseline, memory=1e-6))
    with pytest.raises(InputError, match=r"baseline\.memory=1e-06: all pairs of 10 words .*vocab\.max_size=1000"):
        convergence.target(config, python.read_corpus(config))
    (tmp_path / "lonely.txt").write_text("one\ntwo\n" * 9)
    config = python.compose(*settings, "train.replicas=1", f"corpus.path={tmp_path / 'lonely.txt'}")
    with pytest.raises(InputError, match="no word has a neighbor"):
        convergence.target(config, python.read_corpus(config))


def test_the_preset_by_its_command(place, tmp_path):
    text = ["experiment=factorization", "corpus=file", f"corpus.path={place / 'text.txt'}", "train.epochs=5"]
    words = [*text, *without(SMALL, "model", "train", "figures")]
    done = command(place, *words, f"hydra.run.dir={tmp_path / 'out'}", module="convergence")
    assert done.returncode == 0, done.stderr
    curve, bands, remarks = convergence.from_csv((tmp_path / "out" / "convergence.csv").read_text())
    assert [moment.epoch for moment in curve] == [1, 2, 3, 4, 5]
    assert curve[-1].agreement.correlation > 0.9  # after so few epochs
    assert len(bands) > 2
    assert remarks[0].startswith("jaxw2v convergence experiment=factorization corpus=file corpus.path=")
    assert "name=" not in remarks[0]
    said = done.stdout.splitlines()
    assert any("epoch 5, loss" in line for line in said)
    assert sum(line.split()[1:2] == [f"{curve[-1].agreement.correlation:.4f}"] for line in said) == 1
    result = json.loads((tmp_path / "out" / "convergence.json").read_text())
    assert result["correlation"] == pytest.approx(curve[-1].agreement.correlation, rel=1e-5)
    assert result["model.dim"] == 1000
    assert (tmp_path / "out" / "convergence.png").read_bytes().startswith(b"\x89PNG")
    before = (tmp_path / "out" / "convergence.csv").read_bytes()
    wrong(command(place, *words, f"hydra.run.dir={tmp_path / 'out'}", module="convergence"), "exists already")
    assert (tmp_path / "out" / "convergence.csv").read_bytes() == before


def test_its_header_says_how_it_is_started_and_what_it_reaches():
    text = (REPOSITORY / "conf/experiment/factorization.yaml").read_text()
    assert "#   python -m experiments.convergence experiment=factorization" in text
    assert "# Takes about " in text


@pytest.mark.parametrize("second", [False, True])
def test_a_stopped_one_goes_on_and_leaves_the_same(place, tmp_path, monkeypatch, second):
    text = ["experiment=factorization", "corpus=file", f"corpus.path={place / 'text.txt'}", "train.epochs=3"]
    words = [*text, *without(SMALL, "model", "train", "figures")]
    words += ["train.checkpoint_every=1", "train.checkpoint_unit=segments"]

    def leave(name: str) -> Path:
        done = command(place, *words, f"hydra.run.dir={tmp_path / name}", module="convergence")
        assert done.returncode == 0, done.stderr
        return tmp_path / name

    whole, seen = leave("whole"), []

    def stop(self, progress):
        seen.append(progress)
        if len(seen) == (5 if second else 2):
            raise Interrupted("", 130)

    with monkeypatch.context() as patched:
        patched.setattr(Display, "__call__", stop)
        patched.setattr(compilation_cache, "kept", kept := mock.Mock(side_effect=compilation_cache.kept))
        done = command(place, *words, f"hydra.run.dir={tmp_path / 'run'}", module="convergence")
    kept.assert_called_once()
    assert done.returncode == 130
    assert "the same command goes on from there" in done.stderr
    assert len(seen) == (5 if second else 2)
    run = leave("run")
    tables = [(folder / "convergence.csv").read_text().splitlines()[1:] for folder in (whole, run)]
    assert tables[0] == tables[1]
    names = [sorted(path.name for path in folder.iterdir()) for folder in (whole, run)]
    assert names[0] == names[1]
    assert not list(run.rglob("checkpoint-*"))


def test_a_finished_table_is_kept_and_what_a_killed_one_left_besides_goes(place, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name / "next-seed").mkdir(parents=True)
        (tmp_path / name / "convergence.csv").write_text("a table\n")
        (tmp_path / name / "checkpoint-00000001").write_text("of a run")
    (tmp_path / "a" / ".hydra").mkdir()
    (tmp_path / "a" / ".hydra" / "config.yaml").write_text(RECORD)
    for name, left in (("a", []), ("b", ["checkpoint-00000001", "next-seed"])):
        words = ["corpus=file", f"corpus.path={place / 'text.txt'}", f"hydra.run.dir={tmp_path / name}"]
        wrong(command(place, *words, module="convergence"), "convergence.csv exists already")
        assert sorted(path.name for path in (tmp_path / name).glob("[a-z]*")) == sorted([*left, "convergence.csv"])
