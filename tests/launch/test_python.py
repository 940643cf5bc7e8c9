"""What a Python program trains is what the command trains."""

import gc
import os
import subprocess
import sys

import jax
import numpy as np
import pytest

import jaxw2v
from jaxw2v.errors import InputError
from jaxw2v.study import marginals
from tests.command_line import REPOSITORY, command

TEXT = "the cat sat on the mat\nthe dog sat on the rug\na cat and a dog ran\n" * 40
SMALL = (
    "model.dim=8", "train.epochs=2", "vocab.min_count=1", "train.segment_tokens=2000", "train.step_tokens=64",
    "train.chunk_tokens=256", "optimizer.learning_rate=0.01",
)  # fmt: skip


@pytest.fixture(autouse=True)
def as_in_a_program():
    """JAX's promotion rules as a user has them."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


@pytest.fixture
def text(tmp_path, monkeypatch):
    monkeypatch.setenv("JAXW2V_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    return f"corpus.path={path}"


def test_importing_it_costs_nothing():
    line = (
        "import sys, jaxw2v; jaxw2v.load; print([name for name in ('jax', 'hydra', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", line], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert set(jaxw2v.__all__) <= set(dir(jaxw2v))
    with pytest.raises(AttributeError, match="no attribute 'Word2Vec'; it has train, sweep"):
        jaxw2v.Word2Vec  # noqa: B018


def test_a_run_has_both_matrices_what_was_reported_and_the_result(text, capfd):
    run = jaxw2v.train("corpus=file", text, *SMALL)
    assert run.vectors.words[0] == "the"
    assert run.vectors.matrix.shape == run.outputs.matrix.shape == (10, 8)
    assert run.vectors.matrix.any()
    assert run.outputs.matrix.any()
    assert run.metrics[-1]["epoch"] == 2
    assert run.result["loss"] == pytest.approx(run.metrics[-1]["loss"])
    assert {"vectors.bin", "vectors-output.bin", "result.json"} <= {path.name for path in run.folder.iterdir()}
    assert repr(run) == f"<run of 10 words, 8 dimensions, in {run.folder}>"
    assert not any(capfd.readouterr())


def test_either_door_gives_the_same_bytes(text, tmp_path):
    words = ["corpus=file", text, *SMALL, "seed=3"]
    done = command(tmp_path, *words, f"hydra.run.dir={tmp_path / 'out'}")
    assert done.returncode == 0, done.stderr
    of_a_file = jaxw2v.train(*words)
    of_words = jaxw2v.train((line.split() for line in TEXT.splitlines()), *SMALL, settings={"seed": 3})
    of_lines = jaxw2v.train(TEXT.splitlines(keepends=True), *SMALL, settings={"seed": 3})
    expected = (tmp_path / "out" / "vectors.bin").read_bytes()
    for run in (of_a_file, of_words, of_lines):
        assert (run.folder / "vectors.bin").read_bytes() == expected
    np.testing.assert_array_equal(jaxw2v.load(tmp_path / "out" / "vectors.bin").matrix, of_words.vectors.matrix)
    assert of_words.result["corpus.sha256"] == of_a_file.result["corpus.sha256"]


def test_a_folder_of_the_callers_stays_and_another_goes_with_the_run(text, tmp_path):
    kept = jaxw2v.train("corpus=file", text, *SMALL, folder=tmp_path / "kept")
    named = jaxw2v.train("corpus=file", text, *SMALL, f"hydra.run.dir={tmp_path / 'named'}")
    gone = jaxw2v.train("corpus=file", text, *SMALL)
    folders = kept.folder, named.folder, gone.folder
    assert folders[:2] == (tmp_path / "kept", tmp_path / "named")
    del kept, named, gone
    gc.collect()
    assert [folder.exists() for folder in folders] == [True, True, False]
    with pytest.raises(InputError, match=r"kept.*result"):  # as the command: a result is not overwritten
        jaxw2v.train("corpus=file", text, *SMALL, folder=tmp_path / "kept")


@pytest.mark.parametrize("model", ["model.tied=true", "model.objective=hierarchical_softmax"])
def test_a_model_of_one_matrix_of_words_has_no_outputs(text, model):
    assert jaxw2v.train("corpus=file", text, "model.dim=8", "vocab.min_count=1", model).outputs is None


def test_counting_has_matrices_and_no_reports(text):
    run = jaxw2v.train("corpus=file", text, "vocab.min_count=1", "baseline=svd", "model.dim=3")
    assert run.outputs.matrix.shape == (10, 3)
    assert run.metrics == []


def test_only_the_matrices_that_were_asked_for(text):
    run = jaxw2v.train("corpus=file", text, *SMALL, "vectors.matrices=[output]")
    assert run.vectors.matrix.shape == (10, 8)
    run = jaxw2v.train("corpus=file", text, *SMALL, "vectors.matrices=[input]")
    assert run.outputs is None


def test_its_corpus_and_its_settings(text):
    config = jaxw2v.compose("corpus=file", text, *SMALL, "negatives.k=3")
    assert config.negatives.k == 3
    assert jaxw2v.read_corpus(config).raw_words == len(TEXT.split())
    with pytest.raises(InputError, match=r"negatives\.k"):
        jaxw2v.compose("negatives.k=-1")


def test_presets_of_the_users(text, tmp_path):
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    (tmp_path / "conf" / "experiment" / "mine.yaml").write_text("# @package _global_\nnegatives:\n  k: 7\n")
    config = jaxw2v.compose("corpus=file", text, "experiment=mine", config_dir=tmp_path / "conf")
    assert config.negatives.k == 7
    with pytest.raises(InputError, match=r"config_dir=.*nothing: there is no such folder"):
        jaxw2v.compose("experiment=mine", config_dir=tmp_path / "nothing")


def test_a_sweep_is_a_table_and_a_group(text, tmp_path, capfd):
    values = {"negatives.k": [2, 5], "seed": [1, 2]}
    results = jaxw2v.sweep("corpus=file", text, *SMALL, settings=values, folder=tmp_path / "sweep")
    assert list(results["negatives.k"]) == [2, 2, 5, 5]
    assert list(results.groupby("negatives.k")["seed"].sum()) == [3, 3]
    assert len(results) == 4
    assert "negatives.k" in results._repr_html_()
    assert results.group.varied == ["negatives.k"]
    assert set(marginals.curve(results.group, "negatives.k", "loss")) == {2, 5}
    alone = jaxw2v.train("corpus=file", text, *SMALL, "negatives.k=5", "seed=2")
    one = results["folder"][3]
    assert (alone.folder / "vectors.bin").read_bytes() == (one / "vectors.bin").read_bytes()
    before = (one / "result.json").stat().st_mtime_ns
    again = jaxw2v.sweep(
        "corpus=file", text, *SMALL, settings=values, folder=tmp_path / "sweep"
    )  # nothing is left to do
    assert again.frame.equals(results.frame)
    assert (one / "result.json").stat().st_mtime_ns == before
    assert not any(capfd.readouterr())


def test_a_sweep_in_one_program_and_its_folder(text):
    words = ("corpus=file", text, *SMALL, "negatives.exponent=0,0.75", "seed=1,2", "train.replicas=1")
    results = jaxw2v.sweep(*words, "launcher=population")
    assert [setting.values for setting in results.group.configurations] == [(0,), (0.75,)]
    assert len({run.result["loss"] for run in results.group.runs}) == 4
    folder = results.folder
    del results
    gc.collect()
    assert not folder.exists()


def test_jobs_that_fail_are_named(text, tmp_path):
    with pytest.raises(InputError, match="1 job failed") as caught:
        jaxw2v.sweep("corpus=file", text, *SMALL, "seed=1,-2", folder=tmp_path / "sweep")
    assert caught.value.__notes__ == ["job 2 of 2, seed=-2, failed: seed=-2: use 0 to 4294967295"]
    assert (tmp_path / "sweep" / "seed=1" / "result.json").exists()


def test_verbose_says_what_the_command_says(text, capfd):
    jaxw2v.train("corpus=file", text, *SMALL, verbose=True)
    said = capfd.readouterr().out
    assert said.startswith("reading the corpus\ncorpus: 720 words")
    assert "\ntrained in " in said
    assert "vectors.bin" in said.splitlines()[-1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("text.txt",), "'text.txt': give NAME=VALUE, such as corpus.path=FILE"),
        (("-m", "seed=1"), "-m: a flag of the command"),
        ((3,), "'3': give sentences"),
        ((b"the cat",), "give sentences"),
        (("seed=1", {"model.dim": 3}), "give settings as NAME=VALUE or in settings="),
        (([],), "the sentences: there are none"),
        (([["the", "cat"], ["new york"]],), "sentence 2: the word 'new york' has white space"),
        (([["the", ""]],), "sentence 1: the word '' is empty"),
        (([["the", 3]],), "sentence 1: the word '3' is no str"),
        ((["the cat", 3],), "sentence 2: '3' is neither a line of text nor a list of words"),
        ((["a \ud800 b"],), "sentence 1: .* is not Unicode text"),
        ((["a b"], "corpus=docstrings"), "corpus=docstrings: the sentences are the text"),
        ((["a b"], "corpus.path=x.txt"), "corpus.path=x.txt: the sentences are the text"),
        ((iter([]), "windows.window=0"), "windows.window=0: use 1 to 1000"),
    ],
)
def test_what_is_neither_settings_nor_sentences(tmp_path, monkeypatch, given, message):
    monkeypatch.setenv("JAXW2V_CACHE", str(tmp_path / "cache"))
    with pytest.raises(InputError, match=message):
        jaxw2v.train(*given)
    assert not list((tmp_path / "cache").glob("sentences*"))


def test_sentences_are_read_once_and_an_error_of_theirs_is_theirs(tmp_path, monkeypatch):
    monkeypatch.setenv("JAXW2V_CACHE", str(tmp_path / "cache"))

    def broken():
        yield "the cat"
        raise OSError("the disk is gone")

    with pytest.raises(InputError, match=r"the sentences: reading them failed \(the disk is gone"):
        jaxw2v.train(broken(), *SMALL)

    def stopped():
        yield "the cat"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        jaxw2v.train(stopped(), *SMALL)
    assert not list((tmp_path / "cache").iterdir())


def test_a_loss_above_that_of_zeros_is_a_warning(text):
    with pytest.warns(UserWarning, match="above that of vectors of zeros"):
        jaxw2v.train("corpus=file", text, *SMALL[:4], "subsample.threshold=0.1")


def test_inside_a_program_of_hydra(text, tmp_path):
    program = tmp_path / "app.py"
    program.write_text(
        "import hydra, jaxw2v\n"
        "from hydra.core.hydra_config import HydraConfig\n"
        "@hydra.main(version_base='1.3', config_path=None)\n"
        "def app(config):\n"
        f"    run = jaxw2v.train('corpus=file', {text!r}, *{SMALL!r})\n"
        f"    sweep = jaxw2v.sweep('corpus=file', {text!r}, *{SMALL!r}, 'seed=1,2')\n"
        "    print(len(run.vectors.words), len(sweep), HydraConfig.get().job.name)\n"
        "app()\n"
    )
    done = subprocess.run(
        [sys.executable, str(program)], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.endswith("\n10 2 app\n"), done.stderr  # before it what JAX logs, as Hydra has set logging up
