"""Sweeps: what a second start does, what a kill and a failure do, and those of conf/."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from jaxw2v.files.results import flatten
from tests.command_line import REPOSITORY, command, process, sweep, sweep_words, variables, wrong

SWEEPS = sorted(path.stem for path in (REPOSITORY / "conf/sweep").glob("*.yaml"))


def files(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {str(p): (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.rglob("*/*") if p.is_file()}


def test_a_sweep_says_how_far_it_is_and_names_folders_after_what_differs(swept):
    folder, done = swept
    assert done.returncode == 0, done.stderr
    names = {f"negatives.k={k},windows.window={w}" for k in (1, 3) for w in (2, 3)}
    assert {path.name for path in folder.iterdir() if path.is_dir()} == names
    assert f"sweep: 4 jobs in {folder}" in done.stdout
    assert "job 2 of 4: negatives.k=1,windows.window=3" in done.stdout
    assert "sweep: 2 of 4 jobs done, about " in done.stdout
    assert "sweep: 4 of 4 jobs done" in done.stdout
    assert "100% epoch 2, loss" in done.stdout


def test_started_again_it_skips_what_is_finished_and_does_the_rest(place, swept):
    folder, _ = swept
    before = files(folder)
    (folder / "negatives.k=3,windows.window=2" / "checkpoint-00000009").touch()  # killed right after its result
    again = sweep(place, folder, "-m", "negatives.k=1,3", "windows.window=2,3")
    assert again.returncode == 0, again.stderr
    assert "4 of them finished already" in again.stdout
    assert "compiling" not in again.stdout
    assert files(folder) == before

    cut = folder / "negatives.k=3,windows.window=2" / "result.json"
    whole = cut.read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    again = sweep(place, folder, "-m", "negatives.k=1,3", "windows.window=2,3")
    assert again.returncode == 0, again.stderr
    assert "3 of them finished already" in again.stdout
    assert again.stdout.count("compiling") == 1
    assert json.loads(cut.read_bytes())["negatives.k"] == 3
    same = cut.with_name("vectors.bin")
    assert same.read_bytes() == before[str(same)][1]


def test_a_folder_with_a_result_of_other_settings_is_refused(place, swept):
    folder, _ = swept
    before = files(folder)
    done = sweep(place, folder, "-m", "negatives.k=1,3", "windows.window=2,3", "train.epochs=1")
    wrong(done, "train.epochs=2 there, 1 here", "hydra.sweep.dir")
    assert files(folder) == before


def test_a_folder_of_somebody_else_is_refused(place, tmp_path):
    (tmp_path / "seed=2").mkdir()
    for name in ("result.json", "vectors.bin"):
        (tmp_path / "seed=2" / name).write_text("somebody's")
        wrong(sweep(place, tmp_path, "-m", "seed=1,2"), "seed=2", name, "hydra.sweep.dir")
        assert (tmp_path / "seed=2" / name).read_text() == "somebody's"
        (tmp_path / "seed=2" / name).unlink()
    assert not (tmp_path / "seed=1").exists()


def test_a_killed_sweep_goes_on_and_two_at_once_are_refused(place, tmp_path):
    words = sweep_words(place, tmp_path, "-m", "seed=1,2,3", "train.epochs=20")
    line = [sys.executable, "-m", "experiments.train", *words]
    environment = os.environ | variables(place)
    with subprocess.Popen(line, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL) as first:
        until = time.monotonic() + 120
        while not list(tmp_path.glob("seed=2/.hydra/config.yaml")) and time.monotonic() < until:
            time.sleep(0.01)
        wrong(command(place, *words), str(tmp_path), "running")
        first.send_signal(signal.SIGKILL)
    finished = {path.parent.name for path in tmp_path.glob("*/result.json")}
    assert "seed=1" in finished
    assert "seed=3" not in finished
    before = files(tmp_path / "seed=1")
    done = command(place, *words)
    assert done.returncode == 0, done.stderr
    assert f"{len(finished)} of them finished already" in done.stdout
    assert {path.parent.name for path in tmp_path.glob("*/result.json")} == {f"seed={seed}" for seed in (1, 2, 3)}
    assert files(tmp_path / "seed=1") == before


@pytest.mark.slow
def test_a_search_goes_on_where_it_was(place, tmp_path):
    pytest.importorskip("hydra_plugins.hydra_optuna_sweeper", reason="the extra optuna is not installed")
    first = sweep(place, tmp_path, "sweep=search", "hydra.sweeper.n_trials=2", start=process)
    assert first.returncode == 0, first.stderr
    before = files(tmp_path)
    again = sweep(place, tmp_path, "sweep=search", "hydra.sweeper.n_trials=3", start=process)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("compiling") == 1
    assert before.items() <= files(tmp_path).items()
    best = max(json.loads(path.read_text())["scores.pairs.spearman"] for path in tmp_path.glob("*/result.json"))
    assert f"best_value: {best}" in (tmp_path / "optimization_results.yaml").read_text()


ABLATIONS = sorted(f"ablation/{path.stem}" for path in (REPOSITORY / "conf/experiment/ablation").glob("*.yaml"))


def test_every_ablation_leaves_out_one_thing(place):
    def settings(preset):
        done = command(place, f"experiment={preset}", "corpus=file", "--cfg", "job")
        assert done.returncode == 0, done.stderr
        return flatten(yaml.safe_load(done.stdout))

    default, left_out = settings("ablation/baseline"), set()
    for preset in set(ABLATIONS) - {"ablation/baseline"}:
        found = settings(preset)
        [changed] = [key for key in default.keys() | found.keys() if found.get(key) != default.get(key)]
        left_out.add(changed)
    assert left_out == {
        "subsample.threshold", "windows.dynamic", "negatives.exponent", "negatives.shared_by", "vocab.min_count",
        "vectors.matrices",
    }  # fmt: skip
    swept = yaml.safe_load((REPOSITORY / "conf/sweep/ablation.yaml").read_text())
    assert sorted(swept["hydra"]["sweeper"]["params"]["experiment"].split(",")) == ABLATIONS


@pytest.mark.slow
def test_every_ablation_trains(place, tmp_path):
    small = [word for word in sweep_words(place, tmp_path) if not word.startswith(("vocab", "subsample"))]
    done = command(place, *small, "sweep=ablation", "seed=1", "launcher=population")
    assert done.returncode == 0, done.stderr
    names = sorted(path.parent.name for path in tmp_path.glob("*/result.json"))
    assert [name.rpartition("-")[0] for name in names] == [f"experiment={each.replace('/', '_')}" for each in ABLATIONS]


def test_models_are_compared_in_one_table(place, tmp_path):
    done = command(place, *sweep_words(place, tmp_path / "runs"), "sweep=models", "seed=1,2", "launcher=population")
    assert done.returncode == 0, done.stderr
    methods = {"sgns": "none", "cbow": "none", "hierarchical_softmax": "none", "ppmi": "ppmi", "svd": "svd"}
    found = {path.parent.name: json.loads(path.read_text()) for path in tmp_path.glob("runs/*/result.json")}
    assert found.keys() == {f"experiment={name},seed={seed}" for name in methods for seed in (1, 2)}
    for name, method in methods.items():
        result = found[f"experiment={name},seed=1"]
        assert result["baseline.method"] == method
        assert result["model.architecture"] == ("cbow" if name == "cbow" else "skipgram")
        assert (result["model.objective"] == name) == (name == "hierarchical_softmax")
        assert result["seconds.training"] > 0
    made = command(place, tmp_path / "runs", "--out", tmp_path / "report", module="report")
    assert made.returncode == 0, made.stderr
    text = (tmp_path / "report" / "report.md").read_text()
    lines = text.split("### Configurations\n")[1].split("###")[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    rows = [dict(zip(cells[0], row)) for row in cells[2:]]
    assert len(rows) == len(methods)
    for row in rows:
        assert "±" in row["pairs (Spearman)"] or row["method"] == "ppmi"  # of so plain a text all its cosines are alike
        assert row["seeds"] == "2"
        assert float(row["whole run (s)"]) >= 0
    assert {row["method"] for row in rows} == {"none", "ppmi", "svd"}


@pytest.mark.parametrize("name", SWEEPS)
def test_a_sweep_of_conf_has_a_header_and_several_seeds(name):
    text = (REPOSITORY / f"conf/sweep/{name}.yaml").read_text()
    assert f"#   python -m experiments.train sweep={name}" in text
    assert "# Takes " in text
    assert "?" in text.split("python")[0]
    assert name == "search" or re.search(r"seed: 1,2,3(,4,5)?\n", text)
    assert f"dir: outputs/sweeps/{name}\n" in text


@pytest.mark.slow
def test_sweeps_of_conf_start_by_their_name_alone(place, tmp_path):
    for name in SWEEPS:
        if name == "search":
            continue
        # a key that does not exist is found when all jobs have been composed, before any of them runs
        wrong(command(place, f"sweep={name}", f"hydra.sweep.dir={tmp_path}", "+windows.reach=3"), "windows.reach")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["sweep=expnent"], ["sweep/expnent", "exponent"]),
        (["-m", "windows.windw=1,2"], ["windows.windw", "did you mean windows.window?"]),
        (["-m", "+windows.reach=1,2"], ["windows.reach", "no such setting"]),
        (["-m", "seed=1,2", "launcher=jobblib"], ["launcher/jobblib", "joblib"]),
        (["-m", "seed=1,2", "hydra.sweep.subdir=one"], ["one", "two jobs", "hydra.sweep.subdir"]),
        (["-m", "seed=1,2", "launcher=population", "hydra.launcher.runs=0"], ["hydra.launcher.runs=0", "1"]),
    ],
)
def test_a_wrong_sweep(place, tmp_path, words, expected):
    wrong(sweep(place, tmp_path, *words), *expected)
    assert not list(tmp_path.rglob("metrics.jsonl"))


def test_must_wants_a_sweep_that_was_begun_and_its_jobs_may_be_new(place, tmp_path):
    wrong(sweep(place, tmp_path, "-m", "seed=1,2", "train.resume=must"), "train.resume=must", "no job", str(tmp_path))
    assert sweep(place, tmp_path, "-m", "seed=1,2").returncode == 0
    done = sweep(place, tmp_path, "-m", "seed=1,2,3", "train.resume=must")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "seed=3" / "result.json").exists()
    (tmp_path / "seed=3" / "result.json").unlink()  # as if it had been killed before its first checkpoint
    done = sweep(place, tmp_path, "-m", "seed=1,2,3", "train.resume=must")
    assert done.returncode == 0, done.stderr


def test_a_sweep_given_in_another_order_is_the_same(place, swept):
    folder, _ = swept
    again = sweep(place, folder, "-m", "windows.window=3,2", "negatives.k=3,1")
    assert again.returncode == 0, again.stderr
    assert "4 of them finished already" in again.stdout
