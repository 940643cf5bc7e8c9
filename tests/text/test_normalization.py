# ruff: noqa: RUF001
import unicodedata

import pytest

from jaxw2v.errors import InputError
from jaxw2v.settings.corpus import NormalizeSettings
from jaxw2v.text import normalization
from jaxw2v.text.normalization import make_normalizer, normalized


def words(text, pattern=r"[^\W_]+", **settings):
    chosen = NormalizeSettings(**({"lower": False, "nfc": False, "word_pattern": pattern} | settings))
    return normalized(text, make_normalizer(chosen)).split()


@pytest.mark.parametrize(
    "text",
    [
        "हिन्दी में किताब पढ़ना", "தமிழ் மொழி இனிது", "ภาษา ไทย ที่นี่", "שָׁלוֹם עוֹלָם", "e\u0301te\u0301 cafe\u0301",
        "می\u200cخواهم کتاب", "বাংলা ভাষা", "မြန်မာ စာ", "كِتَابٌ جَدِيدٌ", "x\u0302 y\u0304",
    ],
)  # fmt: skip
def test_marks_belong_to_their_words(text):
    """Their vowel signs, points and accents are not letters to Python's `re`, which breaks words there."""
    assert words(text) == words(f"({text.replace(' ', ', ')}!)") == text.split()


def test_other_patterns_mean_what_they_did():
    assert words("I'm snake_case, 3.5 x", r"[^\W\d_]+(?:'\w+)?") == ["I'm", "snake", "case", "x"]
    assert words("a-b c", r"[a-z]+(?:-[a-z]+)*") == ["a-b", "c"]
    assert words("(a)", r"(?:\()?a") == ["(a"]


def test_turkish_and_greek_small_letters():
    assert words("\u0130stanbul I\u011fd\u0131r", lower=True) == ["i\u0307stanbul", "i\u011fd\u0131r"]
    assert words("\u039f\u0394\u039f\u03a3 \u03a3\u03a3", lower=True) == ["\u03bf\u03b4\u03bf\u03c2", "\u03c3\u03c2"]


def test_small_letters_are_in_normal_form_too():
    (word,) = words("J\u030cx", lower=True, nfc=True)
    assert word == unicodedata.normalize("NFC", word) == "\u01f0x"


def test_both_forms_of_a_letter_are_one_word_with_nfc():
    assert len(set(words("caf\u00e9 cafe\u0301"))) == 2
    assert len(set(words("caf\u00e9 cafe\u0301", nfc=True))) == 1


def test_what_the_cache_knows():
    plain = NormalizeSettings(lower=False, nfc=False, word_pattern=None)
    assert normalization.version(plain) is None
    assert normalization.version(NormalizeSettings(True, False, None)) == unicodedata.unidata_version
    assert "regex" in normalization.version(NormalizeSettings(False, False, "a"))


def test_a_wrong_pattern():
    with pytest.raises(InputError, match="not a regular expression"):
        words("a", "[a-")
