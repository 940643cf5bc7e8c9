"""White space: what separates words, the same in texts and in everything that is compared with them.

`ascii`: space, tab, newline, vertical tab, form feed and carriage return. Any other, such as a no-break space, is part
of the word it stands in. `unicode`: also all that `str.split` separates at, as gensim does.
"""

import re

ASCII = " \t\n\v\f\r"
KINDS = ("ascii", "unicode")

MARKS = {  # the bytes after which text can be cut
    "ascii": [mark.encode() for mark in ASCII],
    "unicode": [mark.encode() for mark in (*ASCII, "\u00a0", "\u2003", "\u2028", "\u3000")],
}

_ASCII_WORD = re.compile(f"[^{ASCII}]+")
_OTHERS = dict.fromkeys((*range(28, 32), 133, 160, 5760, *range(8192, 8203), 8232, 8233, 8239, 8287, 12288), " ")


def plain(text: str, kind: str = "unicode") -> str:
    """The text with white space of this kind that is not ASCII replaced by spaces; the ends of lines stay."""
    return text if kind == "ascii" or (text.isascii() and not _has_separators(text)) else text.translate(_OTHERS)


def split(text: str, kind: str = "ascii") -> list[str]:
    """The words of a text."""
    return text.split() if kind == "unicode" else _ASCII_WORD.findall(text)


def strip(text: str, kind: str = "ascii") -> str:
    """The text without white space at its beginning and its end."""
    return text.strip() if kind == "unicode" else text.strip(ASCII)


def is_word(text: str, kind: str = "ascii") -> bool:
    """Whether this is one word: not empty, and nothing in it separates words."""
    return split(text, kind) == [text]


def _has_separators(text: str) -> bool:
    return any(mark in text for mark in "\x1c\x1d\x1e\x1f")
