"""The settings that make words of raw text, and phrases of words."""

import math
from dataclasses import dataclass

from jaxw2v.settings.checks import need as _need
from jaxw2v.settings.checks import one_of as _one_of
from jaxw2v.settings.checks import path as _path


@dataclass
class Normalise:
    """How raw text becomes words; all off: the text is used as it is, split at white space."""

    lower: bool
    nfc: bool  # Unicode normal form C
    word_pattern: str | None  # a regular expression; what it matches are the words of a line


@dataclass
class Phrases:
    method: str  # none, word2phrase, npmi or list
    thresholds: list[float]  # of word2phrase and npmi: one for each pass over the text
    min_count: int  # of word2phrase and npmi: rarer phrases are not joined; word2phrase also discounts so many
    across_sentences: bool  # also count the last word of a sentence with the first of the next; they are never joined
    connectors: list[str]  # words that stand inside a phrase but neither begin nor end it
    joiner: str  # stands between the words of a phrase
    max_pairs: int  # different pairs of words counted at a time, the rarest are dropped; about 40 bytes each
    path: str | None  # of `list`: a file with one phrase a line
    normalise: Normalise  # of `list`: how its lines become words, as the text has them

    def __post_init__(self):
        _one_of("corpus.phrases.method", self.method, ("none", "word2phrase", "npmi", "list"))
        at = "corpus.phrases"
        joins = bool(self.joiner) and self.joiner.split() == [self.joiner]
        _need(joins, f"{at}.joiner", repr(self.joiner), "use one or more characters that are not white space")
        _need(self.min_count >= 1, f"{at}.min_count", self.min_count, "use 1 or more")
        _need(self.max_pairs >= 1000, f"{at}.max_pairs", self.max_pairs, "use 1000 or more")
        words = all(word.split() == [word] for word in self.connectors)
        _need(words, f"{at}.connectors", self.connectors, "name single words")
        if self.method == "list":
            _need(bool(self.path), f"{at}.path", self.path, f"say which list: {at}.path=FILE")
            _path(f"{at}.path", self.path)
        elif self.method != "none":
            _need(bool(self.thresholds), f"{at}.thresholds", self.thresholds, "give one for each pass, such as [100]")
        for threshold in self.thresholds:
            finite = math.isfinite(threshold)
            _need(finite, f"{at}.thresholds", self.thresholds, "use finite numbers")
            if self.method == "word2phrase":
                _need(threshold >= 0, f"{at}.thresholds", threshold, "joins everything; use 0 or more, such as 100")
            elif self.method == "npmi":
                _need(threshold < 1, f"{at}.thresholds", threshold, "joins nothing, npmi is 1 at most; use less")
                _need(threshold > -1, f"{at}.thresholds", threshold, "joins everything, npmi is -1 at least; use more")
