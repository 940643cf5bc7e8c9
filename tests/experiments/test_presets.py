"""Every switch and every preset trains."""

import itertools
import json

import numpy as np
import pytest

from jaxw2v.vectors import formats
from tests.command_line import REPOSITORY, SMALL, command, train, without, wrong


@pytest.mark.parametrize(
    "words",
    [
        ["negatives.shared_by=pair", "optimizer=sgd", "windows.dynamic=false", "negatives.exponent=-0.5",
         "subsample.threshold=1e-2", "subsample.formula=paper"],
        ["negatives.shared_by=window", "optimizer=rowwise_adagrad", "model.freeze=input", "model.init_range=5",
         "model.input=context"],
        ["optimizer=adam", "optimizer.schedule=cosine", "optimizer.warmup=0.1"],
        ["model.architecture=cbow", "negatives.shared_by=pair", "negatives.k=0"],
        ["model.tied=true", "train.replicas=2", "optimizer=damped_sgd"],
        ["model.objective=softmax", "train.replicas=2", "optimizer=rowwise_adagrad", "model.input=context"],
    ],
)  # fmt: skip
def test_every_switch_trains(place, tmp_path, words):
    done = train(place, tmp_path / "run", *words)
    assert done.returncode == 0, done.stderr
    loss = json.loads((tmp_path / "run" / "result.json").read_text())["loss"]
    assert 0 < loss < 6 * np.log(2)


def test_a_vocabulary_that_is_given(place, tmp_path):
    (tmp_path / "vocabulary.txt").write_text("w3 50\nw1 40\nw2 5\n")
    given = f"vocab.path={tmp_path / 'vocabulary.txt'}"
    done = train(place, tmp_path / "run", given, small=without(SMALL, "vocab.min_count"))
    assert done.returncode == 0, done.stderr
    assert formats.load(tmp_path / "run" / "vectors.bin").words == ["w3", "w1", "w2"]


def test_pairs_of_words_and_contexts(place, tmp_path):
    words = [line.split() for line in (place / "text.txt").read_text().splitlines()]
    (tmp_path / "given.txt").write_text(
        "".join(f"{a} after_{b}\n" for line in words for a, b in itertools.pairwise(line))
    )
    given = ["corpus=pairs", f"corpus.path={tmp_path / 'given.txt'}", "negatives.shared_by=pair", *SMALL]
    every = ["vectors.matrices=[input,output]", f"hydra.run.dir={tmp_path / 'run'}"]
    done = command(place, *given, *every)
    assert done.returncode == 0, done.stderr
    vectors, contexts = (formats.load(tmp_path / "run" / f"{name}.bin") for name in ("vectors", "vectors-output"))
    assert {word[:6] for word in contexts.words} == {"after_"}
    assert not any(word.startswith("after_") for word in vectors.words)
    assert len((tmp_path / "run" / "vocabulary-contexts.txt").read_text().splitlines()) == len(contexts.words) == 20
    (tmp_path / "given.txt").write_text("w0 w1\nw2\n")
    wrong(command(place, *given, f"hydra.run.dir={tmp_path / 'broken'}"), "given.txt, line 2", "1 column")
    wrong(command(place, *given, "model.tied=true", f"hydra.run.dir={tmp_path / 'tied'}"), "model.tied=True")


PRESETS = {path.stem for path in (REPOSITORY / "conf/experiment").glob("*.yaml")}
IN_SWEEPS = {"sgns", "cbow", "hierarchical_softmax", "ppmi", "svd"}  # these are run by test_sweeps.py
ELSEWHERE = {"factorization"}  # by test_convergence.py: it is for vectors as long as there are words


@pytest.mark.parametrize("preset", sorted(PRESETS - IN_SWEEPS - ELSEWHERE))
def test_every_preset_trains(place, tmp_path, preset):
    done = train(place, tmp_path / "run", f"experiment={preset}")
    assert done.returncode == 0, done.stderr
