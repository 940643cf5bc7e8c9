"""The sequential order as a run: it goes on from anywhere, is estimated, and refuses what it cannot do."""

import json

import jax
import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.runs import session, texts, walk
from jaxw2v.runs.program import Program
from jaxw2v.training.mesh import make_mesh
from jaxw2v.training.subsample import keep_probabilities
from tests.command_line import SMALL, command, train, without, wrong
from tests.configs import compose

SEQUENTIAL = ["train.order=sequential", "optimizer=sgd", "negatives.shared_by=pair"]
OF_STEPS = without(SMALL, "train.step_tokens", "train.chunk_tokens")


@pytest.fixture(scope="module")
def opened(place):
    words = ["vocab.min_count=2", "train.epochs=2", "model.dim=8", "train.segment_tokens=900", *SEQUENTIAL]
    config = compose(f"corpus.path={place / 'text.txt'}", f"cache={place / 'cache'}", *words)
    return config, texts.open_corpus(config, lambda line: None)[0]


def test_a_walk_is_the_same_wherever_it_begins(opened):
    config, corpus = opened
    program = Program([config], corpus, make_mesh(jax.devices("cpu")))
    assert len(program.rounds) == 16
    in_turn = [program.rounds.pieces(number) for number in range(16)]
    for number in (0, 5, 15, 7):
        again = Program([config], corpus, make_mesh(jax.devices("cpu"))).rounds.pieces(number)
        assert all(jax.tree.leaves(jax.tree.map(np.array_equal, again, in_turn[number])))
    count_V, subsample = corpus.vocabulary.count_V, config.subsample
    keep_V = keep_probabilities(count_V, subsample.threshold, subsample.formula).astype(np.float64)
    kept, deviation = sum(int(piece.kept[0]) for piece in in_turn), (2 * count_V * keep_V * (1 - keep_V)).sum() ** 0.5
    assert abs(kept - 2 * (count_V * keep_V).sum()) < 5 * deviation


def test_a_run_that_goes_on_leaves_the_same_rows(opened):
    config, corpus = opened
    whole, first, second = (Program([config], corpus, make_mesh(jax.devices("cpu"))) for _ in range(3))
    expected = whole.model(session.train(whole, session.begin(whole)).state, 0)
    state = session.begin(first)
    session.compile_for(first, state)
    tables = state.state
    for number in range(5):
        tables, _ = first.train_segment(number, tables)
    found = second.model(session.train(second, state._replace(done=5, state=tables)).state, 0)
    assert np.array_equal(found.input_VD, expected.input_VD)
    assert np.array_equal(found.output_VD, expected.output_VD)


@pytest.mark.parametrize("words", [[], ["model.freeze=input"], ["model.architecture=cbow", "model.pool=sum"]])
def test_the_mathematics_in_sequence(place, tmp_path, words):
    done = train(place, tmp_path / "run", *SEQUENTIAL, *words, small=OF_STEPS)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert 0 < result["loss"] < 6 * np.log(2)
    assert result["train.replicas"] is None


@pytest.mark.parametrize("name", ["paper", "word2vec_c", "gensim", "fasttext", "pword2vec"])
def test_every_bundle_trains_on_the_fast_path(place, tmp_path, name):
    done = train(place, tmp_path / "run", f"semantics={name}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "vectors.bin").read_bytes().count(b"</s> ") == (name in ("word2vec_c", "pword2vec"))


def test_an_estimate_grows_with_the_text_and_the_rows(opened):
    config, corpus = opened
    hours = walk.hours(config, corpus)
    assert 0 < hours < 0.01
    more = compose("train.epochs=4", "model.dim=8", *SEQUENTIAL)
    assert walk.hours(more, corpus) == pytest.approx(2 * hours)
    assert walk.hours(compose("train.epochs=2", "model.dim=80", *SEQUENTIAL), corpus) > 3 * hours


def test_a_run_of_hours_is_refused(place, tmp_path):
    done = train(place, tmp_path / "run", *SEQUENTIAL, "train.patience=1e-9", small=OF_STEPS)
    wrong(done, "train.order=sequential", "hours, and train.patience=1e-09", "train.order=step")


def test_a_population_has_no_sequence(place, tmp_path):
    words = [*without(OF_STEPS, "corpus"), *SEQUENTIAL, "-m", "seed=1,2", "launcher=population"]
    done = command(place, f"corpus.path={place / 'text.txt'}", *words, f"hydra.sweep.dir={tmp_path / 'sweep'}")
    assert done.returncode != 0
    assert "train.order=sequential: runs are trained one by one; choose launcher=basic" in done.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["train.order=sequential"], "optimizer.name=damped_sgd: train.order=sequential trains with"),
        ([*SEQUENTIAL, "train.replicas=2"], "train.replicas=2: train.order=sequential"),
        ([*SEQUENTIAL, "model.dtype=bfloat16"], "model.dtype=bfloat16: train.order=sequential"),
        ([*SEQUENTIAL, "model.tied=true"], "model.tied=True: train.order=sequential"),
        ([*SEQUENTIAL, "windows.removed=count"], "windows.removed=count: train.order=sequential"),
        (["train.order=sequential", "optimizer=sgd"], "negatives.shared_by=span: train.order=sequential"),
        ([*SEQUENTIAL, "model.objective=softmax"], "model.objective=softmax: not with train.order=sequential"),
        ([*SEQUENTIAL, "corpus=pairs"], "corpus.source=pairs: pairs have no order; use train.order=step"),
        (["negatives.equal=skip"], "negatives.shared_by=span: negatives.equal=skip needs negatives.shared_by=pair or"),
        (["negatives.equal=redraw", "negatives.shared_by=window"], "negatives.equal=redraw needs negatives"),
        (["negatives.sentence_end=uniform"], "only with vocab.sentence_end=true; use negatives.sentence_end=noise"),
        (["vocab.sentence_end=true", "phrases=npmi"], "phrases.method=npmi: not with vocab.sentence_end=true"),
        (["negatives.sampler=word2vec_c", "negatives.exponent=30"], "negatives.exponent=30.0: negatives.sampler"),
        (["model.sigmoid=tanh"], "model.sigmoid=tanh: choose one of exact"),
        (["subsample.max_sentence=1"], "subsample.max_sentence=1: use 2"),
        (["train.patience=0"], "train.patience=0.0: use a positive number of hours"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(words, expected):
    with pytest.raises(InputError) as refused:
        compose(*words)
    assert expected in str(refused.value)


def test_the_generator_of_the_c_program_needs_the_order(place, tmp_path):
    done = train(place, tmp_path / "run", "train.generator=word2vec_c")
    wrong(done, "train.generator=word2vec_c: not used with train.order=step; choose train.order=sequential")
