"""What a run is told apart by from one that shall continue it, or that shall stand beside it."""

import json
import os
import subprocess
import sys
from dataclasses import asdict

import pytest

from jaxw2v.checkpoints import environment, identity
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
    wrong(other, "software.jax_settings", "jax_default_prng_impl=threefry2x32", "rbg", "train.resume=anyway")
    assert checkpoints(folder) == before


def test_in_another_environment_a_run_goes_on_if_asked_to_and_its_result_says_so(place, stopped, monkeypatch):
    folder, words = stopped
    before = checkpoints(folder)
    monkeypatch.setattr(environment, "arithmetic", lambda: "fma")
    wrong(command(place, *words), "machine.arithmetic=", "there, none more here", "train.resume=anyway goes on")
    assert checkpoints(folder) == before
    done = command(place, *words, "train.resume=anyway")
    assert done.returncode == 0, done.stderr
    (said,) = json.loads((folder / "result.json").read_text())["resumed.anyway"]
    assert said.startswith("machine.arithmetic=")
    assert f", with {said}" in done.stdout + done.stderr


SHARED = {
    "corpus.sha256": "a" * 64, "corpus.raw_words": 9, "corpus.words": 8, "corpus.sentences": 2, "vocab.words": 3,
    "vocab.sha256": "b" * 64, "ids.sha256": "c" * 64, "device": "cpu", "code.version": "0.1.0", "code.sha256": "d" * 64,
    "software.numpy": "2.4.6", "software.jax": "0.10.2", "software.jaxlib": "0.10.2", "software.jax_settings": "x=1",
    "machine.cpu": "one", "machine.arithmetic": "avx avx2 avx512_bf16 fma",
}  # fmt: skip


def identity_of(*words: str, **changes):
    changes = {name.replace("__", "."): value for name, value in changes.items()}
    return identity.make_identity(compose(*words), None, SHARED | changes, 1)


@pytest.mark.parametrize(
    "changes",
    [{"machine__cpu": "two"}, {"software__numpy": "2.4.9"}, {"code__version": "0.2.0"},
     {"machine__arithmetic": "avx avx2 fma"}],
)  # fmt: skip
def test_what_changes_no_number_is_not_asked(changes, tmp_path):
    assert identity.refuse_another(identity_of(), identity_of(**changes), tmp_path, "auto") == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"software__numpy": "2.5.0"}, "software.numpy=2.4 there, 2.5 here"),
        ({"software__jax": "0.11.0"}, "software.jax=0.10.2 there, 0.11.0 here"),
        ({"software__jaxlib": "0.10.3"}, "software.jaxlib=0.10.2 there, 0.10.3 here"),
        ({"software__jax_settings": "x=2"}, "software.jax_settings=x=1 there, x=2 here"),
        ({"code__sha256": "e" * 64}, "code.sha256=dddddddddddd there, eeeeeeeeeeee here"),
        ({"machine__arithmetic": "avx avx2 avx512f fma"}, "machine.arithmetic=none more there, avx512f here"),
        ({"device": "a GPU"}, "device=cpu there, a GPU here"),
    ],
)
def test_what_may_change_numbers_is_named_and_goes_on_if_a_person_says_so(changes, said, tmp_path):
    there, here = identity_of(), identity_of(**changes)
    for resume in ("auto", "must"):
        with pytest.raises(InputError, match=r"may change its numbers.*train\.resume=anyway") as refused:
            identity.refuse_another(there, here, tmp_path, resume)
        assert said in str(refused.value)
    assert said in identity.refuse_another(there, here, tmp_path, "anyway")
    assert identity.digest(there) == identity.digest(here)  # the same run


def test_bfloat16_depends_on_instructions_of_its_own(tmp_path):
    words = ["model.dtype=bfloat16"]
    here = identity_of(*words, machine__arithmetic="avx avx2 fma")
    (said,) = identity.refuse_another(identity_of(*words), here, tmp_path, "anyway")
    assert said == "machine.arithmetic=avx512_bf16 there, none more here"


@pytest.mark.parametrize("words", [["model.dim=7"], ["seed=3"], ["train.epochs=9"]])
def test_another_run_is_none_to_go_on_from_whatever_a_person_says(words, tmp_path):
    with pytest.raises(InputError, match="unfinished run of something else") as refused:
        identity.refuse_another(identity_of(), identity_of(*words, software__jax="9"), tmp_path, "anyway")
    assert "software.jax" not in str(refused.value)
    assert identity.digest(identity_of()) != identity.digest(identity_of(*words))
    with pytest.raises(InputError, match=r"corpus\.sha256=aaaa"):
        identity.refuse_another(identity_of(), identity_of(corpus__sha256="f" * 64), tmp_path, "anyway")


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
