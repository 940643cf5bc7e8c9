"""The oracle: the vectors of the C program, to the last bit, and what becomes of them without each of its habits."""

import jax
import numpy as np
import pytest

from jaxw2v.runs import session, texts
from jaxw2v.runs.program import Program
from jaxw2v.training.mesh import make_mesh
from jaxw2v.vectors import formats
from tests.configs import compose
from tests.oracle import c_program

C_PROGRAM = ("semantics=word2vec_c", "train.order=sequential", "vocab.min_count=3")
RUNS = {  # the flags that each run of tests/oracle/README.md had
    "sgns": ("model.dim=16", "train.epochs=2"),
    "sgns-window8-dim20-nosub": ("model.dim=20", "train.epochs=2", "windows.window=8", "subsample.threshold=0"),
    "cbow": ("model.dim=16", "train.epochs=2", "model.architecture=cbow", "optimizer.learning_rate=0.05"),
    "hs": ("model.dim=16", "train.epochs=2", "model.objective=hierarchical_softmax"),
}


def train(place, path, *words):
    """The words and the input rows of a run."""
    config = compose(*C_PROGRAM, f"corpus.path={path}", f"cache={place / 'cache'}", *words)
    corpus, _ = texts.open_corpus(config, lambda line: None)
    program = Program([config], corpus, make_mesh(jax.devices("cpu")))
    state = session.train(program, session.begin(program))
    return corpus.vocabulary.words, np.asarray(program.model(state.state, 0).input_VD)


def units_in_the_last_place(ours, theirs):
    """How many float32 numbers stand between two."""
    bits = [array.view(np.int32).astype(np.int64) for array in (ours, theirs)]
    ordered = [np.where(each < 0, -(each & 0x7FFFFFFF), each) for each in bits]
    return np.abs(ordered[0] - ordered[1])


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the first 150 lines of the text, the last 50 of them in one."""
    folder = tmp_path_factory.mktemp("oracle")
    lines = c_program.CORPUS.read_text().splitlines()[:150]
    (folder / "short.txt").write_text("\n".join([*lines[:100], " ".join(lines[100:])]) + "\n")
    return folder


@pytest.mark.parametrize(("name", "pieces"), [(name, "null") for name in RUNS] + [("sgns", "4000"), ("cbow", "700")])
def test_the_vectors_of_the_c_program(place, name, pieces):
    words, input_VD = train(place, c_program.CORPUS, *RUNS[name], f"train.segment_tokens={pieces}")
    theirs = formats.load(c_program.HERE / f"{name}.bin")
    assert words == theirs.words
    assert units_in_the_last_place(input_VD, theirs.vectors_VD).max() == 0


FAST = ("optimizer.learning_rate=0.5",)  # products grow beyond 6
HABITS = [  # a habit turned off, and what both runs have besides
    ("corpus.max_sentence=20", ()),
    ("vocab.sentence_end=false negatives.sentence_end=noise", ()),
    ("subsample.formula=paper", ()),
    ("subsample.max_sentence=null", ()),
    ("windows.dynamic=false", ()),
    ("negatives.exponent=1", ()),
    ("negatives.sampler=exact", ()),
    ("negatives.sentence_end=noise", ()),
    ("negatives.equal=keep", ()),
    ("negatives.equal=redraw", ()),
    ("model.init_range=1", ()),
    ("model.init=uniform", ()),
    ("model.sigmoid=exact", ()),
    ("model.sigmoid=pword2vec", ()),
    ("model.sigmoid=fasttext", ()),
    ("model.beyond=exact", FAST),
    ("model.beyond=skip", FAST),
    ("model.beyond=saturate", ("optimizer.learning_rate=0.1", "model.objective=hierarchical_softmax")),
    ("model.pool=mean", ("model.architecture=cbow",)),
    ("model.input=center", ()),
    ("optimizer.schedule=linear", ("optimizer.refresh=1000",)),
    ("optimizer.refresh=0", ()),
    ("train.generator=philox", ()),
]


@pytest.fixture(scope="module")
def with_all(place):
    """The rows of a run with all habits, and some words besides."""
    found = {}

    def run(words):
        if words not in found:
            found[words] = train(place, place / "short.txt", "model.dim=8", "train.epochs=1", *words)[1]
        return found[words]

    return run


@pytest.mark.parametrize(("off", "words"), HABITS, ids=[off for off, _ in HABITS])
def test_without_a_habit_the_vectors_are_others(place, with_all, off, words):
    found = train(place, place / "short.txt", "model.dim=8", "train.epochs=1", *words, *off.split())[1]
    assert np.isfinite(found).all()
    assert not np.array_equal(found, with_all(words))
