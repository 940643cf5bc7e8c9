"""Mistakes of a user of the command line: each gets one line that says what to do."""

import json
import logging
import math
import os
import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from jaxw2v.launch import compose
from jaxw2v.runs import divergence
from jaxw2v.vectors import formats
from tests.command_line import SMALL, UNCACHED, command, process, sweep, train, without, wrong


def test_a_mistake_of_a_command_that_a_person_starts(place, tmp_path):
    wrong(train(place, tmp_path / "run", "train.epochs=0", start=process), "train.epochs=0", "use 1")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["windows.window=0"], ["windows.window=0", "use 1"]),
        (["windows.removed=never"], ["windows.removed=never", "skip", "count"]),
        (["model.dim=0"], ["model.dim=0", "use 1"]),
        (["train.epochs=0"], ["train.epochs=0", "use 1"]),
        (["negatives.k=-1"], ["negatives.k=-1", "use 0"]),
        (["model.tied=true", "vectors.matrices=[sum]"], ["vectors.matrices", "model.tied has one matrix"]),
        (["model.tied=true", "model.freeze=input"], ["model.freeze=input", "use none"]),
        (
            ["model.objective=hierarchical_softmax", "vectors.matrices=[sum]"],
            ["vectors.matrices", "hierarchical_softmax"],
        ),
        (["model.objective=hierarchical_softmax", "model.architecture=cbow"], ["model.objective", "negative_sampling"]),
        (["model.objective=softmax", "model.memory=1e-9"], ["model.memory=1e-09", "needs", "vocab.max_size"]),
        (["model.freeze=output"], ["model.freeze=output", "model.output_range=50"]),
        (["subsample.threshold=-1e-3"], ["subsample.threshold=-0.001", "use 0"]),
        (["windows.windw=3"], ["windows.windw", "did you mean windows.window?"]),
        (["+windows.reach=3"], ["windows.reach", "no such setting"]),
        (["optimizer=sdg"], ["optimizer/sdg", "damped_sgd"]),
        (["optimizer=null"], ["optimizer=null", "choose optimizer=NAME", "damped_sgd"]),
        (["-m", "optimizer=adam,5"], ["optimizer/5: there is no such choice; use adam, "]),
        (["windows.window=wide"], ["windows.window=wide", "Integer"]),
        (["train.step_tokens=200"], ["train.step_tokens=200", "multiple of 128", "negatives.span"]),
        (["optimizer=adam", "optimizer.transform=scale_by_trust_ratio"], ["optimizer.transform", "cannot be lifted"]),
        (["optimizer=adam", "+optimizer.options.b3=1"], ["optimizer.transform", "b3"]),
        (["eval.objective=simlex"], ["eval.objective=simlex"]),
        (["+corpus.normalize.lowr=true"], ["corpus.normalize.lowr", "did you mean corpus.normalize.lower?"]),
        (["optimizer=adam", "optimizer.options={b1:0.5}"], ["not set so far; add it, +optimizer.options.b1=VALUE"]),
        (["eval.similarity=nothere.tsv"], ["nothere.tsv: cannot be opened"]),
        (["corpus.path=a=b.txt"], ["error: corpus.path=a=b.txt: there is no such file"]),
        (["corpus.path=~/no/text.txt"], ["error: corpus.path=~/no/text.txt: there is no such file"]),
        (["corpus.path=("], ["error: corpus.path=(: there is no such file"]),
        (["cache='~nosuchuser/x'"], ["cache=~nosuchuser/x: there is no such user"]),
        (["phrases=list", "phrases.path='~nosuchuser/x'"], ["phrases.path=~nosuchuser/x: there is no"]),
        (["corpus=text8", "corpus.timeout=inf"], ["corpus.timeout=inf: use a positive number of seconds"]),
        (["train.log_every=inf"], ["train.log_every=inf: use 0 or more"]),
        (["train.segment_tokens=3"], ["train.segment_tokens=3", "use 20"]),
        (["subsample.threshold=1e-12"], ["subsample.threshold=1e-12", "raise it"]),
        (["train.device=tpu"], ["train.device=tpu", "train.device=auto"]),
    ],
)
def test_a_wrong_setting(place, tmp_path, words, expected):
    wrong(train(place, tmp_path / "run", *words), *expected)
    assert not (tmp_path / "run" / "result.json").exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("optimizer.rate=0.1", "did you mean optimizer.learning_rate?"),
        ("optimizer.power=0.5", "did you mean optimizer.accumulator_power?"),
        ("optimizer.floor=0", "optimizer has name, learning_rate, final_fraction,"),
        ("optimizer.start=1", ", initial_accumulator, accumulator_power,"),
        ("train.segment=9", "did you mean train.segment_tokens?"),
        ("train.heldout=0.1", "did you mean train.heldout_fraction?"),
        ("train.start_from=x", "did you mean train.init_from?"),
        ("train.keep_state=true", "did you mean train.save_state?"),
        ("train.report_seconds=1", ", log_every,"),
        ("vectors.tables=[input]", "vectors has matrices, formats"),
        ("eval.vocabulary=9", "did you mean eval.restrict_vocab?"),
        (
            "eval.unanswerable=drop",
            "eval has similarity, columns, analogies, methods, restrict_vocab, half, case, oov, deviation, ",
        ),
        ("eval.score=x", ", objective"),
        ("eval.neighbours=[a]", "did you mean eval.neighbors?"),
        ("negatives.stretch=9", "negatives has k, exponent, sampler, sentence_end, equal, shared_by, span, "),
        ("corpus.phrases.method=npmi", "did you mean phrases.method?"),
        ("corpus.phrases.min_count=9", "did you mean phrases.min_count?"),
        ("corpus.phrases=npmi", "did you mean phrases?"),
        ("corpus.normalise.lower=true", "did you mean corpus.normalize.lower?"),
        ("factorise=svd", "did you mean baseline=svd or experiment=svd?"),
        ("factorise.shift=2", "did you mean baseline.shift?"),
        ("optimiser=adam", "did you mean optimizer?"),
        ("experiment=ablate_nothing", "textbook, tied, ablation/NAME, habits/NAME, reproduce/NAME, study/NAME"),
        ("min_count=9", "did you mean phrases.min_count or vocab.min_count?"),
        ("nonsense.of.mine=1", "--help lists all"),
        ("hydra.run.folder=x", "hydra.run has dir"),
        ("hydra.launcher.n_jobs=9", "--help lists all"),
        ("hydra/launcher=joblib", "choose launcher=NAME: basic, joblib, population, ray, submitit, submitit_local"),
    ],
)
def test_a_name_that_was_or_may_have_been_is_unknown_and_the_likely_one_is_named(place, tmp_path, old, new):
    wrong(train(place, tmp_path / "run", old), old.partition("=")[0], new)


def test_settings_of_an_inner_launcher_are_looked_for_there(place, tmp_path):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="the extra of joblib is not installed")
    done = train(place, tmp_path / "run", "launcher=joblib", "hydra.launcher.n_jobs=2")
    wrong(done, "hydra.launcher.n_jobs", "did you mean hydra.launcher.inner.n_jobs?")


def test_a_mistake_in_a_preset_names_its_file(place, tmp_path):
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    preset = tmp_path / "conf" / "experiment" / "mine.yaml"
    preset.write_text("# @package _global_\nwindows:\n  windw: 3\n")
    mine = ["--config-dir", tmp_path / "conf", "experiment=mine"]
    done = train(place, tmp_path / "run", *mine)
    wrong(done, "In 'experiment/mine': windows.windw: there is no such setting; did you mean windows.window?")
    preset.write_text("# @package _global_\nwindows:\n  window: wide\n")
    wrong(train(place, tmp_path / "run", *mine), "In 'experiment/mine': windows.window=wide: Value 'wide'", "Integer")


def test_an_interpolation_that_leads_nowhere(place, tmp_path):
    wrong(train(place, tmp_path / "run", "corpus.path=${nowhere}"), "nowhere")
    for value in ('"a${b}.txt"', '["a${b}.txt"]'):
        done = train(place, tmp_path / "run", f"corpus.path={value}")
        wrong(done, f"corpus.path={value}: ", "very characters, 'corpus.path=\"a\\${b}.txt\"'", python=False)


def test_the_words_of_the_command_line_are_left_as_they_are(place, tmp_path, monkeypatch):
    words = ["experiments.prepare", "seed=1", "-m", "train.epochs=0"]
    monkeypatch.setattr(sys, "argv", words)
    monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)
    monkeypatch.setattr(logging, "shutdown", lambda *_: None)
    assert compose.main(lambda jobs: [None for _ in jobs], f"hydra.sweep.dir={tmp_path}")() == 2
    assert sys.argv is words
    assert words == ["experiments.prepare", "seed=1", "-m", "train.epochs=0"]
    assert "HYDRA_FULL_ERROR" not in os.environ


TEXTS = {
    "empty.txt": (b"", ["empty.txt"]),
    "blank.txt": (b" \n\n  \n", ["blank.txt"]),
    "rare.txt": (b"each word stands here once\n", ["vocab.min_count"]),
    "junk.txt": (bytes(range(256)) * 40, ["junk.txt", "binary"]),
    "latin.txt": ("naïve café\n".encode("latin-1") * 9, ["latin.txt", "byte", "corpus.invalid_utf8=replace"]),
    "cut.txt.gz": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03cut", ["cut.txt.gz"]),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_cannot_be_used(place, tmp_path, name):
    content, expected = TEXTS[name]
    (tmp_path / name).write_bytes(content)
    wrong(train(place, tmp_path / "run", f"corpus.path={tmp_path / name}"), *expected)
    left = {path.name for path in (tmp_path / "run").rglob("*") if path.is_file()}
    assert left == {"config.yaml", "overrides.yaml", "lock"}  # the record of the settings, and whose the folder was


def test_a_missing_text_and_a_folder_without_one(place, tmp_path):
    (tmp_path / "folder").mkdir()
    wrong(train(place, tmp_path / "run", f"corpus.path={tmp_path / 'none.txt'}"), "none.txt")
    wrong(train(place, tmp_path / "run", f"corpus.path={tmp_path / 'folder'}"), "folder")
    wrong(command(place, "corpus=file"), "corpus.path")


def test_invalid_utf8_can_be_replaced(place, tmp_path):
    (tmp_path / "latin.txt").write_bytes("naïve café\n".encode("latin-1") * 9)
    done = train(place, tmp_path / "run", f"corpus.path={tmp_path / 'latin.txt'}", "corpus.invalid_utf8=replace")
    assert done.returncode == 0, done.stderr


def test_a_vocabulary_with_a_space_in_a_word(place, tmp_path):
    (tmp_path / "vocabulary.txt").write_text("w1 5\nnew york 4\n")
    given, small = f"vocab.path={tmp_path / 'vocabulary.txt'}", without(SMALL, "vocab.min_count")
    wrong(train(place, tmp_path / "run", given, small=small), "vocabulary.txt", "1 words", "1 word with white space")


def test_a_broken_test_set_is_found_before_training(place, tmp_path):
    (tmp_path / "pairs.tsv").write_text("w0\tw1\t9\nw2\tw3\n")
    done = train(place, tmp_path / "run", f"eval.similarity=[{tmp_path / 'pairs.tsv'}]")
    wrong(done, "pairs.tsv", "line 2")
    (tmp_path / "questions.txt").write_text(": a\nw0 w1 w2 w3\nw0 w1 w2\n")
    done = train(place, tmp_path / "run", f"eval.analogies=[{tmp_path / 'questions.txt'}]")
    wrong(done, "questions.txt", "line 3")
    assert not (tmp_path / "run" / "metrics.jsonl").exists()


def test_a_job_that_fails_says_so_and_the_others_go_on(place, tmp_path):
    done = sweep(place, tmp_path, "train.epochs=0,1,-1", "-m")
    assert done.returncode == 2
    assert "job 1 of 3, train.epochs=0, failed: train.epochs=0: use 1 or more" in done.stderr
    assert "job 3 of 3, train.epochs=-1, failed: train.epochs=-1: use 1 or more" in done.stderr
    assert "2 jobs failed" in done.stderr.splitlines()[-1]
    assert [path.parent.name for path in tmp_path.glob("*/result.json")] == ["train.epochs=1"]


def test_divergence_ends_the_run_and_keeps_the_last_good_tables(place, tmp_path):
    loud = ["optimizer=sgd", "optimizer.learning_rate=1000", "train.step_tokens=512", "train.chunk_tokens=8192"]
    done = train(
        place, tmp_path / "run", *loud, "train.epochs=20", "train.segment_tokens=8192", start=process, **UNCACHED
    )
    remedy = "lower optimizer.learning_rate=1000 or train.step_tokens=512"
    wrong(done, "diverged in epoch 1, after 0%", "the longest are", remedy)
    assert re.search(r"input vectors: [^;]*\bw\d+, w\d+, w\d+", done.stderr)  # the words whose rows they are
    assert not (tmp_path / "run" / "result.json").exists()
    assert not (tmp_path / "run" / "vectors.bin").exists()
    kept = sorted((tmp_path / "run").glob("diverged*.npz"))
    assert len(kept) == 2
    for name in kept:
        assert np.isfinite(formats.load(name).vectors_VD).all()


@pytest.mark.parametrize(
    "words",
    [
        [],
        pytest.param(["negatives.shared_by=pair", "negatives.k=0"], marks=pytest.mark.slow),
        pytest.param(["model.architecture=cbow", "negatives.k=2"], marks=pytest.mark.slow),
        pytest.param(["model.objective=softmax"], marks=pytest.mark.slow),
        pytest.param(["model.objective=hierarchical_softmax"], marks=pytest.mark.slow),
    ],
)
def test_the_loss_of_zeros_is_what_a_run_begins_with_and_one_above_it_says_so(place, tmp_path, words):
    still, wild = "optimizer.learning_rate=1e-12", "optimizer.learning_rate=1e6"  # output rows start as zeros
    for folder, rate in (("still", still), ("wild", wild)):
        done = train(place, tmp_path / folder, rate, *words)
        assert done.returncode == 0, done.stderr
        result = json.loads((tmp_path / folder / "result.json").read_text())
        if rate == still:
            begun = result["loss"]
            assert "warning" not in result
            assert "warning" not in done.stdout
    if "negatives.k=0" in words:
        assert begun == pytest.approx(math.log(2), abs=1e-5)
        assert "warning" not in result  # nothing pushes products down: however wild, the loss falls
        return
    assert f"warning: {result['warning']}" in done.stdout
    most, named = re.search(
        r"zeros, (at most )?([\d.]+): .* lower optimizer\.learning_rate=1e\+06", result["warning"]
    ).groups()
    assert float(named) >= begun - 1e-3
    assert most or float(named) == pytest.approx(begun, abs=1e-3)
    assert result["loss"] > float(named)


def test_no_warning_of_a_loss_that_falls_again_or_of_nothing(monkeypatch):
    monkeypatch.setattr(divergence, "loss_of_zeros", lambda *_: 4.0)
    monkeypatch.setattr(divergence, "_remedy", lambda _: "")
    monkeypatch.setattr(divergence.trainers, "complete", lambda config, corpus: config)
    config = SimpleNamespace(model=SimpleNamespace(objective=""))

    def warned(*losses):
        metrics = [dict(zip(("loss", "segment_loss"), pair)) for pair in losses]
        return divergence.worse_than_zeros(config, None, metrics) is not None

    assert warned((9.0, 9.0), (6.0, 6.0))
    assert not warned((9.0, 9.0), (6.0, 3.0))  # by the last segment it is below
    assert not warned((4.1, 6.0))  # one segment of few pairs
    assert not warned((4.01, 4.01))
    assert not warned((None, None))
    assert not warned()


def test_rows_that_are_not_finite_are_named():
    table_VD = np.array([[1.0, 2.0], [np.inf, 0.0], [3.0, 4.0], [0.0, np.nan]])
    found = divergence._longest(["a", "b", "c", "d"], table_VD)
    assert found == "2 of 4 hold NaN or infinity, as those of b, d, c"
    assert divergence._longest(["a", "c"], table_VD[[0, 2]]) == "the longest are 5 (c, a), the median 3.6"
