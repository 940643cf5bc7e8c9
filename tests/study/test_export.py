"""The CSV file of a sweep: its content, that it is read as it was written, and the message for each mistake."""

import csv
import json

import pytest

from jaxw2v.commands import export as script
from jaxw2v.errors import InputError
from jaxw2v.launch.kinds import setting_names
from jaxw2v.study import collection, export

SHORT = ["scores.pairs.spearman", "scores.pairs.spearman.answered", "negatives.k", "windows.window", "seed"]


@pytest.fixture
def made(study, tmp_path, capsys):
    path = tmp_path / "made.csv"
    assert script.main([str(study.folder), "--out", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: 18 runs\n"
    return path


def test_it_has_a_row_for_each_run_and_few_columns(made, study):
    rows = list(csv.DictReader(made.read_text().splitlines()))
    written = [json.loads((study.folder / name / "result.json").read_text()) for name in study.names]
    assert [[json.loads(row[key]) for key in SHORT] for row in rows] == [[one[key] for key in SHORT] for one in written]
    assert list(rows[0])[:3] == ["negatives.k", "windows.window", "seed"]
    assert len(rows[0]) == 3 + 4 + 6


def test_what_is_read_makes_the_groups_of_the_results(made, study):
    (read,) = script.read(made)
    (own,) = collection.group(collection.read_runs([study.folder]), setting_names(), "refuse")
    assert read.varied == own.varied
    assert [each.values for each in read.configurations] == [each.values for each in own.configurations]
    for one, other in zip(read.configurations, own.configurations):
        for mine, theirs in zip(one.runs, other.runs):
            assert {key: theirs.result[key] for key in mine.result} | {"code.commit": None} == mine.result


def test_the_same_results_give_the_same_bytes_in_whatever_order_they_are_found(made, study, tmp_path):
    words = [str(study.folder / name) for name in reversed(study.names)]
    assert script.main([*words, "--out", str(tmp_path / "again.csv")]) == 0
    assert (tmp_path / "again.csv").read_bytes() == made.read_bytes()


def test_presets_texts_and_missing_results(plant_run, tmp_path):
    commit = "12e4567890" * 4  # JSON's grammar has such numbers
    for seed in (2, 1):
        plant_run(tmp_path / f"a{seed}", seed, experiment="study/a", code__commit=commit, heldout__loss=2.5)
        plant_run(tmp_path / f"b{seed}", seed, experiment="study/b", corpus__sha256="two", corpus__raw_words=5)
    plant_run(tmp_path / "none", 1, code__commit=None)
    assert script.main([str(tmp_path), "--out", str(tmp_path / "made.csv")]) == 0
    groups = script.read(tmp_path / "made.csv")
    assert [len(group.runs) for group in groups] == [2, 3]
    assert groups[0].runs[0].result["preset"] == "study/b"  # of the shortest text
    runs = export.read(tmp_path / "made.csv")
    assert [run.result.get("preset") for run in runs] == [None, *["study/a"] * 2, *["study/b"] * 2]
    assert [run.result["seed"] for run in runs] == [1, 1, 2, 1, 2]
    assert [run.result["code.commit"] for run in runs] == [None, commit, commit, "1" * 40, "1" * 40]
    assert [run.result.get("heldout.loss") for run in runs] == [None, 2.5, 2.5, None, None]


def test_runs_that_have_not_ended_are_reported(plant_run, tmp_path, capsys):
    plant_run(tmp_path / "one", 1)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "metrics.jsonl").write_text("{}\n")
    assert script.main([str(tmp_path), "--out", str(tmp_path / "made.csv")]) == 0
    assert "1 runs; 1 that have begun" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot read"),
        ("", "empty"),
        ("seed,code.version\n1\n", ":2: 1 cells below 2 names"),
        ("seed,code.version\n1,0\n", ":2: .*no corpus.sha256"),
        ("seed,corpus.sha256,code.version,code.commit,scores.a\n1,0,0,0,high\n", ":2: .*scores.a=high"),
        (b"seed\xff\n", "not a CSV file"),
    ],
)
def test_a_file_that_is_no_table_is_named(tmp_path, text, message):
    path = tmp_path / "made.csv"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=f"made.csv.*{message}|{message}"):
        export.read(path)


def test_a_folder_without_runs_and_a_place_that_cannot_be_written_get_one_line(study, tmp_path, capsys):
    for words in ([tmp_path, "--out", tmp_path / "x.csv"], [study.folder, "--out", tmp_path / "none" / "x.csv"]):
        assert script.main([*map(str, words)]) == 2
        err = capsys.readouterr().err
        assert err.startswith("error: ")
        assert err.count("\n") == 1
