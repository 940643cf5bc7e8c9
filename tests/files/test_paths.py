"""Names of files as people type them, in every setting and argument that is a path."""

import shutil
from pathlib import Path

import pytest

from jaxw2v.errors import InputError
from jaxw2v.files.paths import expanded
from jaxw2v.launch.kinds import OF_HYDRA, kinds
from tests.command_line import SMALL, command, without


def test_a_home_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert expanded("~/a b") == tmp_path / "a b"
    assert expanded("a/~") == Path("a/~")
    assert expanded("~root/x").is_absolute()


@pytest.mark.parametrize("name", ["", "  ", "\n", "a\0b", "~nosuchuser", "~nosuchuser/x"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(InputError, match=r"vocab\.path"):
        expanded(name, "vocab.path")


def test_the_home_folder_in_every_path(place, tmp_path):
    for name in ("text.txt", "pairs.tsv", "questions.txt"):
        shutil.copy(place / name, tmp_path / name)
    (tmp_path / "counts.txt").write_text("".join(f"w{i} {600 - i}\n" for i in range(20)))
    (tmp_path / "list.txt").write_text("w0 w1\n")
    (tmp_path / "here").mkdir()
    options = {"cwd": tmp_path / "here", "HOME": str(tmp_path)}
    first = {
        "corpus.path": "[~/text.txt,~/te*.txt]", "vocab.path": "~/counts.txt", "eval.similarity": "[~/pairs.tsv]",
        "eval.analogies": "~/questions.txt", "cache": "~/cache", "hydra.run.dir": "~/run",
    }  # fmt: skip
    second = {
        "corpus.path": "~/text.txt", "train.init_from": "~/run", "phrases.path": '"~/list.txt"',
        "hydra.run.dir": '"~/again"', "vectors.matrices": "[input]", "train.save_state": "false",
    }  # fmt: skip
    third = {"corpus.path": "~/text.txt", "hydra.sweep.dir": "~/sweep", "hydra.sweep.subdir": "auto"}
    tried = set().union(first, second, third)
    assert {name for name, kind in kinds().items() if kind.path} <= tried  # a new path is tried here, too
    for given, more in (
        (first, ["train.save_state=true"]),
        (second, ["phrases=list", "vocab.min_count=1"]),
        (third, ["-m", "seed=1"]),
    ):
        small = without(SMALL, "vocab.min_count") if "vocab.path" in given else SMALL
        words = ["corpus=file", *small, *(f"{name}={value}" for name, value in given.items()), *more]
        done = command(place, *words, **options)
        assert done.returncode == 0, done.stderr
    assert {"run", "again", "sweep", "cache"} <= {path.name for path in tmp_path.iterdir()}
    assert not list((tmp_path / "here").iterdir())
    assert "hydra.run.dir" in OF_HYDRA


def test_the_home_folder_in_every_argument(place, trained, tmp_path):
    shutil.copytree(trained.folder, tmp_path / "run")
    shutil.copy(place / "pairs.tsv", tmp_path)
    shutil.copy(place / "questions.txt", tmp_path)
    (tmp_path / "here").mkdir()
    options = {"cwd": tmp_path / "here", "HOME": str(tmp_path)}
    sets = ["--similarity", "~/pairs.tsv", "--analogies", "~/questions.txt", "--json", "~/scores.json"]
    for module, *words in (
        ("evaluate", "~/run/vectors.bin", *sets),
        ("neighbors", "~/run/vectors.bin", "w0"),
        ("report", "~/run", "--out", "~/report"),
        ("export", "~/run", "--out", "~/table.csv"),
    ):
        done = command(place, *words, module=module, **options)
        assert done.returncode == 0, done.stderr
    assert {"scores.json", "report", "table.csv"} <= {path.name for path in tmp_path.iterdir()}
    assert not list((tmp_path / "here").iterdir())


def test_a_name_that_begins_so_and_is_there_is_that_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "~a.txt").write_text("a b")
    assert expanded("~a.txt").read_text() == "a b"
    with pytest.raises(InputError, match="no such user"):
        expanded("~b.txt")
