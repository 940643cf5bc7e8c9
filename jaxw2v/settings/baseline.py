"""Count-based baselines: vectors from counts in the place of training."""

import math
from dataclasses import dataclass

from jaxw2v.settings.checks import need, one_of


@dataclass(frozen=True)
class BaselineSettings:
    """PMI and its SVD, under the same corpus, vocab, subsample, windows, model.dim (Levy, Goldberg and Dagan 2015)."""

    method: str  # none: train; ppmi: rows of the matrix of positive PMI; svd: its truncated decomposition
    shift: float  # k of PMI - log k
    contexts: str  # counted, or noise: whose distribution the PMI is relative to
    context_smoothing: float  # power to which the counts of that distribution are raised
    eigenvalue_power: float  # of svd: to which the singular values are raised
    tolerance: float  # probability of farther contexts at which a window is taken as closed
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
