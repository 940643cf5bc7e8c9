"""Subsampling of frequent words."""

import math
from dataclasses import dataclass

from jaxw2v.settings.checks import MOST, need, one_of


@dataclass(frozen=True)
class SubsampleSettings:
    """The probability that a token is kept: see `training.subsample`."""

    threshold: float  # t of the paper, -sample of word2vec.c; 0 keeps every token
    formula: str  # word2vec_c or paper
    max_sentence: int | None  # kept tokens after which a sentence is cut; null: never; word2vec.c: 1000

    def __post_init__(self):
        need(0 <= self.threshold < math.inf, "subsample.threshold", self.threshold, "use 0 (off) or a positive number")
        longest = self.max_sentence
        least = longest is None or 2 <= longest <= MOST
        need(least, "subsample.max_sentence", longest, f"use 2 to {MOST} tokens, or null")
        one_of("subsample.formula", self.formula, ("word2vec_c", "paper"))
