"""Where the time goes and how it grows: the instruments measure what they say."""

import json

import numpy as np
import pytest

from experiments.benchmarks import profile, scaling
from jaxw2v.files.results import provenance
from tests.command_line import REPOSITORY, command


def test_parts_of_a_program_are_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(profile, "NUMBERS", 2**20)
    monkeypatch.setattr(profile, "SIDE", 256)
    lines = np.random.default_rng(0).integers(0, 40, (3000, 20))
    text = tmp_path / "text.txt"
    text.write_text("\n".join(" ".join(f"w{word}" for word in line) for line in lines) + "\n")
    settings = [f"corpus.path={text}", "subsample.threshold=0", "model.dim=16", f"hydra.run.dir={tmp_path / 'out'}"]
    done = command(tmp_path, "corpus=file", *settings, module="benchmarks.profile")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out" / "cost.json").read_text())
    shares = {part: found[f"share.{part}"] for part in profile.PARTS}
    assert sum(shares.values()) == pytest.approx(1)
    for part in ("subsample", "draw", "gather", "products", "activation", "update", "merge"):
        assert shares[part] > 0, part
    assert found["tokens"] == 60_000  # nothing is subsampled, and two replicas share the text
    assert found["operations_per_kept_token"] == 6 * 16 * (2 * 5 + 32)
    assert found["bytes_per_kept_token"] == 3 * 2.5 * 16 * 4
    assert 0 < found["share_of_limit"] < 1
    assert (tmp_path / "out" / "cost.md").read_text() in done.stdout


def test_an_instruction_belongs_to_its_innermost_scope():
    text = """
  %gather.1 = f32[8,4] gather(%a, %b), metadata={op_name="jit(f)/while/body/gather/gather" id=1}
  %dot.2 = f32[8] dot(%a, %b), metadata={op_name="jit(f)/while/body/transpose(jvp(products))/dot_general"}
  ROOT %add.3 = f32[8] add(%a, %b), metadata={op_name="jit(f)/while/body/add"}
"""
    assert profile._scopes(text) == {"gather.1": "gather", "dot.2": "products", "add.3": "other"}


@pytest.mark.slow
def test_growth_of_two_axes(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(scaling.AXES, "runs", ("runs", (1, 2)))
    small = ["--scale", "0.01", "--set", "train.segment_tokens=4096", "--out", str(tmp_path)]
    assert scaling.main(["--only", "k", "runs", *small]) == 0
    found = json.loads((tmp_path / "growth.json").read_text())
    for k in scaling.AXES["k"][1]:
        assert found[f"k.{k}.words_per_second"] > 0
        assert found[f"k.{k}.megabytes_of_tables"] == pytest.approx(2 * 2 * 30_000 * 100 * 4 / 1e6)
    assert found["runs.2.megabytes_of_tables"] == 2 * found["runs.1.megabytes_of_tables"]
    assert found["runs.2.words_per_second"] > 0
    assert found.keys() >= provenance(REPOSITORY).keys()
    assert (tmp_path / "growth.md").read_text() in capsys.readouterr().out


def test_growth_refuses_a_wrong_setting(tmp_path, capsys):
    assert scaling.main(["--only", "k", "--scale", "0.01", "--set", "model.dim=0", "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "negatives.k=1" in error
    assert "model.dim=0" in error


def test_zipf_counts_are_those_of_the_text():
    ids, counts = scaling._zipf(50, 5000)
    assert np.bincount(ids[ids >= 0], minlength=50).tolist() == counts.tolist()
    assert (ids < 0).sum() == 5000 // scaling.SENTENCE
    assert counts[0] > 8 * counts[9]
