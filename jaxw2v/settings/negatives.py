"""The noise distribution, and what shares negative samples."""

import math
from dataclasses import dataclass

from jaxw2v.settings.checks import MOST, need, one_of

DEFAULT_SPAN = 128  # tokens


@dataclass(frozen=True)
class NegativeSettings:
    """Negative sampling: see `training.negatives` and `training.blocks`."""

    k: int  # negative pairs for each positive pair; 0: none
    exponent: float  # noise probability is proportional to count ** exponent
    sampler: str  # exact, or word2vec_c: rounded to the 1e8 slots of its table
    sentence_end: str  # a sample that is </s>, of vocab.sentence_end: noise, it stays; uniform: any other word instead
    equal: str  # a sample that is the word it stands against: keep, skip or redraw
    shared_by: str  # pair, window or span: what shares a set of negative samples
    span: int | None  # of `span`: how many neighboring tokens it is; None: see `span_of`
    shared_samples: int  # of `span`: negative samples in a set; each weighs k / shared_samples for each positive pair

    def __post_init__(self):
        need(0 <= self.k <= MOST, "negatives.k", self.k, f"use 0 (no noise) or more, {MOST} at most")
        need(math.isfinite(self.exponent), "negatives.exponent", self.exponent, "use a finite number")
        one_of("negatives.sampler", self.sampler, ("exact", "word2vec_c"))
        fits = self.sampler == "exact" or -20 <= self.exponent <= 20
        need(fits, "negatives.exponent", self.exponent, "negatives.sampler=word2vec_c takes -20 to 20; or use exact")
        one_of("negatives.sentence_end", self.sentence_end, ("noise", "uniform"))
        one_of("negatives.equal", self.equal, ("keep", "skip", "redraw"))
        one_of("negatives.shared_by", self.shared_by, ("pair", "window", "span"))
        span = self.span
        need(span is None or 1 <= span <= MOST, "negatives.span", span, f"use 1 or more tokens, {MOST} at most")
        samples = self.shared_samples
        need(1 <= samples <= MOST, "negatives.shared_samples", samples, f"use 1 or more words, {MOST} at most")

    def span_of(self, step_tokens: int) -> int:
        """Tokens of a span in steps of so many: `span`; where that is None 128, or a whole step if it has fewer."""
        return self.span or min(DEFAULT_SPAN, step_tokens)
