"""What is odd in a text: counted while it is read, and said in a line each, since words may not be what was meant."""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from jaxw2v.files import foreign

BYTE_ORDER_MARK = "\ufeff".encode()
_REPLACEMENT = "\ufffd"
_JSON = re.compile(rb'\s*(\[\s*)?(\{\s*"[^"\n]*"\s*:|\[")')
_MANY = 0.2  # share of the words that are runs of characters of a script without spaces
# Han, Hiragana, Katakana, Thai, Lao, Tibetan, Myanmar, Khmer, and marks: a run of so many of them is hardly one word
_RUN = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3001-\u303f\u3040-\u30ff\u3400-\u9fff\uff01-\uff65\U00020000-\U0003ffff]{10}"
)


class Remarks:
    """Counts of what is odd.

    Attributes:
      replaced: places that are not UTF-8, or NUL, and became U+FFFD.
    """

    def __init__(self) -> None:
        self.replaced = 0
        self._marks = self._returns = self._newlines = 0
        self._spaceless = 0.0
        self._markup: list[str] = []

    def see(self, block: bytes) -> None:
        """Looks at a block of a text."""
        self._marks += block.count(BYTE_ORDER_MARK)
        self._returns += block.count(b"\r")
        self._newlines += block.count(b"\n")

    def see_beginning(self, path: Path, block: bytes) -> None:
        """Looks at the first block of a file."""
        kind = "HTML or XML" if foreign.is_web_page(block[:512]) else "JSON" if _JSON.match(block) else ""
        if kind:
            self._markup.append(f"{path} is {kind}")

    def see_replaced(self, block: bytes, text: str) -> None:
        """Looks at what became of a block whose invalid bytes were replaced by U+FFFD."""
        self.replaced += text.count(_REPLACEMENT) - block.count(_REPLACEMENT.encode())

    def see_words(self, words: Iterable[str], counts: np.ndarray) -> None:
        """Looks at all different words and how often each occurs."""
        runs = [count for word, count in zip(words, counts.tolist()) if not word.isascii() and _RUN.search(word)]
        self._spaceless = sum(runs) / max(int(counts.sum()), 1)

    @property
    def unsegmented(self) -> str:
        """A line if many words are whole sentences of a script that has no spaces; else empty."""
        if self._spaceless < _MANY:
            return ""
        share = f"{self._spaceless:.0%} of the words are runs of ten and more characters of a script without spaces"
        return f"{share}: put white space between its words first, by a segmenter"

    def lines(self) -> list[str]:
        """One for each that was found."""
        found = []
        if self.replaced:
            found.append(f"{self.replaced:,} places that are not UTF-8 became U+FFFD (corpus.invalid_utf8=replace)")
        if self._marks:
            found.append(
                f"{self._marks:,} byte order marks (U+FEFF) inside, as where files that begin with one are joined: "
                "they are parts of words; take them out"
            )
        if self._returns > 10 * self._newlines:
            found.append(
                f"{self._returns:,} carriage returns and {self._newlines:,} newlines: only a newline ends a sentence; "
                "if lines end in carriage returns, change them first: tr '\\r' '\\n'"
            )
        if self._markup:
            more = f" and {len(self._markup) - 1:,} other files are" if len(self._markup) > 1 else ""
            found.append(f"{self._markup[0]}{more}: its tags and marks become words; make a plain text of it first")
        if self.unsegmented:
            found.append(self.unsegmented)
        return found
