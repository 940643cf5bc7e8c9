"""Bootstrapped texts: which sentences are drawn, and that what is read is these and nothing else."""

import dataclasses

import numpy as np
import pytest
import scipy.stats

from jaxw2v.errors import InputError
from jaxw2v.settings.corpus import ResampleSettings
from jaxw2v.text import corpus as corpora
from jaxw2v.text import resample, split, vocabulary

LENGTHS = [3, 1, 5, 2, 2, 7, 1, 4, 6, 3, 2]


def make_corpus(lengths=LENGTHS):
    """A sentence of n words has n times its own number."""
    ids_N = np.concatenate([[number] * n + [-1] for number, n in enumerate(lengths)]).astype(np.int32)
    words = vocabulary.Vocabulary([f"w{i}" for i in range(len(lengths))], np.array(lengths))
    return corpora.Corpus(ids_N, words, "", sum(lengths), 2 * sum(lengths), len(lengths))


def read(corpus):
    return np.asarray(corpus.ids_N[0 : len(corpus.ids_N)])


def lines(ids_N):
    """Sentences as lists; what is held out reads as empty ones."""
    return [part.tolist() for part in np.split(ids_N, np.flatnonzero(ids_N < 0) + 1)[:-1]]


@pytest.mark.parametrize("sentences", [1, 3])
def test_the_text_is_the_blocks_that_were_drawn(sentences):
    """The oracle: whole sentences, laid one after another in the order of the draws."""
    corpus, settings = make_corpus(), ResampleSettings(7, sentences)
    found = resample.resample(corpus, settings)
    every = lines(corpus.ids_N)
    blocks = [every[at : at + sentences] for at in range(0, len(every), sentences)]
    wanted = [line for block in resample.draws(7, len(blocks)) for line in blocks[block]]
    assert lines(read(found)) == wanted
    assert sorted(map(len, wanted)) != sorted(map(len, every))  # it is another text
    assert found.sentences == len(wanted)
    assert found.words == sum(map(len, wanted)) - len(wanted)
    assert found.raw_words == 2 * found.words
    assert found.vocabulary is corpus.vocabulary
    assert found.entry is None


def test_every_slice_is_that_of_the_whole():
    found = resample.resample(make_corpus(), ResampleSettings(1, 2))
    whole = read(found)
    assert len(whole) == len(found.ids_N) > 20
    for start in range(len(whole) + 2):
        for stop in range(len(whole) + 2):
            piece = found.ids_N[start:stop]
            assert piece.dtype == np.int32
            np.testing.assert_array_equal(piece, whole[start:stop])


def test_the_draws_depend_on_the_seed_alone_and_are_uniform():
    many = resample.draws(3, 20_000)
    np.testing.assert_array_equal(many, resample.draws(3, 20_000))
    assert (many >= 0).all()
    assert (many < 20_000).all()
    counts = np.bincount(many % 20, minlength=20)
    assert scipy.stats.chisquare(counts).pvalue > 1e-3
    left_out = 1 - len(np.unique(many)) / 20_000  # (1 - 1/n)^n, standard deviation sqrt((1/e - 2/e^2) / n)
    assert left_out == pytest.approx(np.exp(-1), abs=4 * np.sqrt((np.exp(-1) - 2 * np.exp(-2)) / 20_000))
    other = resample.draws(4, 20_000)
    assert abs(scipy.stats.spearmanr(many, other).statistic) < 4 / np.sqrt(20_000)
    assert resample.draws(2**31 - 1, 5).max() < 5


def test_the_draws_of_a_seed_never_change():
    assert resample.draws(1, 1000)[:6].tolist() == [276, 215, 879, 150, 416, 512]


def test_nothing_held_out_is_drawn():
    corpus = make_corpus(LENGTHS * 20)
    training = split.split(corpus, 0.3).training
    held_out = set(np.flatnonzero(split.chosen(0, corpus.sentences, 0.3)))
    found = resample.resample(training, ResampleSettings(2, 1))
    drawn = [line[0] for line in lines(read(found))]
    assert found.sentences == training.sentences == len(drawn)
    assert not held_out & set(drawn)
    assert found.words == sum(len(line) - 1 for line in lines(read(found)))
    blocks = resample.resample(training, ResampleSettings(2, 4))  # what was held out may lie within a block
    there = [line for line in lines(read(blocks)) if len(line) > 1]
    assert not held_out & {line[0] for line in there}
    assert blocks.sentences == len(there)
    assert blocks.words == sum(len(line) - 1 for line in there)


def test_without_a_seed_the_text_is_as_it_is():
    corpus = make_corpus()
    assert resample.resample(corpus, ResampleSettings(None, 1)) is corpus


def test_one_block_is_refused():
    with pytest.raises(InputError, match=r"corpus\.resample\.sentences=11: the text has 11 sentences, one block"):
        resample.resample(make_corpus(), ResampleSettings(1, 11))


@pytest.mark.parametrize(("change", "name"), [({"seed": -1}, "seed=-1"), ({"sentences": 0}, "sentences=0")])
def test_values_out_of_range(change, name):
    with pytest.raises(InputError, match=rf"corpus\.resample\.{name}: use"):
        dataclasses.replace(ResampleSettings(1, 1), **change)
