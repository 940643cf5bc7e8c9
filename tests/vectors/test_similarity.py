import json

import numpy as np
import pytest
import scipy.stats

from jaxw2v.errors import InputError
from jaxw2v.vectors import pair_files, similarity
from jaxw2v.vectors.similarity import WordPairs, evaluate
from jaxw2v.vectors.table import Table

V, D, Q = 29, 7, 60


@pytest.fixture
def table():
    return Table([f"w{row}" for row in range(V)], np.random.default_rng(5).normal(size=(V, D)).astype(np.float32))


def random_pairs(seed=0, scores=10):
    rng = np.random.default_rng(seed)
    words = [(f"w{one}", f"w{two}") for one, two in rng.integers(0, V + 3, (Q, 2))]  # the last three are unknown
    return WordPairs(words, rng.integers(0, scores, Q).astype(float))


def ranks(values):
    """Mean rank of ties, by counting."""
    return [
        sum(other < value for other in values) + (sum(other == value for other in values) + 1) / 2 for value in values
    ]


def oracle(table, pairs):
    model, human = [], []
    for (one, two), score in zip(pairs.words, pairs.human_Q):
        if one in table.words and two in table.words:
            u, v = (table.vectors_VD[table.words.index(word)].astype(np.float64) for word in (one, two))
            model.append(u @ v / np.linalg.norm(u) / np.linalg.norm(v))
            human.append(score)
    return np.corrcoef(ranks(np.round(model, 10)), ranks(human))[0, 1], len(model)


def write(tmp_path, text):
    path = tmp_path / "pairs.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        "tiger\tcat\t7.35\nplane\tcar\t5.77\n",
        "Word 1\tWord 2\tHuman (mean)\n# a remark\n\ntiger\tcat\t7.35\nplane\tcar\t5.77",
        "Word 1,Word 2,Human (mean)\r\ntiger,cat,7.35\r\nplane,car,5.77\r\n",
        "tiger cat 7.35\nplane   car 5.77\n",
        "\ufeffone two score\ntiger cat 7.35 9 9 9\nplane car 5.77 1 2 3\n",
    ],
)
def test_pairs_of_every_layout(tmp_path, text):
    pairs = pair_files.load(write(tmp_path, text))
    assert pairs.words == [("tiger", "cat"), ("plane", "car")]
    assert pairs.human_Q.tolist() == [7.35, 5.77]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tiger\tcat\t7\nplane\tcar\n", "line 2"),
        ("tiger\tcat\t7\n\nplane\tcar\tx\n", "line 3"),
        ("tiger\tcat\tnan\n", "no pair|line 1"),
        ("tiger\tcat\t7.3x\n", "line 1"),
        ("tiger\tcat\n", "line 1"),
        ("tiger\t\t7\n", "line 1"),
        ("a\tb\tinf\ntiger\tcat\tinf\n", "line 2"),
        ("# nothing\n", "no pair"),
        ("", "no pair"),
        (b"tiger\t\xff\t7\n", "byte 6 is not UTF-8"),
    ],
)
def test_a_broken_file_names_the_line(tmp_path, text, says):
    path = write(tmp_path, text)
    with pytest.raises(InputError, match=says) as caught:
        pair_files.load(path)
    assert str(path) in str(caught.value)


def test_no_file(tmp_path):
    with pytest.raises(InputError, match=r"absent.*a file of similarities"):
        pair_files.load(tmp_path / "absent")


@pytest.mark.parametrize("scores", [3, 1000])
def test_the_score_is_the_oracles_with_ties(table, scores):
    for seed in range(5):
        pairs = random_pairs(seed, scores)
        expected, answered = oracle(table, pairs)
        found = evaluate(table, pairs, "exact")
        assert found[1:] == (answered, Q)
        assert found.value == pytest.approx(expected, abs=1e-9)


def test_gensim_gives_the_same_score(table, tmp_path):
    models = pytest.importorskip("gensim.models")
    theirs = models.KeyedVectors(D)
    theirs.add_vectors(table.words, table.vectors_VD)
    pairs = random_pairs(1)
    pairs = pairs._replace(words=[(one, two if one != two else "w30") for one, two in pairs.words])  # no (w, w)
    lines = [f"{one}\t{two}\t{score}\n" for (one, two), score in zip(pairs.words, pairs.human_Q)]
    path = write(tmp_path, "".join(lines))
    _, spearman, unknown = theirs.evaluate_word_pairs(path)
    found = evaluate(table, pair_files.load(path), "lower")
    assert found.value == pytest.approx(spearman.statistic, abs=1e-6)
    assert 100 * (1 - found.answered / found.asked) == pytest.approx(unknown)


def test_the_most_frequent_of_words_that_fold_alike_stands(table):
    upper = Table([word.upper() for word in table.words] + ["w0", "w1"], np.vstack([table.vectors_VD, np.ones((2, D))]))
    pairs = random_pairs(2)
    lower = evaluate(table, pairs, "lower")
    assert evaluate(upper, pairs, "lower") == lower
    assert evaluate(upper, pairs, "upper") == lower
    assert evaluate(upper, pairs, "exact").answered < lower.answered


@pytest.mark.parametrize(
    ("words", "human", "answered"),
    [
        ([("w0", "x")], [1], 0),
        ([("w0", "w1"), ("w0", "x")], [1, 2], 1),
        ([("w0", "w1"), ("w2", "w3")], [4, 4], 2),
        ([("w0", "w1"), ("w1", "w0")], [1, 2], 2),
    ],
)
def test_no_score_is_none_and_never_nan(table, words, human, answered):
    found = evaluate(table, WordPairs(words, np.array(human, float)), "lower")
    assert found == (None, answered, len(words))
    json.dumps(found, allow_nan=False)


def test_an_unknown_case(table):
    with pytest.raises(InputError, match=r"eval\.case=title"):
        evaluate(table, random_pairs(), "title")


@pytest.mark.parametrize("case", ["lower", "upper"])
def test_composed_and_decomposed_accents_are_one_word(case):
    table = Table(["cafe\u0301", "cat", "ox"], np.float32([[1, 0], [1, 1], [0, 1]]))
    pairs = WordPairs([("Caf\u00e9", "cat"), ("cat", "ox"), ("cafe\u0301", "ox")], np.array([2.0, 3.0, 1.0]))
    assert evaluate(table, pairs, case).answered == 3
    assert evaluate(table, pairs, "exact").answered == 2


@pytest.mark.parametrize("different", [3, 50, 1000])
def test_the_rank_correlation_is_that_of_scipy(different):
    rng = np.random.default_rng(different)
    cosine_Q, human_Q = rng.integers(0, different, (2, 301)) / 7
    expected = scipy.stats.spearmanr(cosine_Q, human_Q).statistic
    assert similarity.score(cosine_Q, human_Q).value == expected
