"""What commands write: their own files and nothing else."""

import json
import os
import shutil

import pytest

from jaxw2v.launch.plan import LONGEST, _names
from tests.command_line import SMALL, command, sweep, wrong


def listing(folder):
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.name != "__pycache__"
    }


@pytest.fixture
def run(trained, tmp_path):
    """A copy of a run's folder, beside a folder with = in its name that holds its record."""
    shutil.copytree(trained.folder, tmp_path / "run")
    shutil.copytree(trained.folder / ".hydra", tmp_path / "sw" / "seed=1" / ".hydra")
    return tmp_path / "run"


@pytest.mark.parametrize(
    "words",
    [
        ["--config-path", ".hydra", "vocab.min_count=3"],
        ["--config-path=.hydra"],
        ["-cp", "../sw/seed=1/.hydra"],
        ["--config-path", ".hydra", "-m", "vocab.min_count=1,2"],
        ["corpus=file", "corpus.path=TEXT"],
        ["corpus=file", "corpus.path=TEXT", "-m", "vocab.min_count=1,2"],
        ["corpus=file", "corpus.path=TEXT", "hydra.output_subdir=.hydra"],
        ["corpus=file", "corpus.path=TEXT", "hydra.run.dir=x"],
        ["corpus=file", "corpus.path=TEXT", "vocab.min_count=0"],
        ["--help"],
        ["--cfg", "job"],
        ["--info", "config"],
        ["--config-path", ".hydra", "--cfg", "job"],
    ],
)
def test_prepare_writes_nothing_but_the_cache(place, run, words):
    before = listing(run.parent)
    done = command(place, *(word.replace("TEXT", str(place / "text.txt")) for word in words), module="prepare", cwd=run)
    refused = {"hydra.output_subdir=.hydra", "hydra.run.dir=x", "vocab.min_count=0"} & set(words)
    assert done.returncode == (2 if refused else 0), done.stderr
    assert listing(run.parent) == before


def test_a_record_starts_a_run_and_a_sweep_where_the_settings_of_conf_would(place, run):
    before = listing(run)
    record = ["--config-path", "../sw/seed=1/.hydra", "figures=false"]
    done = command(place, *record, cwd=run)
    assert done.returncode == 0, done.stderr
    [folder] = (run / "outputs" / "train").iterdir()
    assert (folder / "vectors.bin").read_bytes() == (run / "vectors.bin").read_bytes()
    done = command(place, *record, "-m", "seed=1,2", cwd=run)
    assert done.returncode == 0, done.stderr
    [swept] = (run / "outputs" / "train").glob("sweep-*")
    assert {path.name for path in swept.iterdir()} == {"seed=1", "seed=2", ".lock", "multirun.yaml"}
    assert before.items() <= listing(run).items()
    assert not [name for name in listing(run) if name.endswith(".log")]


@pytest.mark.parametrize("words", [["train.epochs=0"], ["-m", "seed=1,2", "train.epochs=0"]])
def test_a_mistake_leaves_no_empty_folder(place, tmp_path, words):
    done = command(place, "corpus=file", "corpus.path=T", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert all(any(path.iterdir()) for path in tmp_path.rglob("*") if path.is_dir())
    assert "-m" in words or not list(tmp_path.iterdir())


def test_other_commands_write_their_own_files_only(place, run, tmp_path):
    (tmp_path / "list.txt").write_text("w0 w1\n")
    before = listing(tmp_path)
    text = ["corpus=file", f"corpus.path={place / 'text.txt'}", "phrases=list", "phrases.path=../list.txt"]
    assert command(place, *text, "hydra.run.dir=../joined", module="phrases", cwd=run).returncode == 0
    assert command(place, ".", "--out", "../report", module="report", cwd=run).returncode == 0
    assert command(place, ".", "--out", "../table.csv", module="export", cwd=run).returncode == 0
    pairs = ["--similarity", place / "pairs.tsv", "--json", "../scores.json"]
    assert command(place, "vectors.bin", *pairs, module="evaluate", cwd=run).returncode == 0
    assert command(place, "vectors.bin", "w0", module="neighbors", cwd=run).returncode == 0
    new = {name.split("/")[0] for name in listing(tmp_path).keys() - before.keys()}
    assert new == {"joined", "report", "table.csv", "scores.json"}
    assert {path.name for path in (tmp_path / "joined").iterdir()} == {"text.txt", "phrases.tsv"}
    assert before.items() <= listing(tmp_path).items()


def test_names_that_look_like_numbers_are_folders_and_texts(place, tmp_path):
    for name in ("2024_01_15", "2023", "1e5.tsv"):
        shutil.copy(place / ("pairs.tsv" if name.endswith("tsv") else "text.txt"), tmp_path / name)
    words = ["corpus=file", *SMALL, "eval.similarity=[1e5.tsv]", "eval.neighbors=[true,1_000,1e5,könig]"]
    done = command(place, *words, "corpus.path=2024_01_15", "hydra.run.dir=2024_02_01", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "2024_02_01" / "result.json").read_text())
    assert result["corpus.path"] == "2024_01_15"
    assert result["eval.neighbors"] == ["true", "1_000", "1e5", "könig"]
    done = command(place, *words, "-m", "corpus.path=2023,2024_01_15", "hydra.sweep.dir=1_0", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folders = {path.name for path in (tmp_path / "1_0").iterdir() if path.is_dir()}
    assert folders == {"corpus.path=2023", "corpus.path=2024_01_15"}


def test_a_name_with_everything_in_it_is_recorded_and_starts_again(place, tmp_path):
    name = "a${x}=1, b [2] 'c' #é.txt"
    shutil.copy(place / "text.txt", tmp_path / name)
    done = command(place, "corpus=file", *SMALL, f"corpus.path={name}", "hydra.run.dir=run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "run" / "result.json").read_text())["corpus.path"] == name
    done = command(place, "--config-path", "run/.hydra", "hydra.run.dir=again", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for file in ("vectors.bin", ".hydra/config.yaml"):
        assert (tmp_path / "run" / file).read_bytes() == (tmp_path / "again" / file).read_bytes()
    done = command(place, "run", "--out", "report", module="report", cwd=tmp_path)
    assert "corpus.path=" in (tmp_path / "report" / "report.html").read_text()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["seed=1,1"], "seed=1 is there twice in this sweep"),
        (["optimizer.learning_rate=0.025,2.5e-2"], "optimizer.learning_rate=0.025 is there twice"),
        (["optimizer.learning_rate=1,1.0"], "optimizer.learning_rate=1 and optimizer.learning_rate=1.0 are the same"),
        (["eval.neighbors=[a],[a]"], "eval.neighbors=[a] is there twice"),
        (["figures=true,True"], "is there twice"),
    ],
)
def test_a_value_twice_in_a_sweep(place, tmp_path, words, expected):
    wrong(command(place, *words, "-m", f"hydra.sweep.dir={tmp_path}"), expected)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_names_of_folders_are_cut_by_bytes_and_differ_on_every_disk():
    chinese = [f"eval.neighbors=[{','.join(chr(0x4E00 + i) * 2 for i in range(at, at + 60))}]" for at in (0, 100)]
    names = _names([*chinese, "name=A", "name=a", "name=x", "name=caf\udce9", "name=b.", "name=é", "name=e\u0301", ""])
    assert all(len(os.fsencode(name)) <= LONGEST + 9 for name in names)
    assert len({name.casefold() for name in names}) == len(names)
    assert names[4] == "name=x"
    assert names[-1] == "all"
    assert not any(name.endswith(".") for name in names)
    assert _names(["name=A", "name=b"]) == ["name=A", "name=b"]


def test_a_sweep_over_long_lists_of_words(place, tmp_path):
    words = ",".join(chr(0x4E00 + i) * 2 for i in range(60))
    for finished in (False, True):
        done = sweep(place, tmp_path, "-m", f"eval.neighbors=[{words}],[w0]")
        assert done.returncode == 0, done.stderr
        assert ("2 of them finished already" in done.stdout) == finished
