"""The report of runs: its content, its bytes, and the message for each mistake."""

import csv
import itertools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from jaxw2v.commands import report
from jaxw2v.launch.kinds import setting_names
from jaxw2v.study import collection, wording
from tests.command_line import process

QUICK = ["--resamples", "100", "--neighbors", "5"]


def make(capsys, *words):
    status = report.main([*map(str, words), *QUICK])
    out, err = capsys.readouterr()
    return status, out, err


def wrong(capsys, *words):
    status, _, err = make(capsys, *words)
    assert status == 2
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    return err


@pytest.fixture(scope="module")
def made(study, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("made") / "report"
    assert report.main([str(study.folder), "--out", str(out), *QUICK]) == 0
    return out


def table(text, title):
    """Rows of a Markdown table, by the title above it."""
    lines = text.split(f"### {title}\n")[1].split("\n### ")[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [dict(zip(cells[0], row)) for row in cells[2:]]


def results_of(study):
    return [json.loads((study.folder / name / "result.json").read_text()) for name in study.names]


def test_the_csv_has_a_row_for_each_run(made, study):
    with open(made / "report.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    by_name = {row["run"]: row for row in rows}
    assert set(by_name) == set(study.names)
    assert len(rows) == 18
    for name, result in zip(study.names, results_of(study)):
        assert float(by_name[name]["scores.pairs.spearman"]) == result["scores.pairs.spearman"]
        assert int(by_name[name]["negatives.k"]) == result["negatives.k"]
        assert by_name[name]["corpus.sha256"] == result["corpus.sha256"]


def test_means_and_intervals_are_those_of_the_seeds(made, study):
    rows = table((made / "report.md").read_text(), "Configurations")
    assert [(row["k"], row["window"]) for row in rows] == [*itertools.product(("2", "5", "15"), ("2", "5"))]
    for row in rows:
        key = int(row["k"]), int(row["window"])
        values = [
            r["scores.pairs.spearman"] for r in results_of(study) if (r["negatives.k"], r["windows.window"]) == key
        ]
        reach = scipy.stats.sem(values) * scipy.stats.t.ppf(0.975, 2)
        assert row["pairs (Spearman)"] == f"{np.mean(values):.4f} ± {reach:.4f}"


def test_all_pairs_of_all_scores_are_corrected_together(made):
    text = (made / "report.md").read_text()
    scores = ("pairs.spearman", "questions.3cosadd")
    rows, others = (table(text, f"Comparisons: {wording.of_score(score)}") for score in scores)
    assert len(rows) == len(others) == 15
    assert all(row["seeds"] == "3" for row in rows)
    both = [
        [0.0 if cell.startswith("<") else float(cell) for cell in (row["p"], row["p, Holm"])] for row in rows + others
    ]
    for (p, holm), rank in zip(sorted(both), range(30)):
        assert holm >= min(1, (30 - rank) * (p - 5e-5)) - 1e-4  # Holm's product, at least
        assert p <= holm <= 30 * p + 0.003
    assert text.count("all 30 comparisons of 2 scores of this report") == 3  # at the top and at each table
    assert "word pairs resampled within sections (20 pairs, 4 sections)" in text
    best = rows[0]
    assert {best["one"][:3], best["other"][:4]} == {"k 2", "k 15"}  # planted: a greater k scores better
    assert best["one - other"].startswith("-")


def test_the_other_parts_are_there(made):
    text = (made / "report.md").read_text()
    effects = {row["effect"]: row for row in table(text, "Effects: pairs (Spearman)")}
    assert set(effects) == {"k", "window", "k x window", "seed", "residual"}
    assert float(effects["k"]["eta squared"].rstrip("%")) > 30
    stable = table(text, "Stability over seeds")
    assert len(stable) == 6
    for row in stable:  # the vectors of runs are unrelated
        distance, chance = float(row["distance"].split()[0]), float(row["distance by chance"])
        assert distance == pytest.approx(chance, abs=0.12)
        assert chance < 0.9  # seven dimensions, forty words
        assert float(row["5 neighbors shared"].split()[0]) == pytest.approx(float(row["by chance"]), abs=0.1)
    for kind in ("configurations", "against-k", "against-window", "map"):
        for score in ("pairs.spearman", "questions.3cosadd"):
            assert (made / f"{kind}-{score}.png").read_bytes().startswith(b"\x89PNG")
            assert (made / f"{kind}-{score}.pdf").read_bytes().startswith(b"%PDF")
    assert "5fe9b7a26ac8" in text
    assert "<script src" not in (made / "report.html").read_text()


def test_the_same_results_give_the_same_bytes(made, study, tmp_path):
    """Whatever the order of the folders' entries, where they are, the hash seed, the time zone or the clock."""
    copy = tmp_path / "elsewhere"
    copy.mkdir()
    for name in reversed(study.names):
        shutil.copytree(study.folder / name, copy / name)
        shutil.rmtree(copy / name / ".hydra")
        shutil.copytree(study.folder / name / ".hydra", copy / name / ".hydra")
    words = [copy / name for name in reversed(study.names)]
    environment = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "9"}
    done = process(tmp_path, *words, "--out", tmp_path / "again", *QUICK, module="report", **environment)
    assert done.returncode == 0, done.stderr
    files = sorted(path.name for path in made.iterdir())
    assert sorted(path.name for path in (tmp_path / "again").iterdir()) == files
    for name in files:
        assert (tmp_path / "again" / name).read_bytes() == (made / name).read_bytes(), name


def test_results_of_different_corpora_or_code(plant_run, tmp_path, capsys):
    for at, seed in itertools.product((1, 2), (1, 2)):
        plant_run(tmp_path / f"{at}-{seed}", seed, corpus__sha256=str(at) * 64)
    out = tmp_path / "out"
    said = wrong(capsys, tmp_path, "--out", out)
    assert "different corpora" in said
    assert "111111111111" in said
    assert "--mixed apart" in said
    assert not out.exists()
    assert make(capsys, tmp_path, "--out", out, "--mixed", "apart")[0] == 0
    text = (out / "report.md").read_text()
    assert text.count("\n## corpus ") == 2
    assert "Comparisons" not in text
    with open(out / "report.csv", newline="") as file:
        assert len({row["group"] for row in csv.DictReader(file)}) == 2
    plant_run(tmp_path / "new", 3, corpus__sha256="1" * 64, code__commit="2" * 40)
    assert "different versions of the code" in wrong(capsys, tmp_path / "1-1", tmp_path / "new", "--out", out)


def test_one_seed_has_no_interval(plant_run, tmp_path, capsys):
    for k in (2, 5):
        plant_run(tmp_path / f"runs/{k}", 1, negatives__k=k)
    status, printed, _ = make(capsys, tmp_path / "runs", "--out", tmp_path / "out")
    assert status == 0
    assert "one seed only: no interval" in printed
    text = (tmp_path / "out" / "report.md").read_text()
    assert "±" not in text.split("Configurations")[1].split("|", 1)[1].split("###")[0]
    (row,) = table(text, "Comparisons: pairs (Spearman)")
    assert row["seeds"] == "1, no interval"
    assert row["95% interval"] == row["p"] == row["seeds needed"] == ""
    assert "Stability" not in text


def test_scores_on_different_numbers_of_questions_are_flagged(plant_run, tmp_path, capsys):
    for k, seed in itertools.product((2, 5), (1, 2)):
        plant_run(tmp_path / f"runs/{k}-{seed}", seed, negatives__k=k, unknown=10 if k == 2 else 3)
    _, printed, _ = make(capsys, tmp_path / "runs", "--out", tmp_path / "out")
    assert "pairs (Spearman): runs answered different numbers of questions (50 to 57)" in printed
    assert "On the 50 of 60 questions" in (tmp_path / "out" / "report.md").read_text()


def test_limits_of_the_results_are_reported(plant_run, tmp_path, capsys):
    for seed in (1, 2):
        plant_run(tmp_path / f"runs/{seed}", seed, answers=seed == 1, vectors=seed == 1, code__dirty=True)
    plant_run(tmp_path / "runs/again", 2, device="gpu")
    plant_run(tmp_path / "runs/other", 1, negatives__k=2)
    (tmp_path / "runs/begun").mkdir()
    (tmp_path / "runs/begun/metrics.jsonl").write_text("{}\n")
    status, printed, _ = make(capsys, tmp_path / "runs", "--out", tmp_path / "out", "--price", "2")
    assert status == 0
    for part in (
        "begun but not ended are not in this report: 1", "repeat a configuration and seed are in no statistic: again",
        "dirty", "differ in device: cpu, gpu", "1 of 2 configurations have one seed only", "have no vectors",
        "different seeds",
    ):  # fmt: skip
        assert part in printed, part
    text = (tmp_path / "out" / "report.md").read_text()
    assert "2 has no predictions.npz" in text
    assert "| cost | 0.0067 at 2 an hour |" in text  # four runs of 3 s


def test_a_configuration_may_differ_from_the_reference_in_several_values(plant_run, tmp_path, capsys):
    changes = [{}, {"negatives__k": 2}, {"windows__window": 2}, {"negatives__exponent": 1.0}]
    changes += [{"negatives__k": 2, "windows__window": 3}]
    for (at, change), seed in itertools.product(enumerate(changes), (1, 2)):
        base = {"negatives__k": 5, "windows__window": 5, "negatives__exponent": 0.75}
        plant_run(tmp_path / f"runs/{at}-{seed}", seed, **(base | change))
    assert make(capsys, tmp_path / "runs", "--out", tmp_path / "out")[0] == 0
    rows = table((tmp_path / "out" / "report.md").read_text(), "Comparisons: pairs (Spearman)")
    assert {row["one"] for row in rows} == {"k 2", "window 2", "exponent 1", "k 2, window 3"}


def test_an_ablation_is_compared_with_its_reference(plant_run, tmp_path, capsys):
    changes = [{}, {"negatives__k": 2}, {"windows__window": 2}, {"negatives__exponent": 1.0}]
    for (at, change), seed in itertools.product(enumerate(changes), (1, 2)):
        base = {"negatives__k": 5, "windows__window": 5, "negatives__exponent": 0.75}
        plant_run(tmp_path / f"runs/{at}-{seed}", seed, **(base | change))
    assert make(capsys, tmp_path / "runs", "--out", tmp_path / "out")[0] == 0
    text = (tmp_path / "out" / "report.md").read_text()
    assert "Each against the reference." in text
    assert "differs from the reference: negatives.k 5, windows.window 5, negatives.exponent 0.75." in text
    rows = table(text, "Comparisons: pairs (Spearman)")
    assert {row["one"] for row in rows} == {"k 2", "window 2", "exponent 1"}
    assert "Effects" not in text
    assert make(capsys, tmp_path / "runs", "--out", tmp_path / "out", "--reference", "k=2")[0] == 0
    assert "Each against k 2." in (tmp_path / "out" / "report.md").read_text()
    assert "0 configurations" in wrong(capsys, tmp_path / "runs", "--out", tmp_path / "out", "--reference", "k=3")
    assert "3 configurations" in wrong(capsys, tmp_path / "runs", "--out", tmp_path / "out", "--reference", "k=5")
    assert "dim" in wrong(capsys, tmp_path / "runs", "--out", tmp_path / "out", "--reference", "dim=5")


def test_a_result_that_is_cut_short(plant_run, tmp_path, capsys):
    plant_run(tmp_path / "runs/1", 1)
    path = tmp_path / "runs/1/result.json"
    text = path.read_text()
    for broken, says in (
        (text[:200], "damaged"),
        ("", "damaged"),
        ("[1]", "no seed"),
        ('{"seed": 1}', "no corpus"),
    ):
        path.write_text(broken)
        said = wrong(capsys, tmp_path / "runs", "--out", tmp_path / "out")
        assert str(path) in said
        assert says in said
    path.write_bytes(b"\xff")
    assert str(path) in wrong(capsys, tmp_path / "runs", "--out", tmp_path / "out")


def test_predictions_that_are_cut_short(plant_run, tmp_path, capsys):
    for seed in (1, 2):
        plant_run(tmp_path / f"runs/{seed}", seed)
        plant_run(tmp_path / f"runs/more/{seed}", seed, negatives__k=2)
    path = tmp_path / "runs/more/2/predictions.npz"
    path.write_bytes(path.read_bytes()[:300])
    assert "predictions.npz" in wrong(capsys, tmp_path / "runs", "--out", tmp_path / "out")


def test_runs_that_recorded_no_word_pairs(plant_run, tmp_path, capsys):
    for k, seed in itertools.product((2, 5), (1, 2)):
        plant_run(tmp_path / f"runs/{k}-{seed}", seed, negatives__k=k)
        path = tmp_path / f"runs/{k}-{seed}/predictions.npz"
        with np.load(path) as file:
            arrays = {name: file[name] for name in file if name != "questions.pairs"}
        np.savez(path, **arrays)
    assert make(capsys, tmp_path / "runs", "--out", tmp_path / "out")[0] == 0
    assert "recorded no word pairs: the intervals are too narrow" in (tmp_path / "out" / "report.md").read_text()


def test_other_questions_under_one_name_are_not_compared(plant_run, tmp_path, capsys):
    for k, seed in itertools.product((2, 5), (1, 2)):
        plant_run(tmp_path / f"runs/{k}-{seed}", seed, negatives__k=k)
    path = tmp_path / "runs/5-2/predictions.npz"
    with np.load(path) as file:
        np.savez(path, **(dict(file) | {"pairs.sha256": np.array("another")}))
    assert make(capsys, tmp_path / "runs", "--out", tmp_path / "out")[0] == 0
    assert "different questions under the name pairs" in (tmp_path / "out" / "report.md").read_text()


def test_mistakes_of_the_command(study, tmp_path, capsys):
    out = tmp_path / "out"
    (tmp_path / "empty").mkdir()
    assert "no such folder" in wrong(capsys, tmp_path / "absent", "--out", out)
    assert "no result.json" in wrong(capsys, tmp_path / "empty", "--out", out)
    assert "pairs.spearman" in wrong(capsys, study.folder, "--out", out, "--score", "pairs")
    assert "--confidence" in wrong(capsys, study.folder, "--out", out, "--confidence", "95")
    assert "--reference k" in wrong(capsys, study.folder, "--out", out, "--reference", "k")
    (tmp_path / "file").write_text("")
    assert "--out" in wrong(capsys, study.folder / "0", "--out", tmp_path / "file")
    assert not out.exists()


def test_names_that_look_like_markup_stay_text(plant_run, tmp_path, capsys):
    for at, value in enumerate(("</script><script>alert(1)</script>", "a|b", "$x$")):
        plant_run(tmp_path / f"runs/{at}", 1, corpus__normalize__word_pattern=value)
    assert make(capsys, tmp_path / "runs", "--out", tmp_path / "out")[0] == 0
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<script>alert" not in page
    assert "<script" not in (tmp_path / "out" / "report.md").read_text()


def test_runs_are_found_once_and_named_below_what_they_share(study):
    runs = collection.read_runs([study.folder / "3", study.folder, study.folder / "3"])
    assert [run.name for run in runs] == study.names
    (group,) = collection.group(runs, setting_names(), "refuse")
    assert group.varied == ["negatives.k", "windows.window"]
    assert [len(configuration.runs) for configuration in group.configurations] == [3] * 6
