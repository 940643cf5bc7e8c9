"""gensim's own draws beside those of semantics=gensim: how often each pair of words is trained on, in distribution.

gensim draws inside its compiled loop. What it drew is read off the output rows: input rows are the unit vectors, so
that each input word has a column of its own; all products are in the middle of one bin of the sigmoid's table, and the
learning rate is so small that they stay there. Then an output row moves by (1 - s) P - s N learning rates in the column
of an input word, where s is the value of that bin and the pair was P times observed and N times noise: small whole
numbers, which follow from the sum.
"""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from jaxw2v.runs import texts, trainers
from jaxw2v.training import layout
from jaxw2v.training.model import Model
from jaxw2v.training.rules import make_rules
from jaxw2v.training.segment import State
from jaxw2v.training.sigmoids import make_table
from tests.configs import compose, trainer_of

WORDS, WINDOW, K, THRESHOLD = 9, 3, 2, 0.05
RUNS = 200
PRODUCT, RATE = 0.5 / 83, 1e-4  # the middle of the bin above 0
MOST = 41, 90  # times observed and noise; 41 times the one and 42 times the other have nearly the same sum
BOUND = 5.0  # standard errors: 1e-4 of all tests of this kind with so many cells have one beyond by chance


class Drawn(NamedTuple):
    """How often input word i was trained with output word o: [R, O, I] of each run."""

    observed: np.ndarray
    noise: np.ndarray


@pytest.fixture(scope="module")
def sentences():
    """Of two to seven words, by Zipf's law."""
    rng = np.random.default_rng(6)
    share = 1 / np.arange(1, WORDS + 1)
    made = [[f"w{word}" for word in rng.choice(WORDS, n, p=share / share.sum())] for n in rng.integers(2, 8, 24)]
    assert len(np.unique(np.concatenate(made))) == WORDS
    return made


@pytest.fixture(scope="module")
def opened(sentences, tmp_path_factory):
    """Config and corpus of semantics=gensim with other settings."""
    folder = tmp_path_factory.mktemp("gensim")
    (folder / "text.txt").write_text("".join(" ".join(words) + "\n" for words in sentences))

    def of(*words):
        common = [f"corpus.path={folder / 'text.txt'}", f"cache={folder / 'cache'}", "semantics=gensim"]
        numbers = {
            "vocab.min_count": 1, "windows.window": WINDOW, "negatives.k": K, "subsample.threshold": THRESHOLD,
            "model.dim": WORDS, "optimizer.learning_rate": RATE, "optimizer.schedule": "constant", "train.epochs": 1,
        }  # fmt: skip
        config = compose(*common, *(f"{name}={value}" for name, value in numbers.items()), *words)
        return config, texts.open_corpus(config, lambda line: None)[0]

    return of


def counted(moved_OI: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How often observed and how often noise, from what output rows have moved by, in learning rates."""
    table = make_table("word2vec_c")
    s = float(table.value_S[int((PRODUCT + table.bound) * table.scale)])
    observed, noise = np.mgrid[: MOST[0], : MOST[1]]
    sums = ((1 - s) * observed - s * noise).ravel()
    order = np.argsort(sums)
    nearest = np.abs(sums[order] - moved_OI[..., None]).argmin(axis=-1)
    assert np.abs(sums[order][nearest] - moved_OI).max() < 0.003  # sums are 0.012 apart
    return tuple(part.ravel()[order][nearest] for part in (observed, noise))


@pytest.fixture(scope="module")
def theirs(sentences, opened):
    word2vec = pytest.importorskip("gensim.models", reason="the extra gensim is not installed").Word2Vec
    model = word2vec(
        sg=1, vector_size=WORDS, window=WINDOW, negative=K, sample=THRESHOLD, min_count=1, workers=1, seed=1,
        alpha=RATE, min_alpha=RATE,
    )  # fmt: skip
    model.build_vocab(sentences)
    row = [model.wv.key_to_index[word] for word in opened()[1].vocabulary.words]
    found = []
    for _ in range(RUNS):  # its random numbers go on
        model.wv.vectors[:] = np.eye(WORDS)
        model.syn1neg[:] = PRODUCT
        model.train(sentences, total_examples=len(sentences), epochs=1)
        found.append((model.syn1neg[row][:, row] - PRODUCT) / RATE)
    return Drawn(*counted(np.stack(found)))


def one_after_another(config, corpus) -> Drawn:
    """What the host lays out for the sequential order."""
    ids_N = np.asarray(corpus.ids_N)
    observed, noise = np.zeros((2, RUNS, WORDS + 1, WORDS), int)
    for seed in range(RUNS):
        rules = make_rules(dataclasses.replace(config, seed=seed), corpus.vocabulary.count_V)
        room = layout.most_examples(len(ids_N), rules)
        _, found = layout.lay_out(layout.begin(rules), ids_N, len(ids_N), room, rules)
        inputs_P = found.inputs_PC[: found.length, 0]
        np.add.at(observed[seed], (found.predicted_P[: found.length], inputs_P), 1)
        np.add.at(noise[seed], (found.samples_PK[: found.length], inputs_P[:, None]), 1)
    return Drawn(observed[:, :WORDS], noise[:, :WORDS])


def in_steps(config, corpus) -> Drawn:
    """What the compiled program of the fast path does to output rows."""
    trainer, numbers = trainer_of(config), trainers.hyperparameters(config, corpus)
    state = trainer.init(jax.random.key(0), WORDS)
    model = Model(jnp.eye(WORDS), jnp.full((WORDS, WORDS), PRODUCT))

    def moved(key):
        trained, _ = trainer.train_segment(key, State(model, *state[1:]), numbers, jnp.asarray(corpus.ids_N), 0.0, 1.0)
        return (trained.model.output_VD - PRODUCT) / RATE

    keys = jax.random.split(jax.random.key(1), RUNS)
    return Drawn(*counted(np.asarray(jax.jit(lambda keys: jax.lax.map(moved, keys))(keys))))


def apart(one: Drawn, other: Drawn) -> float:
    """The greatest difference of mean counts, in standard errors."""
    greatest = 0.0
    for ours, theirs in zip(one, other):
        error = np.sqrt((ours.var(axis=0, ddof=1) + theirs.var(axis=0, ddof=1)) / RUNS)
        difference = np.abs(ours.mean(axis=0) - theirs.mean(axis=0))
        greatest = max(greatest, float((difference / np.maximum(error, 1e-9)).max()))
    return greatest


@pytest.fixture(scope="module")
def ours(opened):
    return {order: order(*opened()) for order in (one_after_another, in_steps)}


def test_both_orders_draw_alike(ours):
    assert apart(*ours.values()) < BOUND


@pytest.mark.parametrize("order", [one_after_another, in_steps])
def test_kept_words_windows_and_samples_are_those_of_gensim(theirs, ours, order):
    assert apart(ours[order], theirs) < BOUND
    for one, other in zip(ours[order], theirs):
        assert scipy.stats.ks_2samp(one.sum(axis=(1, 2)), other.sum(axis=(1, 2))).pvalue > 1e-4


@pytest.mark.parametrize(
    "other",
    [
        "negatives.equal=keep", "negatives.equal=redraw", "negatives.exponent=1", "windows.dynamic=false",
        "subsample.formula=paper", "subsample.threshold=0",
    ],
)  # fmt: skip
def test_another_habit_is_noticed(theirs, opened, other):
    assert apart(one_after_another(*opened(other)), theirs) > BOUND
