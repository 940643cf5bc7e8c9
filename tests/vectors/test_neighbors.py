import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.vectors.neighbors import nearest, solve
from jaxw2v.vectors.table import Table

V, D = 29, 7


@pytest.fixture
def table():
    words = ["king", "queen", "man", "woman", "New-York", "+", "zero", *(f"w{row}" for row in range(V - 7))]
    vectors = np.random.default_rng(3).normal(size=(V, D)).astype(np.float32)
    vectors[6] = 0
    return Table(words, vectors)


def oracle(table, query, out):
    """Every cosine by itself, in float64."""
    found = []
    for word, vector in zip(table.words, table.vectors_VD.astype(np.float64)):
        length = np.sqrt(vector @ vector)
        if word not in out:
            found.append((word, query @ vector / length / np.sqrt(query @ query) if length else 0.0))
    return sorted(found, key=lambda pair: -pair[1])


def agree(found, expected):
    assert [neighbor.word for neighbor in found] == [word for word, _ in expected]
    np.testing.assert_allclose([neighbor.cosine for neighbor in found], [value for _, value in expected], atol=1e-6)


def test_nearest_is_the_oracles_order(table):
    query = table.vectors_VD[0].astype(np.float64)
    agree(nearest(table, "king", V), oracle(table, query, {"king"}))
    agree(nearest(table, "king", 5), oracle(table, query, {"king"})[:5])
    agree(nearest(table, "king", 5, ["queen", "absent"]), oracle(table, query, {"king", "queen"})[:5])
    agree(nearest(table, table.vectors_VD[0], 5), oracle(table, query, set())[:5])


def test_equal_words_stand_in_the_tables_order():
    table = Table(["a", "b", "c", "d"], np.array([[1, 0], [0, 1], [0, 2], [0, 1]], np.float32))
    assert [neighbor.word for neighbor in nearest(table, "a", 3)] == ["b", "c", "d"]


def test_a_sum_is_one_of_unit_vectors_without_its_own_words(table):
    unit = table.vectors_VD.astype(np.float64)
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-9)
    words = {"king", "man", "woman"}
    expected = oracle(table, unit[0] - unit[2] + unit[3], words)[:6]
    agree(solve(table, "king - man + woman", 6), expected)
    agree(solve(table, " - man  + woman + king ", 6), expected)
    agree(solve(table, "king", 4), oracle(table, unit[0], {"king"})[:4])
    agree(solve(table, "New-York", 4), oracle(table, unit[4], {"New-York"})[:4])
    agree(solve(table, "+", 4), oracle(table, unit[5], {"+"})[:4])
    agree(solve(table, "- king", 4), oracle(table, -unit[0], {"king"})[:4])


def test_gensim_gives_the_same_neighbors(table):
    models = pytest.importorskip("gensim.models")
    theirs = models.KeyedVectors(D)
    table.vectors_VD[6] = 1  # it divides by a zero length
    theirs.add_vectors(table.words, table.vectors_VD)
    agree(solve(table, "king - man + woman", 6), theirs.most_similar(["king", "woman"], ["man"], topn=6))
    agree(nearest(table, "queen", 6), theirs.most_similar("queen", topn=6))


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("Kingg", "'Kingg'.*did you mean king"),
        ("KING", "did you mean king"),
        ("king - mann", "'mann'.*man"),
        ("qqqqqqqqqqqqqqqqq", "not in the vocabulary"),
        ("", "empty"),
        ("king man", r"write \+ or -"),
        ("king - - man", r"write \+ or -"),
        ("king -", r"write \+ or -"),
        ("king - man woman", r"write \+ or -"),
        ("king - king", "sum is zero"),
        ("zero", "'zero' is zero"),
    ],
)
def test_a_query_without_an_answer_says_why(table, expression, says):
    with pytest.raises(InputError, match=says):
        solve(table, expression, 3)


def test_n_is_one_or_more(table):
    with pytest.raises(InputError, match="n=0"):
        nearest(table, "king", 0)
    assert len(nearest(table, "king", 1000)) == V - 1
