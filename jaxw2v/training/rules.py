"""The rules of the sequential order, from the settings: random numbers, what is kept, samples, learning rates."""

import math
from collections.abc import Callable

import numpy as np

from jaxw2v.settings.config import Config
from jaxw2v.settings.negatives import NegativeSettings
from jaxw2v.settings.optimizer import OptimizerSettings
from jaxw2v.training import streams
from jaxw2v.training.layout import Rules
from jaxw2v.training.negatives import REDRAWS, SLOTS, noise_distribution, table_ends
from jaxw2v.training.subsample import keep_in_floats


def make_rules(config: Config, count_V: np.ndarray) -> Rules:
    """The rules of a run.

    Args:
      config: checked, its learning rate a number.
      count_V: [V] positive counts.
    """
    subsample, windows, model = config.subsample, config.windows, config.model
    samples = model.objective == "negative_sampling"
    total = int(count_V.sum()) * config.train.epochs
    return Rules(
        stream=streams.make_stream(config.train.generator, config.seed),
        keep_V=keep_in_floats(count_V, subsample.threshold, subsample.formula) if subsample.threshold else None,
        max_sentence=subsample.max_sentence,
        counts_ends=config.vocab.sentence_end,
        window=windows.window,
        dynamic=windows.dynamic,
        k=config.negatives.k if samples else 0,
        samples=make_sampler(count_V, config.negatives),
        context_is_input=model.input == "context",
        cbow=model.architecture == "cbow",
        refresh=config.optimizer.refresh,
        rate_at=make_rate(config.optimizer, total),
        words=len(count_V),
    )


def make_sampler(count_V: np.ndarray, settings: NegativeSettings) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """A function (numbers [P, k] uint64, predicted words [P]) -> [P, k] int32 negative samples; V is none.

    Args:
      count_V: [V] positive counts.
      settings: sampler, exponent, sentence_end and equal.
    """
    words = len(count_V)
    if settings.sampler == "word2vec_c":
        end_V = table_ends(count_V, settings.exponent)

        def drawn(number_PK):
            slot_PK = (number_PK >> np.uint64(16)) % np.uint64(SLOTS)
            word_PK = np.minimum(np.searchsorted(end_V, slot_PK.astype(np.int64)), words - 1)
            if settings.sentence_end == "uniform":
                other_PK = (number_PK % np.uint64(words - 1)).astype(np.int64) + 1
                word_PK = np.where(word_PK == 0, other_PK, word_PK)
            return word_PK

    else:
        below_V = np.cumsum(noise_distribution(count_V, settings))

        def drawn(number_PK):
            place_PK = streams.unit(number_PK) * below_V[-1]
            return np.minimum(np.searchsorted(below_V, place_PK, "right"), words - 1)

    def sampler(number_PK, predicted_P):
        word_PK = drawn(number_PK)
        equal_PK = word_PK == predicted_P[:, None]
        for _ in range(REDRAWS if settings.equal == "redraw" else 0):
            if not equal_PK.any():
                break
            number_PK = streams.mixed(number_PK)
            word_PK = np.where(equal_PK, drawn(number_PK), word_PK)
            equal_PK = word_PK == predicted_P[:, None]
        return np.where(equal_PK & (settings.equal != "keep"), words, word_PK).astype(np.int32)

    return sampler


def make_rate(settings: OptimizerSettings, total: int) -> Callable[[int], np.float32]:
    """A function from the words seen to the learning rate, as `schedules.make_schedule`, on the host.

    Schedule "word2vec_c" is computed in float32, in the C program's order.

    Args:
      settings: the learning rate is a number.
      total: words of all epochs.
    """
    highest = np.float32(settings.learning_rate)
    name, final, rest = settings.schedule, settings.final_fraction, 1 - settings.warmup

    def c_program(seen: int) -> np.float32:
        rate = highest * (np.float32(1) - np.float32(seen) / np.float32(total + 1))
        lowest = float(highest) * final
        return np.float32(lowest) if float(rate) < lowest else rate

    def of_fraction(seen: int) -> np.float32:
        after = (min(seen / total, 1) - settings.warmup) / rest
        if after < 0:
            return np.float32(highest * (1 + after * rest / settings.warmup))
        falling = {
            "constant": 1.0,
            "linear": 1 + (final - 1) * after,
            "cosine": final + (1 - final) * (1 + math.cos(math.pi * after)) / 2,
            "word2vec_c": max(1 - after, final),
        }
        return np.float32(highest * falling[name])

    return c_program if name == "word2vec_c" and not settings.warmup else of_fraction
