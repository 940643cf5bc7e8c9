"""Fonts for the words of a picture, in whatever scripts they are, among those that are installed."""

import functools
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

import matplotlib
from matplotlib import font_manager, ft2font

# of mathematics, in encodings of their own, and one that has a box for every character
_NOT_OF_WORDS = ("cm", "STIX", "Last Resort")
_INVISIBLE = ("Cc", "Cf", "Cs", "Mn", "Zs")  # categories of characters that shapers can do without
WARNINGS = "(Glyph .* missing|Matplotlib currently does not support)"  # of pictures in scripts without a font


class Fonts(NamedTuple):
    """What to draw words with.

    Attributes:
      families: names for Matplotlib, tried in this order for each character.
      missing: characters that none of them has.
    """

    families: list[str]
    missing: frozenset[str]

    def has(self, word: str) -> bool:
        """Whether all of a word can be drawn."""
        return self.missing.isdisjoint(word)


def choose(words: Iterable[str]) -> Fonts:
    """Matplotlib's own font, and as many others as it takes for characters that it lacks, those first that have most.

    Args:
      words: that are to be drawn.
    """
    families = list(matplotlib.rcParams["font.family"])
    own = _characters(font_manager.findfont(font_manager.FontProperties(family=families)))
    missing = {ord(each) for each in set().union(*words)} - own
    missing = {code for code in missing if unicodedata.category(chr(code)) not in _INVISIBLE}
    while missing:
        covered = {name: len(missing & _characters(path)) for name, path in _installed()}
        name = max(covered, key=lambda name: (covered[name], name), default="")
        if not covered.get(name):
            break
        families.append(name)
        missing -= _characters(dict(_installed())[name])
    return Fonts(families, frozenset(map(chr, missing)))


@functools.cache
def _installed() -> tuple[tuple[str, str], ...]:
    """Name and file of the upright fonts of usual weight."""
    usual = {
        entry.name: entry.fname
        for entry in sorted(font_manager.fontManager.ttflist, key=lambda entry: entry.fname)
        if entry.style == "normal" and entry.weight in (400, "normal", "regular", "book")
    }
    return tuple(sorted((name, path) for name, path in usual.items() if not name.startswith(_NOT_OF_WORDS)))


@functools.cache
def _characters(path: str) -> frozenset[int]:
    """What a font has outlines for; nothing, if it cannot be read."""
    try:
        return frozenset(ft2font.FT2Font(path).get_charmap())
    except (OSError, RuntimeError, ValueError):
        return frozenset()
