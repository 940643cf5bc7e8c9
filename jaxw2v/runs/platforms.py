"""Settings that are null or auto because what is best depends on the platform: what they are on the one that trains.

Chosen here and nowhere else, and before anything is made of them, so that results, checkpoints and messages name what
was used. The bytes of a run on a CPU do not depend on what other platforms have.
"""

import dataclasses
from typing import NamedTuple

from jaxw2v.errors import InputError
from jaxw2v.settings.config import Config


class Defaults(NamedTuple):
    """What a platform does where the settings leave it open; the fields are those of `train`."""

    step_tokens: int
    chunk_tokens: int
    positives: str
    loops: str
    sums: str = "scattered"


# Steps of 128 to 512 tokens are the fastest on two cores, and shifted products and loops of as many turns as there are
# steps, too (docs/speed.md).
CPU = Defaults(256, 8192, "band", "dynamic")
# What limits a GPU is how many kernels are started and how often the host waits for it. On one H200 steps of 2,048
# tokens in chunks of 65,536 were 1.6 times as fast as steps of 1,024 and as good; larger ones need another optimizer.
# Products and loops are as the compiled program says, not yet measured (docs/gpu.md).
GPU = Defaults(2048, 65536, "blocks", "static")
# Steps of thousands of tokens need the damping of damped_sgd, and were measured with samples shared by spans.
GPU_SMALL_STEPS = GPU._replace(step_tokens=CPU.step_tokens, chunk_tokens=CPU.chunk_tokens)
TPU = GPU_SMALL_STEPS  # nothing was measured


def defaults(config: Config, platform: str) -> Defaults:
    """Those of a platform, as JAX names it, for a model and an optimizer."""
    if platform == "cpu":
        return CPU
    spans = config.model.objective == "negative_sampling" and config.negatives.shared_by == "span"
    large = spans and config.model.architecture == "skipgram" and config.optimizer.name == "damped_sgd"
    if platform == "tpu":
        return TPU
    return GPU if large else GPU_SMALL_STEPS


def complete(config: Config, platform: str) -> Config:
    """The settings on this platform, nothing left open by null or auto.

    Raises:
      InputError: a setting has no effect there, or does not fit what the platform chooses.
    """
    if platform == "cpu" and config.model.precision != "highest" and config.baseline.method == "none":
        raise InputError(
            f"model.precision={config.model.precision}: a CPU trains, which multiplies in float32 only; use "
            "model.precision=highest, or train.device=gpu"
        )
    train, chosen = config.train, defaults(config, platform)
    step = chosen.step_tokens if train.step_tokens is None else train.step_tokens
    large = step == chosen.step_tokens
    sums = CPU.sums if platform == "cpu" else "sorted"  # a CPU adds in one order anyway
    chunk = (chosen if large else CPU).chunk_tokens if train.chunk_tokens is None else train.chunk_tokens
    completed = dataclasses.replace(
        train,
        step_tokens=step,
        chunk_tokens=chunk,
        positives=chosen.positives if train.positives == "auto" else train.positives,
        loops=chosen.loops if train.loops == "auto" else train.loops,
        sums=(sums if train.deterministic else chosen.sums) if train.sums == "auto" else train.sums,
    )
    return dataclasses.replace(config, train=completed)
