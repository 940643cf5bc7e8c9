"""The text, and how raw text becomes words."""

from dataclasses import asdict, dataclass, field
from typing import Any

from jaxw2v.files import spaces, utf8
from jaxw2v.settings.checks import EITHER, MOST, need, one_of


@dataclass(frozen=True)
class NormalizeSettings:
    """How raw text becomes words; all off: the text is used as it is, split at white space."""

    lower: bool
    nfc: bool  # Unicode normal form C
    word_pattern: str | None  # a regular expression; its matches are the words of a line


@dataclass(frozen=True)
class ResampleSettings:
    """A bootstrapped text: see `text.resample`."""

    seed: int | None  # of the draws; None: the text as it is
    sentences: int  # neighboring sentences that are drawn together

    def __post_init__(self):
        seed, name = self.seed, "corpus.resample.seed"
        need(
            seed is None or 0 <= seed <= MOST, name, seed, f"use 0 or more, {MOST} at most, or null: the text as it is"
        )
        block = self.sentences
        need(1 <= block <= MOST, "corpus.resample.sentences", block, f"use 1 or more, {MOST} at most")


@dataclass(frozen=True)
class CorpusSettings:
    """Which text, and how it is read."""

    source: str  # docstrings, text8, file, or pairs: files of two columns, a word and its context
    path: Any = field(metadata=EITHER)  # of `file` and `pairs`: a file, a glob, a folder, or a list of them
    packages: list[str]  # of `docstrings`: import names of installed packages
    standard_library: bool  # of `docstrings`
    url: str  # of `text8`
    timeout: float  # of `text8`: seconds without data after which the download fails
    max_sentence: int | None  # words; a longer line is split into sentences of this length; null: never
    invalid_utf8: str  # error, replace or skip; of texts, pairs, vocabularies, lists and test sets
    white_space: str  # what separates words in all of them: ascii or unicode
    verify: str  # changed: a file that looks as when its checksum was taken is not read for it again; always: all are
    normalize: NormalizeSettings
    resample: ResampleSettings

    @property
    def reading(self) -> dict[str, Any]:
        """What the words of a text depend on, as caches know it; white space is named where it is not ASCII's alone."""
        white_space = {} if self.white_space == "ascii" else {"white_space": self.white_space}
        return {"invalid_utf8": self.invalid_utf8, **asdict(self.normalize), **white_space}

    def __post_init__(self):
        one_of("corpus.source", self.source, ("docstrings", "text8", "file", "pairs"))
        one_of("corpus.invalid_utf8", self.invalid_utf8, utf8.KINDS)
        one_of("corpus.verify", self.verify, ("changed", "always"))
        one_of("corpus.white_space", self.white_space, spaces.KINDS)
        if self.max_sentence is not None:
            need(self.max_sentence >= 2, "corpus.max_sentence", self.max_sentence, "use 2 or more words, or null")
        need(0 < self.timeout <= 1e6, "corpus.timeout", self.timeout, "use a positive number of seconds up to 1e6")
        named = self.source not in ("file", "pairs") or bool(self.path)
        need(named, "corpus.path", self.path, "name the text: corpus.path=FILE")
