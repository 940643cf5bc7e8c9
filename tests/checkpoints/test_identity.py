"""What a run is told apart by from one that shall continue it, or that shall stand beside it."""

import json
import os
import subprocess
import sys
from dataclasses import asdict

import pytest

from jaxw2v.checkpoints import identity
from jaxw2v.errors import InputError
from jaxw2v.files import results
from tests.command_line import COUNTED, REPOSITORY, command, sweep_words, train, variables, without, wrong
from tests.configs import compose

EVERY = ["train.checkpoint_every=1", "train.checkpoint_unit=segments", "train.epochs=12"]


@pytest.fixture
def stopped(place, tmp_path):
    """The folder of a run that was killed after a checkpoint, and its words."""
    folder = tmp_path / "run"
    words = ["corpus=file", f"corpus.path={place / 'text.txt'}", *sweep_words(place, folder)[3:-1], *EVERY]
    words.append(f"hydra.run.dir={folder}")
    line = [sys.executable, "-m", "experiments.train", *words]
    environment = os.environ | variables(place)
    with subprocess.Popen(line, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE) as process:
        while process.poll() is None and not list(folder.glob("checkpoint-*")):
            pass
        process.kill()
    assert not (folder / "result.json").exists()
    return folder, words


def checkpoints(folder) -> dict:
    return {path.name: path.read_bytes() for path in folder.glob("checkpoint-*")}


def test_counting_does_not_take_over_what_was_trained_nor_other_settings_of_jax(place, stopped):
    folder, words = stopped
    before = checkpoints(folder)
    assert before
    counted = [word for word in words if word in COUNTED or word.startswith(("corpus", "hydra"))]
    wrong(command(place, *counted, "baseline=svd"), "baseline.method=none there, svd here")
    other = subprocess.run(
        [sys.executable, "-m", "experiments.train", *words], cwd=REPOSITORY, capture_output=True, text=True,
        env=os.environ | variables(place, JAX_DEFAULT_PRNG_IMPL="rbg"), check=False,
    )  # fmt: skip
    wrong(other, "software.jax_settings", "jax_default_prng_impl=threefry2x32", "rbg")
    assert checkpoints(folder) == before


def test_two_lists_of_files_with_the_same_bytes_and_other_sentences(place, tmp_path):
    words = (place / "text.txt").read_text().split()
    for name, cut in ("x", 2000), ("y", 2100):
        (tmp_path / f"{name}1.txt").write_text(" ".join(words[:cut]) + " ")
        (tmp_path / f"{name}2.txt").write_text(" ".join(words[cut:]) + " ")
    hashes = []
    for name in "xy":
        text = f"corpus.path=[{tmp_path}/{name}1.txt,{tmp_path}/{name}2.txt]"
        done = train(place, tmp_path / name, text, "corpus.max_sentence=null")
        assert done.returncode == 0, done.stderr
        hashes.append(json.loads((tmp_path / name / "result.json").read_text()))
    assert hashes[0]["corpus.sha256"] == hashes[1]["corpus.sha256"]
    assert hashes[0]["corpus.sentences"] == hashes[1]["corpus.sentences"]
    assert hashes[0]["ids.sha256"] != hashes[1]["ids.sha256"]


def test_a_sweep_is_of_one_text_one_vocabulary_and_one_program(place, tmp_path):
    text, counts = tmp_path / "text.txt", tmp_path / "counts.txt"
    text.write_bytes((place / "text.txt").read_bytes())
    counts.write_text("".join(f"w{i} {50 - i}\n" for i in range(12)))
    small = without(sweep_words(place, tmp_path / "sweep"), "vocab.min_count")
    words = [*small, f"corpus.path={text}", f"vocab.path={counts}", "-m"]
    done = command(place, *words, "seed=1,2")
    assert done.returncode == 0, done.stderr

    def refused(what):
        done = command(place, *words, "seed=1,2,3")
        assert done.returncode == 2
        assert f"was trained with another {what}" in done.stderr
        assert "hydra.sweep.dir" in done.stderr
        assert not (tmp_path / "sweep" / "seed=3" / "metrics.jsonl").exists()

    text.write_text(text.read_text() + "w1 w2 w3\n")
    refused("text (corpus.sha256=")
    text.write_bytes((place / "text.txt").read_bytes())
    counts.write_text(counts.read_text() + "w13 1\n")
    refused("vocabulary (vocab.sha256=")
    counts.write_text("".join(f"w{i} {50 - i}\n" for i in range(12)))
    results = {path: json.loads(path.read_text()) for path in (tmp_path / "sweep").glob("*/result.json")}
    assert len(results) == 2
    for path, result in results.items():
        path.write_text(json.dumps(result | {"code.sha256": "0" * 64}))
    refused("version of this program (code.sha256=000000000000")
    for path, result in results.items():
        path.write_text(json.dumps(result))
    done = command(place, *words, "seed=1,2,3")
    assert done.returncode == 0, done.stderr


def test_a_sweep_over_phrases_is_of_several_texts(tmp_path):
    plain, joined = compose(), compose("phrases=npmi")
    shared = {"vocab.sha256": "v" * 64, "code.sha256": "c" * 64}
    finished = results.flatten(asdict(plain)) | shared | {"corpus.sha256": "a" * 64, "seconds.total": 1.0}
    results.write_result(tmp_path / "result.json", finished)
    other = shared | {"corpus.sha256": "b" * 64}
    identity.refuse_mixture(joined, other, [tmp_path / "result.json"])  # other phrases, another text
    with pytest.raises(InputError, match=r"trained with another text \(corpus\.sha256=aaaaaaaaaaaa there, bbbb"):
        identity.refuse_mixture(plain, other, [tmp_path / "result.json"])
