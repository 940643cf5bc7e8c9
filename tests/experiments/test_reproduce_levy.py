"""The reproductions of Levy and Goldberg: every job of their sweeps is one that its method reads, and trains."""

import json

import numpy as np
import pytest
import yaml

from jaxw2v.launch import python
from tests.command_line import REPOSITORY, command

SWEEPS = sorted(path.stem for path in (REPOSITORY / "conf/sweep/reproduce").glob("levy_*.yaml"))
FOLDER = "reproduce/levy_goldberg_dagan_2015"
PRESETS = sorted(path.stem for path in (REPOSITORY / "conf/experiment" / FOLDER).glob("*.yaml"))
ONLY = {"eigenvalue_0": ["_svd"], "eigenvalue_1": ["_svd"], "sum": ["", "_svd"]}  # of which methods


def params(name):
    text = (REPOSITORY / f"conf/sweep/reproduce/{name}.yaml").read_text()
    return text, yaml.safe_load(text)["hydra"]["sweeper"]["params"]


@pytest.mark.parametrize("name", SWEEPS)
def test_a_sweep_says_what_it_asks_and_how_long_it_takes(name):
    text, swept = params(name)
    assert f"#   python -m experiments.train sweep=reproduce/{name} " in text
    assert "?" in text.split("python")[0]
    assert "Takes " in text
    assert f"dir: outputs/sweeps/reproduce/{name}\n" in text
    assert ("seed" in swept) == (not name.endswith(("_svd", "_ppmi", "_sppmi")))  # nothing is drawn in counts


@pytest.mark.parametrize("method", ["", "_svd", "_ppmi"])
def test_each_method_has_every_preset_that_it_reads(method):
    _, swept = params(f"levy_goldberg_dagan_2015{method}")
    there = [preset for preset in PRESETS if method in ONLY.get(preset, [method])]
    assert sorted(swept["experiment"].split(",")) == [f"{FOLDER}/{preset}" for preset in there]


def test_each_preset_of_one_hyperparameter_changes_that_alone():
    def settings(preset):
        config = python.compose("corpus.path=text", f"experiment={FOLDER}/{preset}")
        sections = ("vocab", "subsample", "windows", "negatives", "baseline", "vectors", "train", "eval")
        return {f"{of}.{key}": value for of in sections for key, value in vars(getattr(config, of)).items()}

    plain = settings("vanilla")
    changed = {name: {key for key, value in settings(name).items() if value != plain[key]} for name in PRESETS}
    assert changed["smoothing"] == {"negatives.exponent", "baseline.context_smoothing"}
    assert changed["negatives_5"] == changed["negatives_15"] == {"negatives.k", "baseline.shift"}
    assert changed["eigenvalue_0"] == changed["eigenvalue_1"] == {"baseline.eigenvalue_power"}
    assert changed["dirty"] == {"subsample.threshold", "subsample.formula"}
    assert changed["clean"] == changed["dirty"] | {"windows.removed"}
    assert changed["sum"] == {"vectors.matrices"}
    assert changed["window_5"] == changed["window_10"] == {"windows.window"}
    assert changed["dynamic"] == {"windows.dynamic"}
    assert changed["rare_words"] == {"vocab.min_count"}
    assert all(len(keys) > 1 for name, keys in changed.items() if name.startswith("random"))


def small(text, folder):
    return [
        "corpus=file", f"corpus.path={text}", "figures=false", f"hydra.sweep.dir={folder}",
    ]  # fmt: skip


@pytest.fixture
def apart(tmp_path):
    """A text of 60 pairs of words that stand with each other alone: PMI is log 60, above every shift that is swept."""
    pairs = np.random.default_rng(0).permutation(np.repeat(np.arange(60), 30))
    path = tmp_path / "apart.txt"
    path.write_text("".join(f"a{pair} b{pair} a{pair} b{pair}\n" for pair in pairs))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", SWEEPS)
def test_each_job_runs(name, place, apart, tmp_path):
    words = [*small(apart, tmp_path / "runs"), f"sweep=reproduce/{name}"]
    trains = not name.endswith(("_svd", "_ppmi", "_sppmi"))
    words += ["seed=1", "train.epochs=1", "train.step_tokens=128"] * trains
    words += ["model.dim=8"] * (not name.endswith("ppmi"))
    done = command(place, *words)
    assert done.returncode == 0, done.stderr
    results = [json.loads(path.read_text()) for path in (tmp_path / "runs").glob("*/result.json")]
    _, swept = params(name)
    jobs = 1
    for key, values in swept.items():
        jobs *= 1 if key in ("seed", "model.dim") else len(str(values).split(","))
    assert len(results) == jobs
    assert all(("optimum.deviation" in result) == ("2014" in name) for result in results)
