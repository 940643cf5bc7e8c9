"""The loop: epochs, steps, segments, devices, checkpoints."""

import math
from dataclasses import dataclass

from jaxw2v.settings.checks import MOST, need, one_of


@dataclass(frozen=True)
class TrainSettings:
    """How training runs."""

    epochs: int
    heldout_fraction: float  # of the sentences, held out from training, on which the loss is measured; 0: none
    step_tokens: int  # kept tokens whose windows make one update
    chunk_tokens: int  # kept tokens whose windows and noise are drawn at a time; whole steps, at least one
    segment_tokens: int | None  # raw tokens of a segment, about; null: 16 for each word of the vocabulary
    replicas: int | None  # copies trained on a segment each and merged after it; null: 2 for damped_sgd on CPUs, else 1
    device: str  # auto, cpu, gpu or tpu
    deterministic: bool  # on a GPU the same bytes, by sorted sums instead of atomic adds; a CPU always has them
    log_every: float  # without a terminal: seconds between two lines of progress
    checkpoint_every: float  # seconds or segments from one checkpoint to the next; 0: none
    checkpoint_unit: str  # seconds or segments
    resume: str  # auto: go on from a checkpoint that is there; must: or refuse; never: start anew
    init_from: str | None  # the folder of a finished run whose tables this one begins with
    save_state: bool  # leave the tables and the optimizer's state exactly as they are, to start from

    def __post_init__(self):
        for key in ("epochs", "step_tokens", "chunk_tokens", "segment_tokens", "replicas"):
            value = getattr(self, key)
            need(value is None or 1 <= value <= MOST, f"train.{key}", value, f"use 1 or more, {MOST} at most")
        tokens, replicas = self.segment_tokens or 1, self.replicas or 1
        need(tokens <= 2**28, "train.segment_tokens", self.segment_tokens, "use at most 2^28 tokens")
        need(replicas <= 1024, "train.replicas", self.replicas, "use at most 1024")
        need(replicas & (replicas - 1) == 0, "train.replicas", self.replicas, "use a power of 2: they merge in pairs")
        one_of("train.device", self.device, ("auto", "cpu", "gpu", "tpu"))
        seconds = self.log_every
        need(0 <= seconds < math.inf, "train.log_every", seconds, "use 0 or more seconds, such as 1e9 for never")
        one_of("train.checkpoint_unit", self.checkpoint_unit, ("seconds", "segments"))
        one_of("train.resume", self.resume, ("auto", "must", "never"))
        every = self.checkpoint_every
        need(0 <= every < math.inf, "train.checkpoint_every", every, "use 0 (none) or more")
        whole = self.checkpoint_unit == "seconds" or every == int(every)
        need(whole, "train.checkpoint_every", every, "use a whole number of segments")
