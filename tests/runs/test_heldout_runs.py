"""Runs that hold out sentences: what they leave, that they train on nothing of it, and what a mistake gets."""

import json

import numpy as np
import pytest
from hydra import compose, initialize_config_dir

from jaxw2v.errors import InputError
from jaxw2v.launch import compose as hydra_settings
from jaxw2v.launch.places import CONF
from jaxw2v.launch.schema import to_config
from jaxw2v.runs import run
from jaxw2v.settings.config import Config
from jaxw2v.text import split as splits
from jaxw2v.vectors import formats
from tests.command_line import RECORD, REPOSITORY, SMALL, command


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """60 sentences of random words: nothing but themselves can be learned. Those held out end with a word more."""
    folder = tmp_path_factory.mktemp("aside")
    lines = [" ".join(f"w{w}" for w in line) for line in np.random.default_rng(2).integers(0, 200, (60, 20))]
    lines = [line + " secret" * int(aside) for line, aside in zip(lines, splits.chosen(0, 60, 0.2))]
    (folder / "text.txt").write_text("\n".join(lines) + "\n")
    return folder


def words_of(place, *words):
    return ["corpus=file", f"corpus.path={place / 'text.txt'}", *SMALL, "train.heldout_fraction=0.2", *words]


def make_config(place, *words) -> Config:
    hydra_settings.register()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return to_config(compose("config", words_of(place, f"cache={place}/cache", "train.replicas=1", *words)))


def train(place, folders, *words, seeds=(1,)) -> None:
    """Runs in this process, side by side if there are several."""
    configs = [make_config(place, *words, f"seed={seed}") for seed in seeds]
    for folder in folders:
        (folder / ".hydra").mkdir(parents=True, exist_ok=True)
        (folder / ".hydra" / "config.yaml").write_text(RECORD)
    here = {"repository": REPOSITORY, "say": print, "report": lambda _: None, "begun": lambda: None}
    for end in run.run(configs, folders, **here):
        if isinstance(end, Exception):
            raise end


def lines_of(folder) -> list[dict]:
    """The lines of metrics.jsonl, without times."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if "second" not in key} for line in lines]


def losses(folder) -> list[float]:
    return [line["heldout.loss"] for line in lines_of(folder) if "heldout.loss" in line]


@pytest.fixture(scope="module")
def trained(place):
    folder = place / "trained"
    much = [  # segments so small that an epoch has several rounds of two replicas
        "train.epochs=40",
        "model.dim=50",
        "optimizer.learning_rate=0.2",
        "heldout.method=expected",
        "figures=true",
        "train.segment_tokens=256",
    ]
    return folder, command(place, *words_of(place, *much, "eval.objective=heldout.loss"), f"hydra.run.dir={folder}")


def test_a_run_measures_after_each_epoch(trained):
    folder, done = trained
    assert done.returncode == 0, done.stderr
    result = json.loads((folder / "result.json").read_text())
    keys = {f"heldout.{key}" for key in ("loss", "positive", "noise", "pairs")}
    for epoch in range(1, 41):
        of_epoch = [line.keys() & keys for line in lines_of(folder) if line["epoch"] == epoch]
        assert len(of_epoch) > 1
        assert not any(of_epoch[:-1])
        assert of_epoch[-1] == keys
    assert result["heldout.loss"] == losses(folder)[-1]
    assert result["heldout.loss"] == pytest.approx(result["heldout.positive"] + 5 * result["heldout.noise"])
    assert f"{result['heldout.loss']:.4f} on sentences held out" in done.stdout
    assert f"{result['heldout.loss']:.4f} held out" in done.stdout
    aside = splits.chosen(0, 60, 0.2).sum()
    assert f"held out: {aside} of 60 sentences" in done.stdout
    assert result["corpus.raw_words"] == 1200 + aside  # of the whole text
    assert lines_of(folder)[-1]["total"] == pytest.approx(40 * 1200 * (1 - aside / 60), rel=0.01)


def test_a_model_that_learns_its_text_by_heart_is_found_out(trained):
    folder, _ = trained
    found = losses(folder)
    assert found[0] < 6 * np.log(2) + 0.1
    assert found[-1] > min(found) + 0.1
    assert found[-1] > json.loads((folder / "result.json").read_text())["loss"] + 0.5


def test_no_sentence_kept_aside_is_trained_on(place, trained):
    """Input rows move out of the range they start in, but for words that stand in no other sentence, as `secret`."""
    folder, _ = trained
    lines = (place / "text.txt").read_text().splitlines()
    left = {word for line, aside in zip(lines, splits.chosen(0, 60, 0.2)) if not aside for word in line.split()}
    table = formats.load(folder / "vectors.bin")
    moved = {word for word, row in zip(table.words, table.vectors_VD) if np.abs(row).max() > 0.5 / 50}
    assert moved == left & set(table.words)
    assert "secret" in set(table.words) - moved


def test_runs_side_by_side_are_measured_each(place, trained, tmp_path):
    alone, folders = tmp_path / "alone", [tmp_path / "one", tmp_path / "two"]
    train(place, [alone])
    train(place, folders, seeds=(2, 1))
    assert losses(folders[1]) == pytest.approx(losses(alone), rel=1e-5)
    assert losses(folders[0]) != pytest.approx(losses(alone), rel=1e-5)
    pairs = {lines_of(folder)[-1]["heldout.pairs"] for folder in (*folders, alone, trained[0])}
    assert len(pairs) == 1  # of other seeds, two replicas and other settings


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["heldout.method=drawn"], "choose one of fixed, expected"),
        (["heldout.samples=0"], "use 1 or more"),
        (["heldout.window=0"], "use 1 to 1000"),
        (["train.heldout_fraction=1"], r"train\.heldout_fraction=1.0: use a fraction"),
        (["train.heldout_fraction=-0.1"], "use a fraction"),
        (["model.objective=softmax"], r"train\.heldout_fraction=0 with model\.objective=softmax"),
        (["experiment=cbow"], r"train\.heldout_fraction=0 with model\.architecture=cbow"),
        (["baseline=svd"], r"train\.heldout_fraction=0 with baseline\.method=svd"),
        (
            ["train.heldout_fraction=0", "eval.objective=heldout.loss"],
            r"hold out sentences: train\.heldout_fraction=0\.01",
        ),
    ],
)
def test_settings_that_do_not_go_together(place, words, message):
    with pytest.raises(InputError, match=message):
        make_config(place, *words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train.heldout_fraction=1e-9"], "none is held out"),
        (["heldout.memory=1e-7"], r"heldout\.memory=1e-07: .*raise it"),
    ],
)
def test_mistakes_are_found_before_training(place, tmp_path, words, message):
    with pytest.raises(InputError, match=message):
        train(place, [tmp_path / "run"], *words)
    assert not list(tmp_path.rglob("metrics.jsonl"))
