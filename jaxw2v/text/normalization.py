"""What is done to text before it is split into words."""

import re
import unicodedata
from typing import NamedTuple

from jaxw2v.errors import InputError
from jaxw2v.files import spaces
from jaxw2v.settings.corpus import NormalizeSettings


class Normalizer(NamedTuple):
    """Normalization that is ready to be used, in this order; nothing by default.

    Attributes:
      nfc: Unicode normal form C.
      lower: `str.lower`.
      word: its matches, the whole of each, are the words of a line. `</s>` is plain text to it.
      section: of the settings, for messages.
      white_space: what separates words, see `spaces`; done before all else.
    """

    nfc: bool = False
    lower: bool = False
    word: re.Pattern[str] | None = None
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
        word = None if pattern is None else re.compile(pattern)
    except re.error as error:
        raise InputError(
            f"{section}.word_pattern={pattern}: not a regular expression ({error}); a simple one is [^\\W_]+"
        ) from None
    return Normalizer(settings.nfc, settings.lower, word, section, white_space)


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
    if normalizer.word is None:
        return text
    lines = [_words_of(line, normalizer.word, normalizer.section) for line in text.split("\n")]
    return "\n".join(lines) + (" " if lines[-1] else "")  # a line that continues in the next block


def _words_of(line: str, word: re.Pattern[str], section: str) -> str:
    words = [match.group() for match in word.finditer(line) if match.group()]
    text = " ".join(words)
    if text.encode().split() != [item.encode() for item in words]:  # bytes.split separates at ASCII white space only
        raise InputError(
            f"{section}.word_pattern={word.pattern}: matches white space, which separates words; exclude it"
        )
    return text
