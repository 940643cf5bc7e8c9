"""Sweeps: what a second start does, what failures do, what the launchers leave."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from omegaconf import OmegaConf
from test_train_script import REPOSITORY, SMALL, command, wrong

from experiments import population
from jaxw2v.config import Config
from jaxw2v.vectors import formats

SWEEPS = sorted(path.stem for path in (REPOSITORY / "conf/sweep").glob("*.yaml"))


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with a text of 6,000 words in which words 2i and 2i + 1 stand together, and pairs of them."""
    folder = tmp_path_factory.mktemp("sweeps")
    pairs = np.random.default_rng(0).integers(0, 10, (600, 5))
    (folder / "text.txt").write_text("\n".join(" ".join(f"w{2 * p} w{2 * p + 1}" for p in line) for line in pairs))
    (folder / "pairs.tsv").write_text("w0\tw1\t9\nw2\tw3\t8\nw0\tw5\t1\nw2\tw9\t0.5\nw0\tunknown\t3\n")
    return folder


def words_of(place, folder, *words):
    text = ["corpus=file", f"corpus.path={place / 'text.txt'}", f"eval.similarity=[{place / 'pairs.tsv'}]"]
    return [*text, *SMALL, f"hydra.sweep.dir={folder}", *words]


def sweep(place, folder, *words, **environment):
    return command(place, *words_of(place, folder, *words), **environment)


def files(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {str(p): (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.rglob("*/*") if p.is_file()}


def setting(folder: Path, key: str) -> list:
    return sorted(json.loads(path.read_text())[key] for path in folder.glob("*/result.json"))


@pytest.fixture(scope="module")
def swept(place, tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess]:
    """k = 1, 3 and a window of 2, one job after another."""
    folder = tmp_path_factory.mktemp("swept") / "sweep"
    return folder, sweep(place, folder, "-m", "negatives.k=1,3", "windows.window=2,3")


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
    words = words_of(place, tmp_path, "-m", "seed=1,2,3")
    line = [sys.executable, "-m", "experiments.train", *words]
    variables = os.environ | {"JAXW2V_CACHE": str(place / "cache")}
    with subprocess.Popen(line, cwd=REPOSITORY, env=variables, stdout=subprocess.DEVNULL) as first:
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
    assert setting(tmp_path, "seed") == [1, 2, 3]
    assert files(tmp_path / "seed=1") == before


FAILING = ["-m", "optimizer=sgd", "train.step_tokens=512", "seed=1,2", "optimizer.rate=1000,0.01"]


def check_failing(folder: Path, done: subprocess.CompletedProcess) -> None:
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) == 3, done.stderr
    for line, seed in zip(lines, (1, 2)):
        assert line.startswith(f"job {2 * seed - 1} of 4, seed={seed},optimizer.rate=1000, failed: training diverged")
    assert lines[2].startswith("error: 2 jobs failed")
    assert "sweep: 4 of 4 jobs done, 2 of them failed" in done.stdout
    assert setting(folder, "seed") == [1, 2]
    assert setting(folder, "optimizer.rate") == [0.01, 0.01]
    assert "diverged" in (folder / "seed=1,optimizer.rate=1000" / "error.txt").read_text()
    assert np.isfinite(formats.load(folder / "seed=1,optimizer.rate=1000" / "diverged.npz").vectors_VD).all()


def test_jobs_that_fail_in_a_population_leave_the_others_alone(place, tmp_path):
    done = sweep(place, tmp_path, *FAILING, "launcher=population")
    check_failing(tmp_path, done)
    assert done.stdout.count("compiling") == 1


def compare(together: Path, alone: Path) -> None:
    """Two folders of one run hold the same files and the same numbers, but for times."""
    names = [
        sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()) for folder in (together, alone)
    ]
    assert names[0] == names[1]
    found, expected = (formats.load(folder / "vectors.bin") for folder in (together, alone))
    assert found.words == expected.words
    np.testing.assert_allclose(found.vectors_VD, expected.vectors_VD, rtol=1e-4, atol=1e-5)
    found, expected = (json.loads((folder / "result.json").read_text()) for folder in (together, alone))
    assert found.keys() == expected.keys()
    assert found["runs"] > expected["runs"] == 1
    for key, value in expected.items():
        if key == "loss":
            assert found[key] == pytest.approx(value, rel=1e-5)
        elif key != "runs" and "second" not in key:
            assert found[key] == value, key
    found, expected = (
        [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
        for folder in (together, alone)
    )
    for line, other in zip(found, expected, strict=True):
        assert {key: line[key] for key in ("epoch", "words", "total", "rate")} == {
            key: other[key] for key in ("epoch", "words", "total", "rate")
        }
        assert line["segment_loss"] == pytest.approx(other["segment_loss"], rel=1e-5)


def test_a_population_leaves_what_its_runs_leave_alone(place, swept, tmp_path):
    alone, _ = swept
    words = ["-m", "negatives.k=1,3", "windows.window=2,3", "launcher=population", "hydra.launcher.mix_windows=true"]
    done = sweep(place, tmp_path, *words)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("compiling") == 1
    for folder in alone.glob("*/"):
        compare(tmp_path / folder.name, folder)


def test_groups_hold_what_one_program_can_train(swept):
    folder, _ = swept
    recorded = OmegaConf.load(folder / "negatives.k=1,windows.window=2" / ".hydra" / "config.yaml")

    def config(**changes):
        changed = OmegaConf.merge(OmegaConf.structured(Config), recorded)
        for key, value in changes.items():
            OmegaConf.update(changed, key.replace("__", "."), value)
        return OmegaConf.to_object(changed)

    numbers = [
        config(seed=s, windows__window=w, negatives__k=s, optimizer__rate=0.1 * s) for s in (1, 2, 3) for w in (4, 2)
    ]
    assert population.groups(numbers, 99, True) == [[1, 3, 5, 0, 2, 4]]
    assert population.groups(numbers, 99, False) == [[0, 2, 4], [1, 3, 5]]
    assert population.groups(numbers, 2, False) == [[0, 2], [4], [1, 3], [5]]
    assert population.groups(numbers, 4, True) == [[1, 3, 5], [0, 2, 4]]
    for changes in {"model__dim": 9}, {"windows__dynamic": False}, {"train__epochs": 1}, {"vocab__min_count": 1}:
        assert population.groups([config(), config(**changes)], 9, True) == [[0], [1]], changes
    pairs = [config(negatives__shared_by="pair", negatives__k=k) for k in (1, 1, 2)]  # there k is a shape
    assert population.groups(pairs, 9, True) == [[0, 1], [2]]


@pytest.mark.parametrize(
    ("launcher", "module"), [("joblib", "hydra_joblib_launcher"), ("submitit_local", "hydra_submitit_launcher")]
)
@pytest.mark.slow
def test_a_launcher_with_processes_of_its_own(place, swept, tmp_path, launcher, module):
    pytest.importorskip(f"hydra_plugins.{module}", reason=f"the extra of {launcher} is not installed")
    folder, _ = swept
    words = ["-m", "negatives.k=1,3", "windows.window=2,0", f"launcher={launcher}"]
    done = sweep(place, tmp_path, *words)
    assert done.returncode == 2
    assert "job 2 of 4, negatives.k=1,windows.window=0, failed: windows.window=0: use 1" in done.stderr
    assert "error: 2 jobs failed" in done.stderr
    assert "sweep: 4 of 4 jobs done, 2 of them failed" in done.stdout
    for k in (1, 3):
        name = f"negatives.k={k},windows.window=2"
        assert (tmp_path / name / "vectors.bin").read_bytes() == (folder / name / "vectors.bin").read_bytes()


@pytest.mark.slow
def test_a_search_goes_on_where_it_was(place, tmp_path):
    pytest.importorskip("hydra_plugins.hydra_optuna_sweeper", reason="the extra optuna is not installed")
    first = sweep(place, tmp_path, "sweep=search", "hydra.sweeper.n_trials=2")
    assert first.returncode == 0, first.stderr
    before = files(tmp_path)
    again = sweep(place, tmp_path, "sweep=search", "hydra.sweeper.n_trials=3")
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("compiling") == 1
    assert before.items() <= files(tmp_path).items()
    best = max(json.loads(path.read_text())["scores.pairs.spearman"] for path in tmp_path.glob("*/result.json"))
    assert f"best_value: {best}" in (tmp_path / "optimization_results.yaml").read_text()


def test_every_ablation_trains_and_leaves_out_one_thing(place, tmp_path):
    small = [word for word in words_of(place, tmp_path) if not word.startswith(("vocab", "subsample"))]
    done = command(place, *small, "sweep=ablation", "seed=1", "launcher=population")
    assert done.returncode == 0, done.stderr
    results = {path.parent.name: json.loads(path.read_text()) for path in tmp_path.glob("*/result.json")}
    recipes = sorted(path.stem for path in (REPOSITORY / "conf/experiment").glob("ablate_*.yaml"))
    assert sorted(results) == [f"experiment={recipe}" for recipe in recipes]
    default = results.pop("experiment=ablate_nothing")
    parts = ("subsample", "windows", "negatives", "vocab", "vectors", "optimizer", "train")
    settings = {key for key in default if key.split(".")[0] in parts} - {"vocab.words"}
    left_out = set()
    for result in results.values():
        changed = {key for key in settings if result[key] != default[key]}
        assert len(changed) == 1, changed
        left_out |= changed
    assert left_out == {
        "subsample.threshold", "windows.dynamic", "negatives.exponent", "negatives.shared_by", "vocab.min_count",
        "vectors.tables",
    }  # fmt: skip


def test_models_are_compared_in_one_table(place, tmp_path):
    done = command(place, *words_of(place, tmp_path / "runs"), "sweep=models", "seed=1,2", "launcher=population")
    assert done.returncode == 0, done.stderr
    methods = {"sgns": "none", "cbow": "none", "hierarchical_softmax": "none", "ppmi": "ppmi", "svd": "svd"}
    found = {path.parent.name: json.loads(path.read_text()) for path in tmp_path.glob("runs/*/result.json")}
    assert found.keys() == {f"experiment={name},seed={seed}" for name in methods for seed in (1, 2)}
    for name, method in methods.items():
        result = found[f"experiment={name},seed=1"]
        assert result["factorise.method"] == method
        assert result["model.architecture"] == ("cbow" if name == "cbow" else "skipgram")
        assert (result["model.objective"] == name) == (name == "hierarchical_softmax")
        assert result["seconds.training"] > 0
    made = command(place, tmp_path / "runs", "--out", tmp_path / "report", module="report")
    assert made.returncode == 0, made.stderr
    text = (tmp_path / "report" / "report.md").read_text()
    lines = text.split("### Settings\n")[1].split("###")[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    rows = [dict(zip(cells[0], row)) for row in cells[2:]]
    assert len(rows) == len(methods)
    for row in rows:
        assert "±" in row["pairs.spearman"] or row["method"] == "ppmi"  # of so plain a text all its cosines are alike
        assert row["seeds"] == "2"
        assert float(row["s, whole run"]) > 0
    assert {row["method"] for row in rows} == {"none", "ppmi", "svd"}


@pytest.mark.parametrize("name", SWEEPS)
def test_a_sweep_of_conf_has_a_header_and_several_seeds(name):
    text = (REPOSITORY / f"conf/sweep/{name}.yaml").read_text()
    assert f"#   python -m experiments.train sweep={name}" in text
    assert "# Takes " in text
    assert "?" in text.split("python")[0]
    assert name == "search" or "seed: 1,2,3\n" in text
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


def test_a_launcher_that_is_not_installed(place, tmp_path):
    (tmp_path / "hydra_plugins").mkdir()
    (tmp_path / "hydra_plugins" / "__init__.py").write_text("")  # hides what is installed
    path = f"{tmp_path}{os.pathsep}{REPOSITORY}"
    for word, extra in ("launcher=joblib", "joblib"), ("launcher=submitit", "submitit"), ("sweep=search", "optuna"):
        wrong(sweep(place, tmp_path, "-m", "seed=1,2", word, PYTHONPATH=path), f"pip install -e '.[{extra}]'")
