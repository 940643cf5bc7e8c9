"""What the C program draws, apart from its arithmetic: the vocabulary, initial rows, tables, every example."""

import itertools
import math

import numpy as np
import pytest

from jaxw2v.runs import texts
from jaxw2v.runs.trainers import complete
from jaxw2v.training import layout, negatives, streams
from jaxw2v.training.model import repeating_rows
from jaxw2v.training.rules import make_rules
from jaxw2v.training.sigmoids import make_table
from tests.configs import compose
from tests.oracle import c_program

C_PROGRAM = ["semantics=word2vec_c", "train.order=sequential", "vocab.min_count=3", "train.epochs=2"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with another text: lines of more than 1,000 words, empty ones, one without a word of the vocabulary."""
    folder = tmp_path_factory.mktemp("oracle")
    lines = c_program.CORPUS.read_text().splitlines()
    joined = [" ".join(lines[:60]), "", "unheard of", lines[60], "", "", " ".join(lines[61:140]), ""]
    (folder / "odd.txt").write_text("\n".join(joined) + "\n")
    return folder


def opened(place, path, *words):
    config = compose(*C_PROGRAM, f"corpus.path={path}", f"cache={place / 'cache'}", *words)
    corpus, _ = texts.open_corpus(config, lambda line: None)
    return complete(config, corpus), corpus


def laid_out(config, corpus, pieces):
    """All examples, with as many pieces an epoch, as those of the C program."""
    rules, ids_N = make_rules(config, corpus.vocabulary.count_V), np.asarray(corpus.ids_N)
    place, stops = layout.begin(rules), [len(ids_N) * (i + 1) // pieces for i in range(pieces)]
    room = layout.most_examples(len(ids_N), rules)
    for _ in range(config.train.epochs):
        for stop in stops:
            place, found = layout.lay_out(place, ids_N, stop, room, rules)
            for i in range(int(found.length)):
                words = [[w for w in row[i].tolist() if w < rules.words] for row in (found.inputs_PC, found.samples_PK)]
                yield c_program.Example(words[0], int(found.predicted_P[i]), words[1], found.rate_P[i])
        place = layout.end_epoch(place, rules)


def test_the_vocabulary_and_its_order(place):
    _, corpus = opened(place, c_program.CORPUS)
    lines = [line.split() for line in c_program.VOCABULARY.read_text().splitlines()]
    assert corpus.vocabulary.words == [word for word, _ in lines]
    assert corpus.vocabulary.count_V.tolist() == [int(count) for _, count in lines]
    again = opened(place, c_program.CORPUS)[1]  # from the cache
    assert again.vocabulary.words == corpus.vocabulary.words
    assert again.ids_N.tolist() == corpus.ids_N.tolist()


def test_empty_lines_are_sentences_too(place):
    _, corpus = opened(place, place / "odd.txt")
    assert corpus.vocabulary.count_V[0] == corpus.sentences == 8
    assert dict(zip(corpus.vocabulary.words, corpus.vocabulary.count_V.tolist())) == c_program.vocabulary(
        place / "odd.txt", 3
    )


@pytest.mark.parametrize(
    ("text", "words", "flags", "pieces"),
    [
        (None, [], {}, 7),
        (None, ["windows.window=8", "subsample.threshold=0"], {"window": 8, "sample": 0}, 1),
        (None, ["model.architecture=cbow", "optimizer.learning_rate=0.05"], {"cbow": True, "alpha": 0.05}, 3),
        (None, ["model.objective=hierarchical_softmax"], {"negative": 0}, 2),
        ("odd.txt", ["train.epochs=3", "subsample.threshold=1e-4"], {"epochs": 3, "sample": 1e-4}, 5),
    ],
)  # fmt: skip
def test_every_example_and_its_learning_rate(place, text, words, flags, pieces):
    path = place / text if text else c_program.CORPUS
    config, corpus = opened(place, path, *words)
    counts = c_program.vocabulary(path, 3)
    end_V = negatives.table_ends(np.array(list(counts.values())), 0.75)
    slots = lambda slot: min(int(np.searchsorted(end_V, slot)), len(end_V) - 1)  # noqa: E731
    expected = c_program.train(path, counts, slots, **flags)
    for number, (ours, theirs) in enumerate(itertools.zip_longest(laid_out(config, corpus, pieces), expected)):
        assert ours == theirs, number
    assert number > 2_000


def test_the_noise_table(monkeypatch):
    count_V = np.array([350, 2125, 1120, 90, 30, 9, 3, 3, 1, 1, 1])
    for size in (50, 1_000, 12_345):
        monkeypatch.setattr(negatives, "SLOTS", size)
        found = np.minimum(np.searchsorted(negatives.table_ends(count_V, 0.75), np.arange(size)), len(count_V) - 1)
        assert found.tolist() == c_program.table(count_V.tolist(), size)


def test_initial_rows():
    words, dim, number = 700, 48, 1
    expected = np.empty((words, dim), np.float32)
    for row, column in np.ndindex(words, dim):
        number = c_program.step(number)
        expected[row, column] = np.float32((float(np.float32(number & 0xFFFF) / np.float32(65536)) - 0.5) / dim)
    assert np.array_equal(repeating_rows(words, dim, 0.5), expected)
    assert np.array_equal(repeating_rows(2**12 + 3, 16, 0.5)[:3], repeating_rows(2**12 + 3, 16, 0.5)[2**12 :])


def test_the_sigmoid_table():
    table = make_table("word2vec_c")
    for i in range(1000):
        x = np.float32(np.float32(np.float32(i) / np.float32(1000)) * np.float32(2) - np.float32(1)) * np.float32(6)
        e = np.float32(math.exp(float(x)))
        assert table.value_S[i] == e / (e + np.float32(1))
    assert table.scale == 83
    assert table.value_S[int(6 * table.scale)] == pytest.approx(0.494, abs=5e-4)  # the sigmoid of 0


def test_the_generator():
    stream, number = streams.WordToVecC(), 0
    expected = []
    for _ in range(3000):
        number = c_program.step(number)
        expected.append(number)
    assert stream.peek(0, 10).tolist() == expected[:10]
    assert stream.peek(stream.skip(0, 7), 2900).tolist() == expected[7:2907]
    assert [number % 8 for number in expected[:8]] == [number % 8 for number in expected[8:16]]  # its low bits repeat


def test_numbers_of_a_seed_do_not_depend_on_how_they_are_asked_for():
    stream = streams.Philox(3)
    whole = stream.peek(0, 50).tolist()
    assert whole[13:40] == stream.peek(stream.skip(0, 13), 27).tolist()
    assert len(set(whole)) == 50
    assert streams.Philox(4).peek(0, 50).tolist() != whole
