"""Vectors of another program in a report, beside runs: scored as these were."""

import json
import shutil

import numpy as np
import pytest

from jaxw2v.launch.kinds import setting_names
from jaxw2v.study import collection, comparisons
from jaxw2v.study.predictions import read_predictions
from jaxw2v.study.tables import Choices, name_of
from tests.command_line import command, wrong


def score(place, *words):
    return command(place, *words, module="evaluate")


@pytest.fixture
def runs(trained, tmp_path):
    """The same run under two seeds."""
    for seed in (1, 2):
        shutil.copytree(trained.folder, tmp_path / f"runs/ours-{seed}")
        path = tmp_path / f"runs/ours-{seed}/result.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"seed": seed}))
    return tmp_path / "runs"


def test_they_are_scored_as_the_run_and_are_a_row_of_a_report(place, runs, tmp_path):
    for seed in (1, 2):
        asked = ["--beside", runs / f"ours-{seed}", "--program", "other", "--seed", seed]
        done = score(place, runs / "ours-1/vectors-output.bin", *asked, "--out", runs / f"other-{seed}")
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1].startswith(f"files: {runs / f'other-{seed}'}: ")
    (group,) = collection.group(collection.read_runs([runs]), setting_names(), "refuse")
    assert group.varied == ["program"]
    ours, theirs = group.configurations
    assert [name_of(group, each) for each in (ours, theirs)] == ["program jaxw2v", "program other"]
    assert [run.result["seed"] for run in theirs.runs] == [1, 2]
    assert not any("differ" in remark for remark in group.remarks)
    assert not {"words_per_second", "loss", "seconds.total"} & theirs.runs[0].result.keys()
    for name in collection.score_names(group.runs):
        predictions = read_predictions(group.runs, name)
        assert not isinstance(predictions, str), predictions
    (pair,) = comparisons.comparisons(group, "pairs.spearman", Choices(0.95, 0.8, 100, 0, 10, {})).pairs
    assert pair.comparison.seeds == 2
    assert pair.comparison.difference != 0
    report = command(place, runs, "--out", tmp_path / "report", "--resamples", "100", module="report")
    assert report.returncode == 0, report.stderr
    assert "| other | 2 |" in (tmp_path / "report/report.md").read_text()


def test_the_vectors_of_the_run_have_its_scores(place, runs):
    asked = ["--beside", runs / "ours-1", "--program", "same", "--out", runs / "same"]
    assert score(place, runs / "ours-1/vectors.bin", *asked).returncode == 0
    found, own = (json.loads((runs / name / "result.json").read_text()) for name in ("same", "ours-1"))
    scores = {key for key in own if key.startswith("scores.")}
    assert scores
    assert {key: found[key] for key in scores | {"vectors.sha256"}} == {
        key: own[key] for key in scores | {"vectors.sha256"}
    }
    with np.load(runs / "same/predictions.npz") as ours, np.load(runs / "ours-1/predictions.npz") as theirs:
        assert set(ours) == set(theirs)
        assert all(np.array_equal(ours[name], theirs[name], equal_nan=ours[name].dtype.kind == "f") for name in ours)


def test_mistakes_are_one_line(place, runs, tmp_path):
    vectors, asked = runs / "ours-1/vectors.bin", ["--beside", runs / "ours-1", "--program", "other"]
    pairs = ["--similarity", place / "pairs.tsv"]
    wrong(score(place, vectors, *asked), "--out FOLDER")
    wrong(score(place, vectors, *asked[:2], "--out", tmp_path / "x"), "--program NAME")
    wrong(score(place, vectors, *asked, "--out", runs / "ours-2"), "has a run of this program")
    wrong(score(place, vectors, *asked, "--out", tmp_path / "x", *pairs), "takes the test sets of the run")
    wrong(score(place, vectors, *asked, "--out", tmp_path / "x", "--seed", "-1"), "--seed -1: use 0 to")
    wrong(score(place, vectors, *asked, "--out", tmp_path / "x", "--half", "tuning"), "--half: not used without")
    wrong(score(place, vectors, *pairs, "--out", tmp_path / "x"), "--out: not used without --beside")
    other = ["--beside", tmp_path, "--program", "other", "--out", tmp_path / "x"]
    wrong(score(place, vectors, *other), f"{tmp_path}: no run of this version that has ended")
    path = runs / "ours-1/result.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"eval.similarity": [], "eval.analogies": []}))
    wrong(score(place, vectors, *asked, "--out", tmp_path / "x"), "scored on no test set")
    assert not (tmp_path / "x").exists()
