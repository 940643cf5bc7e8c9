"""Which words have vectors."""

from dataclasses import dataclass

from jaxw2v.settings.checks import need


@dataclass(frozen=True)
class VocabSettings:
    """The vocabulary: counted, or given."""

    min_count: int  # rarer words are removed before windows are made
    max_size: int | None  # keep only this many words, the most frequent
    path: str | None  # a file of `word count` lines to use as it is instead of counting
    grow: bool  # of train.init_from: the words known there stay, and counts are those of both texts

    def __post_init__(self):
        need(self.min_count >= 1, "vocab.min_count", self.min_count, "use 1 or more")
        if self.max_size is not None:
            need(self.max_size >= 2, "vocab.max_size", self.max_size, "use 2 or more words, or null")
