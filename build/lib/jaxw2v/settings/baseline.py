"""Count-based baselines: vectors from co-occurrence counts instead of training."""

import math
from dataclasses import dataclass

from jaxw2v.settings.checks import need, one_of


@dataclass(frozen=True)
class BaselineSettings:
    """PPMI and its SVD (Levy, Goldberg and Dagan 2015) of the run's corpus, vocab, subsample, windows, model.dim."""

    method: str  # none: train; ppmi: rows of positive PMI; svd: its truncated SVD
    shift: float  # k of PMI - log k
    contexts: str  # the distribution that PMI is relative to: counted contexts, or the noise distribution
    context_smoothing: float  # exponent of the counts in that distribution
    eigenvalue_power: float  # of svd: exponent of the singular values
    tolerance: float  # farther contexts are ignored when their total probability is below this
    memory: float  # GB that the counts may take

    def __post_init__(self):
        one_of("baseline.method", self.method, ("none", "ppmi", "svd"))
        one_of("baseline.contexts", self.contexts, ("counted", "noise"))
        need(0 < self.shift < math.inf, "baseline.shift", self.shift, "use a positive number; 1 is no shift")
        smooth = math.isfinite(self.context_smoothing)
        need(smooth, "baseline.context_smoothing", self.context_smoothing, "use a finite number")
        need(0 <= self.eigenvalue_power <= 2, "baseline.eigenvalue_power", self.eigenvalue_power, "use 0 to 2")
        need(0 <= self.tolerance <= 0.1, "baseline.tolerance", self.tolerance, "use 0 to 0.1")
        need(0 < self.memory < math.inf, "baseline.memory", self.memory, "use a positive number of GB")
