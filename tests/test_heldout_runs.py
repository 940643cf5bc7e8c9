"""Runs that keep sentences aside: what they leave, that they train on nothing of it, and what a mistake gets."""

import json

import numpy as np
import pytest
from command_line import REPOSITORY, SMALL, command
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from experiments import settings as hydra_settings
from jaxw2v import run
from jaxw2v.config import Config
from jaxw2v.errors import InputError
from jaxw2v.text import heldout as kept_aside
from jaxw2v.vectors import formats


class Stopped(Exception):
    """The run is cut off."""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """6,000 words in which words 2i and 2i + 1 stand together; the sentences kept aside end with one more."""
    folder = tmp_path_factory.mktemp("aside")
    pairs = np.random.default_rng(0).integers(0, 10, (600, 5))
    lines = [" ".join(f"w{2 * p} w{2 * p + 1}" for p in line) for line in pairs]
    aside = kept_aside.chosen(0, len(lines), 0.1)
    lines = [line + " secret" if own else line for line, own in zip(lines, aside)]
    (folder / "text.txt").write_text("\n".join(lines) + "\n")
    return folder


def words_of(place, *words):
    return ["corpus=file", f"corpus.path={place / 'text.txt'}", *SMALL, "train.heldout=0.1", *words]


def make_config(place, *words) -> Config:
    hydra_settings._register()
    with initialize_config_dir(str(REPOSITORY / "conf"), version_base="1.3"):
        return OmegaConf.to_object(
            compose("config", words_of(place, f"cache={place}/cache", "train.replicas=1", *words))
        )


def train(place, folders, *words, seeds=(1,), stop_after=None) -> list[dict]:
    """Runs in this process, side by side if there are several; the results."""
    configs = [make_config(place, *words, f"seed={seed}") for seed in seeds]
    for folder in folders:
        (folder / ".hydra").mkdir(parents=True, exist_ok=True)
        (folder / ".hydra" / "config.yaml").touch()
    said, reports = [], []

    def report(progress):
        reports.append(progress)
        if len(reports) == stop_after:
            raise Stopped

    ends = run.run(configs, folders, repository=REPOSITORY, say=said.append, report=report, begun=lambda: None)
    for end in ends:
        if isinstance(end, Exception):
            raise end
    return [json.loads((folder / "result.json").read_text()) for folder in folders]


def lines_of(folder) -> list[dict]:
    """The lines of metrics.jsonl, without times."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if "second" not in key} for line in lines]


def losses(folder) -> list[float]:
    return [line["heldout.loss"] for line in lines_of(folder) if "heldout.loss" in line]


def largest(folder) -> dict[str, float]:
    table = formats.load(folder / "vectors.bin")
    return {word: float(np.abs(row).max()) for word, row in zip(table.words, table.vectors_VD)}


@pytest.fixture(scope="module")
def trained(place):
    folder = place / "trained"
    return folder, command(place, *words_of(place, "eval.score=heldout.loss"), f"hydra.run.dir={folder}")


def test_a_run_measures_after_each_epoch(trained):
    folder, done = trained
    assert done.returncode == 0, done.stderr
    result = json.loads((folder / "result.json").read_text())
    keys = {f"heldout.{key}" for key in ("loss", "positive", "noise", "pairs")}
    for epoch in (1, 2):
        of_epoch = [line.keys() & keys for line in lines_of(folder) if line["epoch"] == epoch]
        assert not any(of_epoch[:-1])
        assert of_epoch[-1] == keys
    assert 0 < result["heldout.loss"] == losses(folder)[-1] < 6 * np.log(2)
    assert result["heldout.loss"] == pytest.approx(result["heldout.positive"] + 5 * result["heldout.noise"])
    assert f"{result['heldout.loss']:.4f} on sentences kept aside" in done.stdout
    assert f"{result['heldout.loss']:.4f} kept aside" in done.stdout
    aside = kept_aside.chosen(0, 600, 0.1).sum()
    assert f"kept aside: {aside} of 600 sentences" in done.stdout
    assert result["corpus.words"] == 6000 + aside  # of the whole text
    assert lines_of(folder)[-1]["total"] == pytest.approx(2 * 6000 * (1 - aside / 600), abs=2)


def test_no_sentence_kept_aside_is_trained_on(trained):
    """`secret` stands nowhere else: no update could have moved its input row out of the range it starts in."""
    folder, _ = trained
    start = 0.5 / 8
    rows = largest(folder)
    assert rows.pop("secret") <= start < min(rows.values())


@pytest.fixture(scope="module")
def whole(place):
    folder = place / "whole"
    train(place, [folder])
    return folder


def test_a_run_that_was_cut_off_leaves_the_lines_and_bytes_of_one_that_was_not(place, whole, tmp_path):
    words = ["train.checkpoint_every=1", "train.checkpoint_unit=segments"]
    half = len(lines_of(whole)) // 2  # after the first epoch's end
    with pytest.raises(Stopped):
        train(place, [tmp_path], *words, stop_after=half + 1)
    with pytest.raises(InputError, match=r"train\.heldout=0\.1 there, 0\.2 here"):
        train(place, [tmp_path], *words, "train.heldout=0.2")
    (result,) = train(place, [tmp_path], *words)
    assert result["restarts"] == 1
    assert lines_of(tmp_path) == lines_of(whole)
    assert (tmp_path / "vectors.bin").read_bytes() == (whole / "vectors.bin").read_bytes()


def test_runs_side_by_side_are_measured_each(trained, place, whole, tmp_path):
    folders = [tmp_path / "one", tmp_path / "two"]
    train(place, folders, seeds=(2, 1))
    assert losses(folders[1]) == pytest.approx(losses(whole), rel=1e-5)
    assert losses(folders[0]) != pytest.approx(losses(whole), rel=1e-3)
    pairs = {lines_of(folder)[-1]["heldout.pairs"] for folder in (*folders, whole, trained[0])}
    assert len(pairs) == 1  # of other seeds, and of two replicas


def test_a_model_that_learns_its_text_by_heart_is_found_out(tmp_path):
    """Sentences of random words: there is nothing to learn but the sentences themselves."""
    words = np.random.default_rng(2).integers(0, 200, (60, 20))
    (tmp_path / "text.txt").write_text("\n".join(" ".join(f"w{w}" for w in line) for line in words))
    many = ["train.heldout=0.2", "train.epochs=40", "model.dim=50", "vocab.min_count=1", "heldout.method=expected"]
    (result,) = train(tmp_path, [tmp_path / "run"], *many, "optimizer.rate=0.2")
    assert result["loss"] + 0.5 < result["heldout.loss"]
    assert result["heldout.loss"] > min(losses(tmp_path / "run")) + 0.1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["heldout.method=drawn"], "choose one of fixed, expected"),
        (["heldout.draws=0"], "use 1 or more"),
        (["heldout.window=0"], "use 1 to 1000"),
        (["train.heldout=1"], r"train\.heldout=1.0: use a share"),
        (["train.heldout=-0.1"], "use a share"),
        (["model.objective=softmax"], r"train\.heldout=0 with model\.objective=softmax"),
        (["experiment=cbow"], r"train\.heldout=0 with model\.architecture=cbow"),
        (["factorise=svd"], r"train\.heldout=0 with factorise\.method=svd"),
        (["train.heldout=0", "eval.score=heldout.loss"], r"keep sentences aside: train\.heldout=0\.01"),
    ],
)
def test_settings_that_do_not_go_together(place, words, message):
    with pytest.raises(InputError, match=message):
        make_config(place, *words)


@pytest.mark.parametrize(
    ("words", "message"),
    [(["train.heldout=1e-9"], "none is kept aside"), (["heldout.memory=1e-7"], r"heldout\.memory=1e-07: .*raise it")],
)
def test_mistakes_are_found_before_training(place, tmp_path, words, message):
    with pytest.raises(InputError, match=message):
        train(place, [tmp_path / "run"], *words)
    assert not list(tmp_path.rglob("metrics.jsonl"))
