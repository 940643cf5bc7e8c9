import sys

import pytest

from jaxw2v.files import spaces

UNICODE = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()]


def test_unicode_is_what_str_split_separates_at():
    for mark in UNICODE:
        assert spaces.split(f"a{mark}b", "unicode") == ["a", "b"]
        assert spaces.plain(f"a{mark}b") == (f"a{mark}b" if mark in spaces.ASCII else "a b")
    assert len(UNICODE) > 20


@pytest.mark.parametrize("mark", [mark for mark in UNICODE if mark not in spaces.ASCII])
def test_ascii_leaves_every_other_white_space_in_its_word(mark):
    word = f"{mark}new{mark}york{mark}"
    assert spaces.split(f" {word}\t{word}\r\n") == f"{word} {word}".encode().decode().split(" ") == [word, word]
    assert spaces.strip(f"\t{word} ") == word
    assert spaces.plain(word, "ascii") == word
    assert spaces.is_word(word)
    assert not spaces.is_word(word, "unicode")


def test_ascii_is_that_of_bytes():
    text = "a b\tc\nd\ve\ff\rg"
    assert spaces.split(text) == [word.decode() for word in text.encode().split()]
    assert not spaces.is_word("")
    assert not spaces.is_word("a b")
