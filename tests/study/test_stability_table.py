"""The table of stability as a person makes it: which runs repeat one another, and what a mistake gets."""

import numpy as np
import pytest

from jaxw2v.commands import stability as command
from jaxw2v.study import stability
from jaxw2v.vectors import formats


def make(capsys, *words) -> str:
    assert command.main(list(map(str, words))) == 0
    return capsys.readouterr().out


def wrong(capsys, *words) -> str:
    assert command.main(list(map(str, words))) == 2
    [line] = capsys.readouterr().err.splitlines()
    return line


def test_pairs_of_runs_that_differ_in_seeds_alone(plant_run, tmp_path, capsys):
    for seed in (1, 2, 3):
        plant_run(tmp_path / f"runs/plain-{seed}", seed, corpus__resample__seed=None)
        plant_run(tmp_path / f"runs/drawn-{seed}", seed, corpus__resample__seed=10 * seed)
    for seed in (1, 2):
        plant_run(tmp_path / f"runs/wide-{seed}", seed, corpus__resample__seed=None, windows__window=9)
    out = tmp_path / "table.csv"
    assert "7 pairs of runs" in make(capsys, tmp_path / "runs", "--out", out, "--neighbors", 4, "--words", 6)
    found = stability.from_csv(out.read_text())
    assert {each.text for each in found} == {1000}
    assert {(each.low, each.high, each.words) for each in found} == {(50, 100, 6)}
    pairs = [(each.configuration, each.one, each.other) for each in found]
    plain, drawn, wide = ("windows.window 5", "windows.window 5, resampled", "windows.window 9")
    assert sorted(pairs) == sorted(
        [(plain, 1, 2), (plain, 1, 3), (plain, 2, 3), (drawn, 10, 20), (drawn, 10, 30), (drawn, 20, 30), (wide, 1, 2)]
    )
    tables = [formats.load(tmp_path / f"runs/wide-{seed}" / "vectors.bin").vectors_VD for seed in (1, 2)]
    near = []
    for table_VD in tables:
        unit = table_VD / np.linalg.norm(table_VD, axis=1, keepdims=True)
        rows = np.linspace(0, 39, 6).round().astype(int)
        near.append([set(sorted(set(range(40)) - {row}, key=lambda w: -unit[row] @ unit[w])[:4]) for row in rows])
    wanted = np.mean([len(a & b) / 4 for a, b in zip(*near)])
    assert next(each.shared for each in found if each.configuration == wide) == pytest.approx(wanted, rel=1e-4)


def test_mistakes(plant_run, tmp_path, capsys):
    plant_run(tmp_path / "one/1", 1)
    out = ("--out", tmp_path / "table.csv")
    assert "no run repeats another" in wrong(capsys, tmp_path / "one", *out)
    assert "--neighbors 0: use 1 or more" in wrong(capsys, tmp_path / "one", *out, "--neighbors", 0)
    plant_run(tmp_path / "two/1", 1)
    plant_run(tmp_path / "two/2", 2)
    assert "use a smaller --neighbors" in wrong(capsys, tmp_path / "two", *out, "--neighbors", 40)
    assert "cannot write" in wrong(capsys, tmp_path / "two", "--out", tmp_path)
    plant_run(tmp_path / "two/again", 2)
    assert "another run has the same seed" in wrong(capsys, tmp_path / "two", *out)
    plant_run(tmp_path / "bare/1", 1, vectors=False)
    plant_run(tmp_path / "bare/2", 2)
    assert "no vectors with a vocabulary" in wrong(capsys, tmp_path / "bare", *out)
    assert not (tmp_path / "table.csv").exists()
