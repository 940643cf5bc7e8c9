"""The launchers of sweeps: what each leaves, and runs side by side."""

import json
import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest
from omegaconf import OmegaConf

from jaxw2v.checkpoints import files
from jaxw2v.errors import InputError
from jaxw2v.launch import population
from jaxw2v.launch.schema import SCHEMA, to_config
from jaxw2v.runs import session
from jaxw2v.vectors import formats
from tests.command_line import REPOSITORY, sweep, sweep_words


def setting(folder: Path, key: str) -> list:
    return sorted(json.loads(path.read_text())[key] for path in folder.glob("*/result.json"))


FAILING = ["-m", "optimizer=sgd", "train.step_tokens=512", "seed=1,2", "optimizer.learning_rate=1000,0.01"]


def check_failing(folder: Path, done: subprocess.CompletedProcess) -> None:
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) == 3, done.stderr
    for line, seed in zip(lines, (1, 2)):
        assert line.startswith(
            f"job {2 * seed - 1} of 4, optimizer.learning_rate=1000,seed={seed}, failed: training diverged"
        )
    assert lines[2].startswith("error: 2 jobs failed")
    assert "sweep: 4 of 4 jobs done, 2 of them failed" in done.stdout
    assert setting(folder, "seed") == [1, 2]
    assert setting(folder, "optimizer.learning_rate") == [0.01, 0.01]
    assert "diverged" in (folder / "optimizer.learning_rate=1000,seed=1" / "error.txt").read_text()
    assert np.isfinite(formats.load(folder / "optimizer.learning_rate=1000,seed=1" / "diverged.npz").vectors_VD).all()


def test_a_run_that_failed_in_company_begins_anew_when_the_others_are_finished(place, tmp_path, monkeypatch):
    words = ["-m", "seed=1,2", "launcher=population"]
    train = session.train

    def fail(*given):
        state = train(*given)
        meta = {"identity": {}, "company": ["one", "other"], "share": 0.5}
        files.write(tmp_path / "seed=1" / "checkpoint-00000001", meta, {})  # of before it failed
        return state._replace(failed={0: InputError("training diverged")})

    with monkeypatch.context() as patched:
        patched.setattr(session, "train", fail)
        assert sweep(place, tmp_path, *words).returncode == 2
    assert setting(tmp_path, "seed") == [2]
    assert not list(tmp_path.glob("seed=1/checkpoint-*"))
    assert sweep(place, tmp_path, *words).returncode == 0
    assert setting(tmp_path, "seed") == [1, 2]


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
        elif key not in ("runs", "vectors.sha256") and "second" not in key:
            assert found[key] == value, key
    found, expected = (
        [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
        for folder in (together, alone)
    )
    for line, other in zip(found, expected, strict=True):
        assert {key: line[key] for key in ("epoch", "words", "total", "learning_rate")} == {
            key: other[key] for key in ("epoch", "words", "total", "learning_rate")
        }
        assert line["segment_loss"] == pytest.approx(other["segment_loss"], rel=1e-5)


def test_a_population_leaves_what_its_runs_leave_alone(place, swept, tmp_path):
    alone, _ = swept
    words = ["-m", "negatives.k=1,3", "windows.window=2,3", "launcher=population", "hydra.launcher.mix_windows=true"]
    begin = time.perf_counter()
    done = sweep(place, tmp_path, *words)
    seconds = time.perf_counter() - begin
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("compiling") == 1
    results = [json.loads(path.read_text()) for path in tmp_path.glob("*/result.json")]
    assert sum(result["seconds.total"] for result in results) < seconds  # each run has its share
    assert sum(result["seconds.training"] for result in results) == pytest.approx(4 * results[0]["seconds.training"])
    for folder in alone.glob("*/"):
        compare(tmp_path / folder.name, folder)


def test_groups_hold_what_one_program_can_train(swept):
    folder, _ = swept
    recorded = OmegaConf.load(folder / "negatives.k=1,windows.window=2" / ".hydra" / "config.yaml")

    def config(**changes):
        changed = OmegaConf.merge(OmegaConf.structured(SCHEMA), recorded)
        for key, value in changes.items():
            OmegaConf.update(changed, key.replace("__", "."), value)
        return to_config(changed)

    numbers = [
        config(seed=s, windows__window=w, negatives__k=s, optimizer__learning_rate=0.1 * s)
        for s in (1, 2, 3)
        for w in (4, 2)
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


SEVERAL = """
import sys
from experiments.train import main
script, *words = sys.argv
for word in ("launcher=joblib", "launcher=submitit", "sweep=search"):
    sys.argv = [script, *words, word]
    assert main() == 2
"""


def test_launchers_that_are_not_installed(place, tmp_path):
    (tmp_path / "hydra_plugins").mkdir()
    ours = f"__path__ = [{str(REPOSITORY / 'hydra_plugins')!r}]\n"
    (tmp_path / "hydra_plugins" / "__init__.py").write_text(ours)  # hides what is installed
    line = [sys.executable, "-c", SEVERAL, *sweep_words(place, tmp_path, "-m", "seed=1,2")]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{REPOSITORY}"}
    done = subprocess.run(line, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    said = done.stderr.splitlines()
    assert len(said) == 3, done.stderr
    for line, extra in zip(said, ("joblib", "submitit", "optuna")):
        assert line.startswith("error: ")
        assert f"pip install -e '.[{extra}]'" in line


def test_hydra_is_used_through_its_front_door():
    for top in ("jaxw2v", "experiments", "hydra_plugins"):
        for path in (REPOSITORY / top).rglob("*.py"):
            text = path.read_text()
            assert "hydra._internal" not in text, path
            assert "set_config(" not in text, path
            assert "instantiate_launcher =" not in text, path
            assert (
                "sys.argv" not in text or path.name in ("arguments.py", "compose.py", "main.py") or top == "experiments"
            ), path


def test_every_package_is_installed_and_no_other_top_than_jaxw2v_and_the_namespace_of_plugins():
    packages = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    folders = {path.parent for top in ("jaxw2v", "hydra_plugins") for path in (REPOSITORY / top).rglob("*.py")}
    there = {".".join(folder.relative_to(REPOSITORY).parts) for folder in folders}
    assert set(packages) == there | {"jaxw2v.conf", "jaxw2v.testsets"}
    assert not (REPOSITORY / "hydra_plugins" / "__init__.py").exists()  # it would hide the plugins of others
