"""Subsampling of frequent words."""

import math
from dataclasses import dataclass

from jaxw2v.settings.checks import need, one_of


@dataclass(frozen=True)
class SubsampleSettings:
    """The probability that a token is kept: see `training.subsample`."""

    threshold: float  # t of the paper, -sample of word2vec.c; 0 keeps every token
    formula: str  # word2vec_c or paper

    def __post_init__(self):
        need(0 <= self.threshold < math.inf, "subsample.threshold", self.threshold, "use 0 (off) or a positive number")
        one_of("subsample.formula", self.formula, ("word2vec_c", "paper"))
