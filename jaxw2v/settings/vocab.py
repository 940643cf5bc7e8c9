"""Which words have vectors."""

from dataclasses import dataclass, field

from jaxw2v.settings.checks import A_FILE, need


@dataclass(frozen=True)
class VocabSettings:
    """The vocabulary: counted, or read from a file."""

    min_count: int  # rarer words are removed before windows are made
    max_size: int | None  # only this many most frequent words; null: all
    max_counted: int | None  # different words counted at a time; beyond it the rarest are dropped; null: all
    path: str | None = field(metadata=A_FILE)  # a file with lines "word count" to use instead of counting
    sentence_end: bool  # the end of a line is the word </s>, row 0, and empty lines stay, as in word2vec.c
    grow: bool  # of train.init_from: keep all words of that run, and add up the counts of both texts

    def __post_init__(self):
        need(self.min_count >= 1, "vocab.min_count", self.min_count, "use 1 or more")
        if self.max_size is not None:
            need(self.max_size >= 2, "vocab.max_size", self.max_size, "use 2 or more words, or null")
        if self.max_counted is not None:
            need(self.max_counted >= 2, "vocab.max_counted", self.max_counted, "use 2 or more words, or null")
            need(self.path is None, "vocab.max_counted", self.max_counted, "with vocab.path no words are counted")
