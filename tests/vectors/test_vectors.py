import numpy as np
import pytest

from jaxw2v.errors import InputError, UnknownWordError
from jaxw2v.vectors import lookup, neighbors, vectors
from jaxw2v.vectors.table import Table
from jaxw2v.vectors.vectors import Vectors

WORDS = ["the", "Paris", "france", "italy", "rome", "new\u00a0york", "route 66", "café", "zero"]


@pytest.fixture
def table():
    values_VD = np.random.default_rng(1).normal(size=(len(WORDS), 50)).astype(np.float32)
    values_VD[4] = values_VD[1] - values_VD[2] + values_VD[3]
    values_VD[8] = 0
    return Table(WORDS, values_VD)


def test_it_is_a_mapping_of_words(table):
    made = Vectors(table)
    assert (len(made), list(made), made.words, repr(made)) == (9, WORDS, WORDS, "Vectors(9 words, 50 dimensions)")
    assert np.shares_memory(made.matrix, table.vectors_VD)
    assert not made.matrix.flags.writeable  # what was made of it would not follow
    np.testing.assert_array_equal(made["rome"], table.vectors_VD[4])
    np.testing.assert_array_equal(made[["rome", "the"]], table.vectors_VD[[4, 0]])
    assert made[[]].shape == (0, 50)
    assert "rome" in made
    assert "Rome" not in made
    assert 4 not in made
    assert made.get("Rome") is None
    made["rome"][:] = 0
    assert made["rome"].any()
    for bad in (4, [4], None):
        with pytest.raises(TypeError, match="a word or a list of words"):
            made[bad]


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("paris", r"did you mean Paris\? \(only the case differs\)"),
        ("new york", r"did you mean 'new\\xa0york'\? \(nearly the same letters\)"),
        ("cafe\u0301", "did you mean café"),
        ("italyy", "did you mean italy"),
        ("qqqqqqqqq", "too rare"),
    ],
)
def test_a_word_that_is_not_there_is_a_key_error_with_near_matches(table, word, says):
    made = Vectors(table)
    for ask in (made.__getitem__, lambda word: made[["the", word]], lambda word: made.similarity("the", word)):
        with pytest.raises(KeyError, match=says) as caught:
            ask(word)
        assert isinstance(caught.value, UnknownWordError)
        assert isinstance(caught.value, InputError)
        assert str(caught.value).startswith(f"the word {word!r} is not in the vocabulary")


def test_queries_are_those_of_neighbors(table):
    made = Vectors(table)
    assert made.most_similar("rome", 3) == neighbors.nearest(table, "rome", 3)
    assert made.most_similar("Paris - france + italy", 3) == neighbors.solve(table, "Paris - france + italy", 3)
    assert made.most_similar(["Paris", "italy"], 3, negative="france") == made.most_similar("Paris + italy - france", 3)
    assert made.most_similar(table.vectors_VD[4], 2) == neighbors.nearest(table, table.vectors_VD[4], 2)
    assert [near.word for near in made.most_similar(["rome"], 3, exclude=["italy"])] == [
        near.word for near in made.most_similar("rome", 4) if near.word != "italy"
    ][:3]
    assert [near.word for near in made.analogy("Paris", "france", "italy")] == ["rome"]
    assert made.most_similar("new\u00a0york + the", 2) == made.most_similar(["new\u00a0york", "the"], 2)
    assert made.most_similar("route 66", 2) == made.most_similar(["route 66"], 2)
    assert made.most_similar("the - route 66", 2) == made.most_similar("the", 2, negative=["route 66"])


def test_similarity_is_the_cosine(table):
    made = Vectors(table)
    one, two = table.vectors_VD[[1, 4]].astype(np.float64)
    assert made.similarity("Paris", "rome") == pytest.approx(
        one @ two / np.linalg.norm(one) / np.linalg.norm(two), abs=1e-12
    )
    assert made.similarity("Paris", "Paris") == pytest.approx(1)
    assert made.similarity("Paris", "zero") == 0


def test_a_query_without_an_answer_says_why(table):
    made = Vectors(table)
    for ask, says in (
        (lambda: made.most_similar([]), "empty"),
        (lambda: made.most_similar(np.ones(3)), "50 numbers"),
        (lambda: made.most_similar(np.full(50, np.nan)), "NaN"),
        (lambda: made.most_similar("zero"), "zero"),
        (lambda: made.most_similar("the", 0), "n=0"),
        (lambda: made.most_similar("the", negative="the"), "their sum is zero"),
        (lambda: made.most_similar("the Paris"), r"\+ or -"),
    ):
        with pytest.raises(InputError, match=says):
            ask()


def test_lengths_are_made_once_and_there_is_no_copy_of_the_vectors(table, monkeypatch):
    made, lengths_of, units_of = Vectors(table), [], []
    lengths, unit_rows = lookup.lengths, lookup.unit_rows
    monkeypatch.setattr(lookup, "lengths", lambda rows: lengths_of.append(len(rows)) or lengths(rows))
    monkeypatch.setattr(lookup, "unit_rows", lambda rows: units_of.append(len(rows)) or unit_rows(rows))
    for word in ("the", "Paris", "rome"):
        made.most_similar(word)
        made.analogy("Paris", "france", word)
    assert lengths_of == [len(WORDS)]
    assert max(units_of) < len(WORDS)


def test_what_was_read_is_not_made_again(table, tmp_path, monkeypatch):
    Vectors(table).save(tmp_path / "v.npz")
    expected = Vectors(table).most_similar("rome", 9)
    loaded = vectors.load(tmp_path / "v.npz")
    monkeypatch.setattr(lookup, "lengths", None)
    monkeypatch.setattr(lookup, "index", None)
    assert loaded.most_similar("rome", 9) == expected


def test_pieces_on_several_threads_are_those_on_one(monkeypatch):
    vectors_VD = np.random.default_rng(0).standard_normal((1000, 30), dtype=np.float32)
    monkeypatch.setattr(lookup, "_BLOCK", 70 * 30)
    found = {}
    for cores in (1, 3):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        made = Vectors(Table([f"w{row}" for row in range(1000)], vectors_VD))
        found[cores] = made.cosines(made.unit([5])[0])
    np.testing.assert_array_equal(found[1], found[3])
    wide_VD = vectors_VD / np.linalg.norm(vectors_VD.astype(np.float64), axis=1, keepdims=True)
    np.testing.assert_allclose(found[1], wide_VD @ wide_VD[5], atol=1e-6)


def test_rows_that_float32_cannot_multiply_have_their_cosines():
    plain_VD = np.random.default_rng(1).standard_normal((6, 20), dtype=np.float32)
    scaled_VD = plain_VD * np.array([1, 3e37, 1e-36, 1e19, 1e-19, 0], np.float32)[:, None]
    plain, scaled = (Vectors(Table(list("abcdef"), rows_VD)) for rows_VD in (plain_VD, scaled_VD))
    unit_D = plain.unit([0])[0]
    expected = np.where(np.arange(6) < 5, plain.cosines(unit_D), 0)
    np.testing.assert_allclose(scaled.cosines(unit_D), expected, atol=1e-5)  # 1e-36 leaves numbers two digits less


def test_equal_scores_are_in_the_tables_order():
    rng = np.random.default_rng(0)
    for n in (1, 3, 50, 99, 100, 200):
        score_V = rng.integers(0, 9, 100).astype(np.float32)
        assert neighbors.greatest(score_V, n) == np.argsort(-score_V, kind="stable")[:n].tolist()


def test_a_table_of_pandas(table):
    frame = Vectors(table).to_pandas()
    assert frame.shape == (9, 50)
    assert frame.loc["rome", 3] == table.vectors_VD[4, 3]
    frame.loc["rome", 3] = 7  # of the frame alone
    assert table.vectors_VD[4, 3] != 7


@pytest.mark.parametrize("name", ["v.bin", "v.txt", "v.vec", "v.npz", "V.BIN"])
def test_the_name_says_the_format(table, tmp_path, name):
    made = Vectors(table)
    if name.endswith("npz"):
        made.save(tmp_path / name)
        assert vectors.load(tmp_path / name).words == WORDS
    else:
        with pytest.raises(InputError, match=r"row 7: the word 'route 66' has white space.*npz.*_"):
            made.save(tmp_path / name)
    made.save(tmp_path / name, spaces="_")
    found = vectors.load(tmp_path / name)
    assert found.words == [word.replace(" ", "_") for word in WORDS]
    np.testing.assert_array_equal(found.matrix, table.vectors_VD)


def test_a_name_without_a_format(table, tmp_path):
    with pytest.raises(InputError, match=r"v\.csv: its name says no format; end it with \.bin, "):
        Vectors(table).save(tmp_path / "v.csv")
    Vectors(table).save(tmp_path / "v.csv", "npz")
    assert len(vectors.load(tmp_path / "v.csv")) == 9
