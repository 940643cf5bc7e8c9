"""What a Python program may give as settings and as a text, and what it is told of the rest."""

import threading
from pathlib import Path

import jax
import numpy as np
import pandas
import pytest

import jaxw2v
from jaxw2v.errors import InputError

SENTENCES = [line.split() for line in ("the cat sat on a mat", "the dog sat by a cat")] * 30
SMALL = {
    "model.dim": 8, "train.epochs": 1, "train.replicas": 1, "vocab.min_count": 1, "subsample.threshold": 0,
    "train.step_tokens": 64, "train.chunk_tokens": 256,
}  # fmt: skip


@pytest.fixture(autouse=True)
def as_in_a_program(tmp_path, monkeypatch):
    """In an empty folder, with JAX's promotion rules as a user has them."""
    monkeypatch.setenv("JAXW2V_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


@pytest.mark.parametrize(
    ("settings", "section", "name", "value"),
    [
        ({"model": {"dim": 50}}, "model", "dim", 50),
        ({"model.dim": np.int64(50)}, "model", "dim", 50),
        ({"model.dim": np.array(50)}, "model", "dim", 50),
        ({"optimizer.learning_rate": np.float32(0.5)}, "optimizer", "learning_rate", 0.5),
        ({"vectors.formats": ("bin", "txt")}, "vectors", "formats", ["bin", "txt"]),
        ({"vectors.formats": np.array(["bin", "txt"])}, "vectors", "formats", ["bin", "txt"]),
        ({"vectors": {"formats": "txt"}}, "vectors", "formats", ["txt"]),
        ({"optimizer": "adam", "optimizer.options": {"b1": 0.8}}, "optimizer", "options", {"b1": 0.8}),
        ({"optimizer": "adam", "+optimizer.options.b1": 0.8}, "optimizer", "options", {"b1": 0.8}),
        (
            {"optimizer": {"name": "optax", "learning_rate": 0.01, "options": {"b1": 0.8}}},
            "optimizer",
            "options",
            {"b1": 0.8},
        ),
    ],
)
def test_settings_are_nested_or_flat_and_numpys_values_are_values(settings, section, name, value):
    composed = jaxw2v.compose(SENTENCES, settings=settings)
    assert getattr(getattr(composed, section), name) == value


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["model.dim=5"], "give a dict, such as settings={'model.dim': 50}"),
        ("model.dim=5", "give a dict"),
        ({5: 3}, "settings: 5 is no name"),
        ({"": 3}, "settings: '' is no name"),
        ({"model.dim": None}, "model.dim=null: this setting needs a value"),
        ({"seed": [1, 2]}, r"seed=\[1, 2\]: this is one value; several are a sweep, .*jaxw2v.sweep"),
        ({"model": {"dims": 3}}, "model.dims: there is no such setting; did you mean model.dim?"),
        ({"model": {"pool": "sum"}}, "model.pool=sum: not used with model.architecture=skipgram"),
        ({"corpus": {"path": "x.txt"}}, "corpus.path=x.txt: the sentences are the text"),
        ({"++corpus.path": "x.txt"}, "the sentences are the text"),
        ({"hydra.mode": "MULTIRUN"}, "hydra.mode=MULTIRUN: this is a sweep; call jaxw2v.sweep"),
        ({"sweep": "k"}, "sweep=k: this is a sweep; call jaxw2v.sweep"),
    ],
)
def test_settings_that_are_none_are_refused_in_a_line(settings, said):
    with pytest.raises(InputError, match=said):
        jaxw2v.train(SENTENCES, settings=settings)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([None], "'None': give sentences"),
        ([None, "seed=1"], "'None': give sentences"),
        ([pandas.DataFrame({"text": ["a b"]})], "DataFrame: give one of its columns"),
        (["experiment=quick", SENTENCES], "sentences come first"),
        ([SENTENCES, "corpus={path:x.txt}"], "the sentences are the text"),
        ([Path("text.txt"), "corpus.path=other.txt"], "corpus.path=other.txt: the path is the text"),
    ],
)
def test_a_text_that_is_none_or_stands_beside_another_is_refused(given, said):
    for door in (jaxw2v.train, jaxw2v.sweep):
        with pytest.raises(InputError, match=said):
            door(*given)


def test_a_column_of_a_table_and_arrays_are_sentences():
    paths = {
        jaxw2v.compose(sentences, settings=SMALL).corpus.path
        for sentences in (
            SENTENCES,
            pandas.Series([" ".join(words) for words in SENTENCES]),
            pandas.DataFrame({"words": SENTENCES})["words"],
            np.array(SENTENCES),
            (iter(words) for words in SENTENCES),
        )
    }
    assert len(paths) == 1


def test_the_folder_is_the_one_that_is_meant(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    run = jaxw2v.train(SENTENCES, settings=SMALL | {"hydra.run.dir": "~/run"})
    assert run.folder == tmp_path / "home" / "run"
    assert (run.folder / "vectors.bin").exists()
    with pytest.raises(InputError, match=r"hydra\.run\.dir=one: folder= names the folder, too; give one of them"):
        jaxw2v.train(SENTENCES, "hydra.run.dir=one", settings=SMALL, folder="two")
    with pytest.raises(InputError, match=r"hydra\.sweep\.dir=one: folder= names the folder, too"):
        jaxw2v.sweep(SENTENCES, "hydra.sweep.dir=one", settings=SMALL, folder="two")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file: File exists; choose another hydra\.run\.dir"):
        jaxw2v.train(SENTENCES, settings=SMALL, folder="file")
    with pytest.raises(InputError, match=r"give a file in it, such as .*/run/vectors\.bin"):
        jaxw2v.load(run.folder)


def test_values_that_a_sweep_varies_are_lists_ranges_arrays_and_may_be_nested():
    results = jaxw2v.sweep(SENTENCES, settings=SMALL | {"seed": range(1, 3), "train": {"epochs": np.array([1])}})
    assert sorted(results["seed"]) == [1, 2]
    assert "seed" in results
    assert "negatives.k" not in results
    assert list(results) == list(results.frame.columns)
    with pytest.raises(InputError, match=r"seed=\[\]: there is no value; give one or more"):
        jaxw2v.sweep(SENTENCES, settings=SMALL | {"seed": []})


def test_sweeps_of_two_threads_wait_for_each_other():
    found = []

    def sweep(first):
        try:
            found.append(len(jaxw2v.sweep(SENTENCES, settings=SMALL | {"seed": [first, first + 1]})))
        except Exception as error:
            found.append(error)

    threads = [threading.Thread(target=sweep, args=(first,)) for first in (1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2, 2]


def test_jobs_in_other_processes_are_as_quiet_as_the_call(capfd):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    jaxw2v.sweep(SENTENCES, "launcher=joblib", settings=SMALL | {"seed": [1, 2]})
    assert not capfd.readouterr().out
