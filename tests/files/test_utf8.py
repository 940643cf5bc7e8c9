from collections import Counter

import pytest

from jaxw2v.files import utf8

CUT = "caf\u00e9 ok caf\u00e9".encode()[:-1]


def test_an_error_says_where():
    with pytest.raises(UnicodeDecodeError) as caught:
        utf8.decoded(CUT, "error")
    assert caught.value.start == len(CUT) - 1


@pytest.mark.parametrize(
    ("invalid", "part", "expected"),
    [
        ("replace", "ascii", "caf\u00e9 ok caf\ufffd"),
        ("skip", "ascii", "caf\u00e9 ok "),
        ("skip", "line", ""),
    ],
)
def test_what_becomes_of_a_cut_letter(invalid, part, expected):
    assert utf8.decoded(CUT, invalid, part) == expected


def test_what_is_left_out_is_counted_and_what_is_around_stays():
    skipped = Counter()
    assert utf8.decoded(b"a b\xff\tc\n\xe9 d\n", "skip", skipped=skipped) == "a \tc\n d\n"
    assert utf8.decoded("a\u00a0b".encode() + b"\xff", "skip", "unicode", skipped) == "a\u00a0"
    assert utf8.decoded(b"a \xff\nb c\n", "skip", "line", skipped) == "\nb c\n"
    assert skipped == {"ascii": 2, "unicode": 1, "line": 1}
