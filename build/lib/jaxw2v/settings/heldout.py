"""The held-out loss: how it is measured, whatever the run itself trains with."""

import math
from dataclasses import dataclass

from jaxw2v.settings.checks import MOST, need, one_of

SCORE = "heldout.loss"  # its name in eval.objective


@dataclass(frozen=True)
class HeldoutSettings:
    """A held-out loss that is comparable between runs with different settings: see `runs.heldout_loss`."""

    method: str  # noise term; fixed: negative samples equal in every run; expected: the exact sum over all words
    samples: int  # of `fixed`: negative samples of each pair, averaged
    k: int  # negative pairs for each positive pair
    exponent: float  # of the noise distribution
    window: int  # the farthest context
    dynamic: bool  # contexts weigh (window - distance + 1) / window; false: 1
    threshold: float  # of subsampling, in expectation; 0 keeps every token
    formula: str  # of subsampling: word2vec_c or paper
    memory: float  # GB that counts and products may take

    def __post_init__(self):
        one_of("heldout.method", self.method, ("fixed", "expected"))
        need(1 <= self.samples <= MOST, "heldout.samples", self.samples, f"use 1 or more words, {MOST} at most")
        need(0 <= self.k <= MOST, "heldout.k", self.k, f"use 0 (no noise) or more, {MOST} at most")
        need(math.isfinite(self.exponent), "heldout.exponent", self.exponent, "use a finite number")
        need(1 <= self.window <= 1000, "heldout.window", self.window, "use 1 to 1000")
        need(0 <= self.threshold < math.inf, "heldout.threshold", self.threshold, "use 0 (off) or a positive number")
        one_of("heldout.formula", self.formula, ("word2vec_c", "paper"))
        need(0 < self.memory < math.inf, "heldout.memory", self.memory, "use a positive number of GB")
