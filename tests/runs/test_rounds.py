"""Rounds: an epoch of them is the text once, and the clock counts its words; all by hand, with no device."""

import numpy as np
import pytest

from jaxw2v.runs.rounds import Rounds
from jaxw2v.text.corpus import Corpus
from jaxw2v.text.vocabulary import Vocabulary
from tests.configs import compose

EPOCHS = 3


@pytest.fixture(scope="module")
def corpus():
    ids_N = np.random.default_rng(0).integers(0, 5, 50_000).astype(np.int32)
    ids_N[9::10] = -1
    counts = np.bincount(ids_N[ids_N >= 0])
    return Corpus(ids_N, Vocabulary(list("abcde"), counts), "", int(counts.sum()), int(counts.sum()), 5000)


def rounds_of(corpus, replicas):
    return Rounds(compose(f"train.epochs={EPOCHS}", "train.segment_tokens=4096"), corpus, replicas)


@pytest.mark.parametrize("replicas", [1, 4])
def test_an_epoch_of_rounds_is_the_text_once_and_in_order(corpus, replicas):
    rounds = rounds_of(corpus, replicas)
    assert len(rounds) % EPOCHS == 0
    assert [rounds.epoch(number) for number in range(len(rounds))] == sorted([0, 1, 2] * (len(rounds) // EPOCHS))
    words_before = 0
    for epoch in range(EPOCHS):
        of_epoch = [number for number in range(len(rounds)) if rounds.epoch(number) == epoch]
        assert [rounds.begins_epoch(number) for number in of_epoch] == [True] + [False] * (len(of_epoch) - 1)
        seen = []
        for number in of_epoch:
            assert rounds.words_before(number) == words_before
            assert rounds.seen_before(number) == words_before / (EPOCHS * corpus.words)
            pieces = rounds.pieces(number)
            assert pieces.shape == (replicas, rounds.capacity)
            words_before += int((pieces >= 0).sum())
            seen += [piece[piece >= 0] for piece in pieces]
        np.testing.assert_array_equal(np.concatenate(seen), corpus.ids_N[corpus.ids_N >= 0])
    assert rounds.words_before(len(rounds)) == EPOCHS * corpus.words
    assert rounds.seen_before(len(rounds)) == 1


def test_each_process_cuts_the_ids_of_its_own_devices(corpus):
    """The pieces of some replicas are those rows of all."""
    rounds = rounds_of(corpus, 4)
    whole = rounds.pieces(1)
    for of in (slice(0, 2), slice(2, 4), slice(3, 4)):
        np.testing.assert_array_equal(rounds.pieces(1, of), whole[of])
