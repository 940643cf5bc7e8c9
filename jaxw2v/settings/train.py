"""The training loop: epochs, steps, segments, devices, checkpoints."""

import math
from dataclasses import dataclass, field

from jaxw2v.settings.checks import EITHER, MOST, need, one_of
from jaxw2v.settings.hosts import HostSettings
from jaxw2v.settings.mesh import MOST_DEVICES, MeshSettings


@dataclass(frozen=True)
class TrainSettings:
    """How training runs. Tokens are kept tokens unless they are called raw: before subsampling."""

    epochs: int
    heldout_fraction: float  # fraction of the sentences that is held out to measure the loss; 0: none
    order: str  # step: all pairs of a step from the rows at its start; sequential: one by one
    generator: str  # of sequential: philox, or word2vec_c: its generator
    patience: float  # of sequential: hours that a run may take by an estimate
    step_tokens: int | None  # kept tokens in one update; null: by platform, see `runs.platforms`
    chunk_tokens: int | None  # kept tokens whose windows and negative samples are drawn at a time; whole steps; too
    positives: str  # how observed pairs of spans are multiplied: band, blocks or auto; see `training.loss`, `dense`
    sums: str  # of the gradients of a row: scattered, sorted or auto; see `training.storage`
    loops: str  # over chunks and steps: dynamic, static or auto; see `training.loops`
    segment_tokens: int | None  # raw tokens in a segment, about; null: see `segments.segment_tokens`
    replicas: int | None  # copies trained on a segment each and then merged; null: see `devices.for_text`
    mesh: MeshSettings
    hosts: HostSettings
    device: str  # auto, cpu, gpu or tpu
    deterministic: bool  # on a GPU the same bytes every time, by sorted sums instead of atomic adds; CPUs always are
    log_every: float  # without a terminal: seconds between lines of progress
    checkpoint_every: float  # seconds or segments from one checkpoint to the next; 0: none
    checkpoint_unit: str  # seconds or segments
    resume: (
        str  # from a checkpoint; auto: if there is one; must: else an error; anyway: of another environment, too; never
    )
    init_from: str | None = field(metadata=EITHER)  # folder of a finished run whose matrices this one starts from
    save_state: bool  # save the matrices and the optimizer's state, for init_from

    @property
    def step(self) -> int:
        """`step_tokens`, once it is chosen."""
        assert self.step_tokens is not None, "see runs.platforms"
        return self.step_tokens

    @property
    def chunk(self) -> int:
        """`chunk_tokens`, likewise."""
        assert self.chunk_tokens is not None, "see runs.platforms"
        return self.chunk_tokens

    def __post_init__(self):
        for key in ("epochs", "step_tokens", "chunk_tokens", "segment_tokens", "replicas"):
            value = getattr(self, key)
            need(value is None or 1 <= value <= MOST, f"train.{key}", value, f"use 1 or more, {MOST} at most")
        tokens, replicas = self.segment_tokens or 1, self.replicas or 1
        need(tokens <= 2**28, "train.segment_tokens", self.segment_tokens, "use at most 2^28 tokens")
        need(replicas <= MOST_DEVICES, "train.replicas", self.replicas, f"use at most {MOST_DEVICES}")
        need(replicas & (replicas - 1) == 0, "train.replicas", self.replicas, "use a power of 2: they merge in pairs")
        one_of("train.order", self.order, ("step", "sequential"))
        one_of("train.positives", self.positives, ("auto", "band", "blocks"))
        one_of("train.sums", self.sums, ("auto", "scattered", "sorted"))
        one_of("train.loops", self.loops, ("auto", "dynamic", "static"))
        one_of("train.generator", self.generator, ("philox", "word2vec_c"))
        need(0 < self.patience <= 1e6, "train.patience", self.patience, "use a positive number of hours up to 1e6")
        one_of("train.device", self.device, ("auto", "cpu", "gpu", "tpu"))
        seconds = self.log_every
        need(0 <= seconds < math.inf, "train.log_every", seconds, "use 0 or more seconds, such as 1e9 for never")
        one_of("train.checkpoint_unit", self.checkpoint_unit, ("seconds", "segments"))
        one_of("train.resume", self.resume, ("auto", "must", "anyway", "never"))
        every = self.checkpoint_every
        need(0 <= every < math.inf, "train.checkpoint_every", every, "use 0 (none) or more")
        whole = self.checkpoint_unit == "seconds" or every == int(every)
        need(whole, "train.checkpoint_every", every, "use a whole number of segments")
