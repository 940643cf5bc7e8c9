"""What is done to text before it is split into words.

Patterns are those of the package `regex`, whose `\\w` has the marks that belong to letters, as Unicode recommends
(UTS #18, annex C): vowel signs of Hindi, Tamil and Thai, points of Hebrew, accents that are characters of their own,
and the joiners of Persian. In Python's `re` they are no part of a word.
"""

import unicodedata
from typing import Any, NamedTuple

import regex

from jaxw2v.errors import InputError
from jaxw2v.files import spaces
from jaxw2v.settings.corpus import NormalizeSettings


class Normalizer(NamedTuple):
    """Normalization that is ready to be used, in this order; nothing by default.

    Attributes:
      nfc: Unicode normal form C; with `lower` once more after it, since small letters may have another form.
      lower: `str.lower`.
      word: a compiled pattern; its matches, the whole of each, are the words of a line. `</s>` is plain text to it.
      section: of the settings, for messages.
      white_space: what separates words, see `spaces`; done before all else.
    """

    nfc: bool = False
    lower: bool = False
    word: Any = None
    section: str = "corpus.normalize"
    white_space: str = "ascii"

    @property
    def changes_nothing(self) -> bool:
        return not self.nfc and not self.lower and self.word is None and self.white_space == "ascii"


AS_IT_IS = Normalizer()


def make_normalizer(
    settings: NormalizeSettings, section: str = "corpus.normalize", white_space: str = "ascii"
) -> Normalizer:
    """The normalizer of these settings, for text in which this white space separates words.

    Raises:
      InputError: the pattern is no regular expression.
    """
    pattern = settings.word_pattern
    try:
        word = None if pattern is None else regex.compile(pattern)
    except regex.error as error:
        raise InputError(
            f"{section}.word_pattern={pattern}: not a regular expression ({error}); a simple one is [^\\W_]+"
        ) from None
    return Normalizer(settings.nfc, settings.lower, word, section, white_space)


def version(settings: NormalizeSettings) -> str | None:
    """What else the normalized text depends on: the versions of Unicode; None: it is used as it is."""
    versions = [unicodedata.unidata_version] if settings.nfc or settings.lower or settings.word_pattern else []
    versions += ["nfc of lower"] if settings.nfc and settings.lower else []
    versions += [f"regex {regex.__version__}"] if settings.word_pattern else []
    return ", ".join(versions) or None


def normalized(text: str, normalizer: Normalizer) -> str:
    """The text with its lines normalized one by one.

    Raises:
      InputError: the pattern matches white space.
    """
    text = spaces.plain(text, normalizer.white_space)
    if normalizer.nfc:
        text = unicodedata.normalize("NFC", text)
    if normalizer.lower:
        text = text.lower()
        text = unicodedata.normalize("NFC", text) if normalizer.nfc else text
    if normalizer.word is None:
        return text
    lines = [_words_of(line, normalizer.word, normalizer.section) for line in text.split("\n")]
    return "\n".join(lines) + (" " if lines[-1] else "")  # a line that continues in the next block


def _words_of(line: str, word: Any, section: str) -> str:
    words = [match.group() for match in word.finditer(line) if match.group()]
    text = " ".join(words)
    if text.encode().split() != [item.encode() for item in words]:  # bytes.split separates at ASCII white space only
        raise InputError(
            f"{section}.word_pattern={word.pattern}: matches white space, which separates words; exclude it"
        )
    return text
