from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxw2v.errors import InputError
from jaxw2v.text import vocabulary

word = st.text(alphabet=st.characters(codec="utf-8", exclude_characters=" \t\n\v\f\r\0"), min_size=1)


def test_order_is_by_count_then_first_appearance():
    found = vocabulary.from_counts(list("abcde"), [2, 5, 2, 1, 5], min_count=2, max_size=None)
    assert found.words == list("beac")
    assert found.count_V.dtype == np.int64
    np.testing.assert_array_equal(found.count_V, [5, 5, 2, 2])
    assert vocabulary.from_counts(list("abcde"), [2, 5, 2, 1, 5], min_count=1, max_size=3).words == list("bea")


@given(st.lists(st.sampled_from("abcdefg"), min_size=1), st.integers(1, 3))
def test_agrees_with_a_counter(tokens, min_count):
    counter = Counter(tokens)  # most_common keeps the order of first appearance among equals
    expected = [(w, c) for w, c in counter.most_common() if c >= min_count]
    if len(expected) < 2:
        with pytest.raises(InputError, match=r"vocab\.min_count"):
            vocabulary.from_counts(list(counter), list(counter.values()), min_count, None)
        return
    found = vocabulary.from_counts(list(counter), list(counter.values()), min_count, None)
    assert list(zip(found.words, found.count_V)) == expected


@pytest.mark.parametrize(
    ("words", "counts", "max_size", "message"),
    [
        ([], [], None, r"corpus\.path: the text has no words"),
        (["a", "b"], [3, 4], None, r"vocab\.min_count=5: no word is so frequent, the highest count is 4"),
        (["a", "b"], [3, 5], None, r"vocab\.min_count=5: only 'b' is so frequent"),
        (["a", "b"], [9, 9], 1, r"vocab\.max_size=1"),
    ],
)
def test_too_little(words, counts, max_size, message):
    with pytest.raises(InputError, match=message):
        vocabulary.from_counts(words, counts, 5, max_size)


@settings(deadline=None)
@given(counts=st.dictionaries(word.filter(lambda w: w != "</s>"), st.integers(1, 10**15), min_size=2))
def test_a_file_gives_back_what_was_saved(counts, tmp_path_factory):
    path = tmp_path_factory.mktemp("vocabulary") / "vocabulary.txt"
    before = vocabulary.Vocabulary(list(counts), np.array(list(counts.values()), np.int64))
    vocabulary.save(before, path)
    after = vocabulary.load(path)
    assert after.words == before.words
    np.testing.assert_array_equal(after.count_V, before.count_V)
    assert [item.name for item in path.parent.iterdir()] == ["vocabulary.txt"]


def test_the_format_is_that_of_word2vec(tmp_path):
    path = tmp_path / "vocabulary.txt"
    vocabulary.save(vocabulary.Vocabulary(["the", "東京"], np.array([12, 3])), path)
    assert path.read_bytes() == "the 12\n東京 3\n".encode()
    path.write_bytes(b"</s> 0\nthe 12\r\nof 30")  # its file begins with the end of sentences; order is kept
    assert vocabulary.load(path).words == ["the", "of"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a 1\nnew york 2\n", r"line 2: 3 fields"),
        (b"a 1\n\nb 2\n", r"line 2: 0 fields"),
        (b"a\n", r"line 1: 1 fields"),
        (b"a 0\n", r"line 1: the count '0'"),
        (b"a -3\n", r"line 1: the count '-3'"),
        (b"a 1.5\n", r"line 1: the count '1.5'"),
        (b"a 1\nb " + b"9" * 5000, r"line 2: the count '9{40}'"),
        (b"a 1\nb 1\na 2\n", r"line 3: the word 'a' again"),
        (b"a 1\nb\xff 1\n", r"line 2: invalid UTF-8"),
        (b"", r"0 words"),
        (b"</s> 5\na 1\n", r"1 words"),
    ],
)
def test_wrong_files(content, message, tmp_path):
    path = tmp_path / "vocabulary.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        vocabulary.load(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_files(tmp_path):
    with pytest.raises(InputError, match="gone: cannot be read"):
        vocabulary.load(tmp_path / "gone")


def test_a_vocabulary_grows():
    words, counts = ["b", "x", "w2", "y", "a", "w0"], [3, 5, 1, 2, 3, 4]
    known = vocabulary.Vocabulary(["w0", "w1", "w2"], np.array([6, 5, 2]))
    grown = vocabulary.grown(known, words, counts, min_count=3, max_size=None)
    total = Counter(dict(zip(words, counts))) + Counter(dict(zip(known.words, known.count_V)))
    rare = {word for word, count in zip(words, counts) if count < 3} - set(known.words)
    wanted = {word: int(count) for word, count in total.items() if word not in rare}
    assert dict(zip(grown.words, grown.count_V.tolist())) == wanted
    assert grown.words == ["w0", "w1", "x", "w2", "b", "a"]  # by count; known ones first, then as they appear
    assert vocabulary.grown(known, words, counts, 3, max_size=2).words == ["w0", "w1"]
    assert vocabulary.grown(known, ["x"], [1], 3, None).words == known.words


ODD = [
    "",
    "a 1\n",
    "a 1\nb 2",
    "a 1\n\nb 2\n",
    "a  1\nb 2\n",
    "a\t1\nb 2\n",
    "a 1\r\nb 2\n",
    " 1\nb 2\n",
    "a 1 \nb 2\n",
]
ODD += [
    "a 0\nb 2\n",
    "a +1\nb 2\n",
    "a -1\nb 2\n",
    "a 01\nb 2\n",
    "a 0x1\nb 2\n",
    "a 1.0\nb 2\n",
    "a \nb 2\n",
    "a\nb 2\n",
]
ODD += [
    "a 1\na 2\n",
    "</s> 3\nb 2\na 1\n",
    "\ufeffa 1\nb 2\n",
    "a\x001 1\nb 2\n",
    f"a {10**18}\nb 2\n",
    "a 1 2\nb\nc 1\n",
]


@pytest.mark.parametrize("content", ODD)
def test_only_what_was_saved_is_read_without_a_loop(content):
    assert vocabulary.plain(content.encode()) is None


@pytest.mark.parametrize(
    "words", [["NA", "null", '"q', "#x"], ["n\u00e9", "\u4e2d", "a\u00a0b", "x" * 300], ["a,", "\\", "-", "1"]]
)
def test_what_was_saved_is_read_without_a_loop(words, tmp_path):
    saved = vocabulary.Vocabulary(words, np.array([10**18 - 1, 1000, 99, 1]))
    vocabulary.save(saved, tmp_path / "v.txt")
    found = vocabulary.plain((tmp_path / "v.txt").read_bytes())
    assert found.words == words
    assert found.count_V.tolist() == saved.count_V.tolist()
    assert vocabulary.plain(b"\xe9 1\nb 2\n") is None


def test_places():
    assert vocabulary.places(["c", "x", "", "a"], ["a", "", "c"]).tolist() == [2, -1, 1, 0]
    assert vocabulary.places([], ["a"]).tolist() == vocabulary.places([], []).tolist() == []
    assert vocabulary.places(["a"], []).tolist() == [-1]
