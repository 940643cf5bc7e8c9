"""The commands for a GPU run where there is none: small, or with a line that says so."""

import json

import jax
import pytest

from experiments.benchmarks import gpu
from tests.command_line import command, wrong

NO_GPU = pytest.mark.skipif(any(d.platform == "gpu" for d in jax.devices()), reason="there is a GPU")


@NO_GPU
def test_without_a_gpu_the_first_line_says_so(place, tmp_path, capsys):
    assert gpu.main([str(place / "text.txt"), "--out", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "train.device=gpu: jax finds none here" in line
    settings = [
        "corpus=file",
        "train.device=gpu",
        f"corpus.path={place / 'text.txt'}",
        f"hydra.run.dir={tmp_path / 'run'}",
    ]
    wrong(command(tmp_path, *settings, module="benchmarks.profile"), "train.device=gpu: jax finds none here")


@pytest.mark.slow
def test_the_table_goes_on_where_it_was_stopped(place, tmp_path, capsys):
    out = tmp_path / "out"
    words = [str(place / "text.txt"), "--quick", "--device", "cpu", "--out", str(out)]
    words += ["--similarity", str(place / "pairs.tsv")]
    assert gpu.main([*words, "--only", "precision"]) == 0, capsys.readouterr().err
    assert gpu.main([*words, "--only", "precision", "populations"]) == 0, capsys.readouterr().err
    record = json.loads((out / "gpu.json").read_text())
    points = record["points"]
    assert list(points) == ["precision high", "precision default", *[f"{n} runs at once" for n in (1, 4, 16, 64)]]
    assert "not used with train.device=cpu" in points["precision high"]["refused"]
    one, *more = [points[name] for name in points if name.endswith("at once")]
    assert [each["runs"] for each in more] == [gpu.QUICK_RUNS] * 3
    for point in (one, *more):
        assert point["words_per_second"] > 0
        assert point["train"]["step_tokens"] == 256
    assert len({each["vectors.sha256"] for each in more}) == 1  # the same runs
    assert "precision default | 1 | model.precision=default: not used with" in (out / "gpu.md").read_text()
    assert gpu.main([*words, "--set", "seed=2"]) == 2
    assert "other settings" in capsys.readouterr().err
