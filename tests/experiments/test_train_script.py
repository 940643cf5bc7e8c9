"""The command line: what a run leaves, that it repeats, and whose folder it takes."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from jaxw2v.errors import InputError
from jaxw2v.study import figures
from jaxw2v.vectors import formats
from tests.command_line import REPOSITORY, SMALL, UNCACHED, command, process, train, wrong


def test_a_run_leaves_its_files_and_says_what_it_found(trained):
    folder, done = trained
    assert done.returncode == 0, done.stderr
    for name in ("result.json", "metrics.jsonl", "loss.png", "tsne.png", ".hydra/config.yaml"):
        assert (folder / name).stat().st_size > 0
    assert not [path for path in folder.rglob("*") if "tmp" in path.name]
    assert "pairs.spearman: " in done.stdout
    assert "(4 answered of 5)" in done.stdout
    assert "questions.3cosadd: " in done.stdout
    assert "(2 answered of 3)" in done.stdout
    assert "\n  w0: w" in done.stdout
    assert "100% epoch 2, loss" in done.stdout
    assert done.stderr == ""


def test_the_result_is_one_flat_object(trained):
    folder, _ = trained
    result = json.loads((folder / "result.json").read_text())
    assert not [value for value in result.values() if isinstance(value, dict)]
    assert result["model.dim"] == 8
    assert result["scores.pairs.spearman.answered"] == 4
    assert result["scores.pairs.spearman.asked"] == 5
    assert result["corpus.words"] == result["corpus.raw_words"] == 6000
    for key in (
        "corpus.sha256",
        "code.version",
        "software.jax",
        "device",
        "seconds.training",
        "words_per_second",
        "loss",
    ):
        assert result[key], key


def test_the_answers_give_the_scores_again(trained):
    folder, _ = trained
    result = json.loads((folder / "result.json").read_text())
    with np.load(folder / "predictions.npz") as answers:
        cosine, human, right = answers["pairs.spearman"], answers["pairs.human"], answers["questions.3cosadd"]
        pairs = answers["questions.pairs"]
    assert human.tolist() == [9, 8, 1, 0.5, 3]
    assert np.isnan(cosine).tolist() == [False] * 4 + [True]
    expected = scipy.stats.spearmanr(cosine[:4], human[:4]).statistic
    assert result["scores.pairs.spearman"] == pytest.approx(expected)
    assert right[2] == -1
    assert pairs.shape == (len(right), 3)
    assert result["scores.questions.3cosadd"] == (right[:2] == 1).mean()


def test_metrics_are_one_object_a_report_and_the_loss_falls(trained):
    folder, _ = trained
    metrics = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [m["words"] for m in metrics] == sorted({m["words"] for m in metrics})
    assert metrics[-1]["words"] == metrics[-1]["total"] == 12_000
    assert {m["epoch"] for m in metrics} == {1, 2}
    first = [m for m in metrics if m["epoch"] == 1]
    second = [m for m in metrics if m["epoch"] == 2]
    assert first[0]["loss"] < 6 * np.log(2)
    assert second[0]["loss"] == second[0]["segment_loss"]  # reset each epoch
    assert second[-1]["loss"] < first[-1]["loss"]


def test_every_table_in_every_format_holds_the_same_numbers(trained):
    folder, _ = trained
    tables = {}
    for name in ("vectors", "vectors-output", "vectors-sum"):
        read = [formats.load(folder / f"{name}.{ending}") for ending in ("bin", "txt", "npz")]
        assert read[0].words == read[1].words == read[2].words
        for other in read[1:]:
            np.testing.assert_array_equal(read[0].vectors_VD, other.vectors_VD)
        tables[name] = read[0].vectors_VD
    np.testing.assert_array_equal(tables["vectors-sum"], tables["vectors"] + tables["vectors-output"])


def test_gensim_reads_what_a_run_leaves(trained):
    pytest.importorskip("gensim", reason="the gensim extra is not installed")
    from gensim.models import KeyedVectors

    folder, _ = trained
    ours = formats.load(folder / "vectors.bin")
    theirs = KeyedVectors.load_word2vec_format(str(folder / "vectors.bin"), binary=True)
    assert theirs.index_to_key == ours.words
    np.testing.assert_array_equal(theirs.vectors, ours.vectors_VD)


def two_files(place) -> Path:
    """The same text in a folder."""
    lines = (place / "text.txt").read_text().splitlines(keepends=True)
    (place / "texts").mkdir()
    for name, part in ("a", lines[:250]), ("b", lines[250:]):
        (place / "texts" / name).write_text("".join(part))
    return place / "texts"


ANOTHER_MACHINE = """
import atexit, os, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
scandir, listdir, used = os.scandir, os.listdir, set()
class reversed_scandir:
    def __init__(self, path="."):
        with scandir(path) as entries:
            self.entries = sorted(entries, key=lambda entry: entry.name)
        if str(path).endswith("texts"):
            used.update(entry.name for entry in self.entries)
    def __iter__(self):
        return self
    def __next__(self):
        if not self.entries:
            raise StopIteration
        return self.entries.pop()
    def __enter__(self):
        return self
    def __exit__(self, *_):
        pass
    close = __exit__
os.scandir, os.listdir = reversed_scandir, lambda *args: sorted(listdir(*args), reverse=True)
atexit.register(lambda: used == {"a", "b"} and print("one core, listings reversed", file=sys.stderr))
"""


def otherwise(place) -> dict[str, str]:
    """The environment of a machine that differs in all that must not matter, its cache cold."""
    (place / "site").mkdir()
    (place / "site" / "sitecustomize.py").write_text(ANOTHER_MACHINE)
    return {
        "PYTHONPATH": f"{place / 'site'}{os.pathsep}{REPOSITORY}", "JAXW2V_CACHE": str(place / "cold"),
        "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C", "OMP_NUM_THREADS": "1",
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    }  # fmt: skip


def test_the_same_command_leaves_the_same_bytes_and_a_seed_others(place, trained):
    folder, _ = trained
    other = otherwise(place) | UNCACHED
    again = train(place, place / "again", f"corpus.path={two_files(place)}", start=process, cwd=place, **other)
    assert again.returncode == 0, again.stderr
    assert again.stderr == "one core, listings reversed\n"
    assert (place / "again" / "vectors.bin").read_bytes() == (folder / "vectors.bin").read_bytes()
    seed = train(place, place / "seed", "seed=2")
    assert seed.returncode == 0, seed.stderr
    assert (place / "seed" / "vectors.bin").read_bytes() != (folder / "vectors.bin").read_bytes()


def test_the_record_of_the_settings_starts_the_same_run(place, trained, tmp_path):
    folder, _ = trained
    done = process(place, "--config-path", f"{folder.name}/.hydra", f"hydra.run.dir={tmp_path / 'run'}", cwd=place)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "vectors.bin").read_bytes() == (folder / "vectors.bin").read_bytes()


def test_prepare_makes_what_train_then_finds(place, tmp_path):
    text = ["corpus=file", f"corpus.path={place / 'text.txt'}"]
    done = command(place, *text, *SMALL, module="prepare", JAXW2V_CACHE=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "6,000 words" in done.stdout
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert before
    assert train(place, tmp_path / "run", JAXW2V_CACHE=str(tmp_path)).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize("module", ["train", "prepare", "evaluate", "neighbors", "report"])
def test_help(place, module):
    done = command(place, "--help", module=module)
    assert done.returncode == 0
    assert f"jaxw2v {module}" in done.stdout
    assert done.stderr == ""


def test_a_folder_that_holds_a_result_is_left_as_it_is(place, trained):
    folder, _ = trained
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    wrong(train(place, folder, "seed=9"), str(folder), "result")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_folder_that_cannot_be_used(place, tmp_path):
    (tmp_path / "file").write_text("")
    wrong(train(place, tmp_path / "file" / "run"), "file", "hydra.run.dir")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "vectors.bin").write_text("somebody's")
    wrong(train(place, tmp_path / "other"), "other", "vectors.bin", "hydra.run.dir")
    assert (tmp_path / "other" / "vectors.bin").read_text() == "somebody's"


def test_the_result_is_there_before_its_pictures(place, tmp_path, monkeypatch):
    there = []

    def full(metrics, path):
        there.append((path.parent / "result.json").exists())
        raise InputError(f"{path}: cannot write (No space left on device)")

    monkeypatch.setattr(figures, "loss_curve", full)
    done = command(place, *SMALL, f"corpus.path={place}/text.txt", f"hydra.run.dir={tmp_path}/run", "figures=true")
    assert done.returncode == 0, done.stderr
    assert there == [True]
    assert "no picture: " in done.stdout
    assert not list((tmp_path / "run").glob("*.png"))


def test_too_few_words_for_a_picture_are_no_reason_to_lose_a_result(place, tmp_path):
    done = train(place, tmp_path / "run", "vocab.max_size=3", "figures=true", "eval.neighbors=[w0,nowhere]")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "result.json").exists()
    assert "no picture" in done.stdout
    assert "nowhere: not among the words" in done.stdout
