"""Common slips of a command line: one line says what to type."""

import os

import pytest

from jaxw2v.commands import main as commands
from tests.command_line import command, train, wrong

SWEEP = "several values are a sweep: add -m (in Python, jaxw2v.sweep)"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["seed", "=", "1"], "write seed=1"),
        (["seed", "=1"], "write seed=1"),
        (["seed=", "1"], "write seed=1"),
        (["seed"], "seed: give it a value, seed=VALUE"),
        (["seed="], "seed=: nothing follows the =; give a whole number, seed=VALUE"),
        (["--seed", "1"], "a setting has no dashes; write seed=1"),
        (["--seed=1"], "write seed=1"),
        (["-seed=1"], "write seed=1"),
        (["--epochs", "5"], "write train.epochs=5"),
        (["--learning-rate=0.1"], "write optimizer.learning_rate=0.1"),
        (["--min-count", "5"], "write phrases.min_count=5 or vocab.min_count=5"),
        (["--frobnicate"], "--frobnicate: there is no such flag"),
        (["-x"], "-x: there is no such flag"),
        (["--experimental-rerun=x"], "there is no such flag"),
        (["--conf"], "this may be --config-path, --config-name, --config-dir"),
        (["-m=1"], "--multirun takes no value"),
        (["seed:1"], "write seed=1"),
        (["help"], "write --help"),
        (["\u2013m"], "this dash is not the - of a flag; type it anew, -m"),
        (["\u2014config-dir", "x"], "type it anew, --config-dir"),
        (["windows.window=5;"], "perhaps windows.window=5"),
        (["negatives.k=5.0"], "5.0 is not a whole number; write negatives.k=5"),
        (["train.epochs=1e1"], "write train.epochs=10"),
        (["model.dim=1,000"], f"{SWEEP}; one number has no comma, model.dim=1000"),
        (["optimizer.learning_rate=0,025"], f"{SWEEP}; a decimal has a point, optimizer.learning_rate=0.025"),
        (["seed=1,2,3"], f"seed=1,2,3: {SWEEP}"),
        (["model.tied=true,false"], f"model.tied=true,false: {SWEEP}"),
        (["name=a,b"], f"name=a,b: {SWEEP}; one value with a comma is 'name=\"a,b\"'"),
        (["eval.neighbors=king,queen"], f"{SWEEP}; a list has brackets, 'eval.neighbors=[king,queen]'"),
        (["eval.neighbors=[könig],[王]"], "'eval.neighbors=["),
        (["eval.neighbors=[king,", "queen]"], "quote the whole, 'eval.neighbors=[king, queen]'"),
        (["corpus.path=my", "text.txt"], "a value with a space needs quotes, 'corpus.path=my text.txt'"),
        (["corpus.path=“a.txt”"], "“ and ” are no quotes of a shell; write corpus.path=a.txt"),
        (["seed=1\u00a0"], "NO-BREAK SPACE (U+00A0) belongs to no number; type it anew, seed=1"),
        (["seed=\uff11"], "FULLWIDTH DIGIT ONE (U+FF11) belongs to no number; type it anew, seed=1"),
        (["model.dim=“50”"], "type it anew, model.dim=50"),
        (["könig=1"], "könig: there is no such setting"),
        (["nonsense"], "nonsense: neither a flag nor SETTING=VALUE; --help lists the settings"),
        (["=5"], "nothing is named before the ="),
        (["corpus=TEXT.txt"], "corpus=TEXT.txt: there is no such choice; for a file, corpus.path=TEXT.txt"),
        (["corpus=~/T"], "for a file, 'corpus.path=~/T'"),
        (["phrases=my/list.txt"], "for a file, phrases.path=my/list.txt"),
        (["eval=a.tsv"], "for a file, 'eval.similarity=[a.tsv]'"),
        (["corpus=file", "corpus.path=b${x}.txt"], "'corpus.path=\"b\\${x}.txt\"'"),
        (
            ["optimizer.options={b1:é}"],
            "quote each word with special characters, such as 'optimizer.options={key:\"a=b\"}'",
        ),
        (["phrases.thresholds=[1;2]"], "give a number, phrases.thresholds=[A,B]"),
        (["--config-dir"], "--config-dir: nothing follows it; give --config-dir FOLDER"),
        (["--config-dir", "nowhere"], "--config-dir nowhere: there is no such folder"),
        (["--config-path=nowhere"], "--config-path nowhere: there is no such folder"),
        (["--config-path", "README.md"], "this is a file; name its folder, ."),
        (["--cfg", "seed=1"], "--cfg seed=1: choose one of job, hydra, all"),
        (["hydra.run.dir="], "hydra.run.dir=: nothing follows the =; name a folder"),
        (["hydra.run.dir=~nosuchuser/x"], "there is no such user"),
        (["hydra.job.chdir=true"], "relative paths are those of the folder where you start"),
        (["README.md"], "say what it is; a text is corpus.path=README.md"),
        (["vocab.path="], "vocab.path: an empty name"),
        (["corpus=file", "corpus.path= "], "corpus.path"),
        (["vocab.path=docs"], "vocab.path=docs: this is a folder; name a file"),
        (["eval.similarity=docs"], "eval.similarity=docs: this is a folder; name a file"),
        (["phrases=list", "phrases.path=docs"], "phrases.path=docs: this is a folder; name a file"),
        (["cache=README.md"], "cache=README.md: this is a file; name a folder"),
    ],
)
def test_a_slip(place, words, expected):
    wrong(command(place, *words), expected, python=all("=" in word for word in words))  # else Python says its own


def test_slips_leave_nothing(place, tmp_path):
    (tmp_path / "text.txt").write_text("a b\n")
    for words in (["seed", "=", "1"], ["train.epochs=0"], ["corpus=nothere"], ["hydra.job.chdir=true"], ["-x"]):
        assert command(place, *words, cwd=tmp_path).returncode == 2
    assert os.listdir(tmp_path) == ["text.txt"]


def test_a_flag_twice_and_one_path_where_a_list_may_stand(place, tmp_path):
    done = train(place, tmp_path / "run", f"eval.similarity={place / 'pairs.tsv'}", "eval.neighbors=w0")
    assert done.returncode == 0, done.stderr
    assert "pairs.spearman" in done.stdout
    done = command(place, "-m", "-m", "seed=1,2", "train.epochs=0", f"hydra.sweep.dir={tmp_path / 'sweep'}")
    assert done.stderr.count("train.epochs=0") == 2


def test_the_version_is_this_programs(place):
    done = command(place, "--version")
    assert done.returncode == 0
    assert done.stdout.startswith("jaxw2v ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["~model.dim"], "~model.dim: a setting cannot be taken out; leave the word out"),
        (["~model"], "~model: a section cannot be taken out"),
        (["optimizer={learning_rate:0.1}"], "this is a section; set its parts, optimizer.PART=VALUE"),
        (["model.dim=null"], "model.dim=null: this setting needs a value; give model.dim=VALUE"),
        (["model.dim=[50,100]"], "this is one value; several are a sweep, -m model.dim=50,100"),
    ],
)
def test_what_is_taken_out_or_no_single_value_is_refused_with_what_to_type(tmp_path, words, said):
    wrong(command(tmp_path, *words), said)


@pytest.mark.parametrize(("name", "meant"), [("trian", "train"), ("Evaluate", "evaluate"), ("--train", "train")])
def test_a_command_that_is_nearly_one_is_named(name, meant, capsys):
    assert commands.main([name]) == 2
    assert f"{name}: there is no such command; did you mean {meant}?" in capsys.readouterr().err
