"""Which words are joined into phrases."""

import math
from dataclasses import dataclass, field

from jaxw2v.files import spaces
from jaxw2v.settings.checks import A_FILE, need, one_of
from jaxw2v.settings.corpus import NormalizeSettings


@dataclass(frozen=True)
class PhraseSettings:
    """How phrases are found and written."""

    method: str  # none, word2phrase, npmi or list
    thresholds: list[float]  # of word2phrase and npmi: one for each pass over the text
    min_count: int  # of word2phrase and npmi: rarer phrases are not joined; also the discount of word2phrase
    across_sentences: bool  # also count pairs of the last word of a sentence and the first of the next; never joined
    connectors: list[str]  # words that may be inside a phrase but neither begin nor end it
    joiner: str  # written between the words of a phrase
    max_pairs: int  # different pairs counted at a time; beyond it the rarest are dropped; about 40 bytes each
    path: str | None = field(metadata=A_FILE)  # of `list`: a file with one phrase a line
    normalize: NormalizeSettings  # of `list`: how its lines become words, to match those of the text

    def __post_init__(self):
        one_of("phrases.method", self.method, ("none", "word2phrase", "npmi", "list"))
        joins, remedy = spaces.is_word(self.joiner), "use one or more characters that are not white space"
        need(joins, "phrases.joiner", repr(self.joiner), remedy)
        need(self.min_count >= 1, "phrases.min_count", self.min_count, "use 1 or more")
        need(self.max_pairs >= 1000, "phrases.max_pairs", self.max_pairs, "use 1000 or more")
        words = all(map(spaces.is_word, self.connectors))
        need(words, "phrases.connectors", self.connectors, "name single words")
        if self.method == "list":
            need(bool(self.path), "phrases.path", self.path, "name the list: phrases.path=FILE")
        elif self.method != "none":
            need(bool(self.thresholds), "phrases.thresholds", self.thresholds, "give one for each pass, such as [100]")
        for threshold in self.thresholds:
            self._check_threshold(threshold)

    def _check_threshold(self, threshold: float) -> None:
        need(math.isfinite(threshold), "phrases.thresholds", self.thresholds, "use finite numbers")
        if self.method == "word2phrase":
            need(threshold >= 0, "phrases.thresholds", threshold, "joins everything; use 0 or more, such as 100")
        elif self.method == "npmi":
            need(threshold < 1, "phrases.thresholds", threshold, "joins nothing, npmi is 1 at most; use less")
            need(threshold > -1, "phrases.thresholds", threshold, "joins everything, npmi is -1 at least; use more")
