"""The trainer: settings chosen once, a pure function over segments in return."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxw2v.training import blocks, loss, negatives, rates, rows, segment, subsample
from jaxw2v.training.model import init_model


class Words(NamedTuple):
    """What training knows of the vocabulary: arguments of the compiled program, not constants in it.

    Attributes:
      keep_V: [V] float32, the probability that a token of a word is kept.
      noise: the noise distribution.
    """

    keep_V: jax.Array
    noise: negatives.AliasTable


class Trainer(NamedTuple):
    """Pure functions, not yet compiled.

    Attributes:
      init: `(key, words) -> State` for V words.
      train_segment: `(key, state, words: Words, raw_N, start, end) -> (State, Info)`; see `segment.make_segment`.
      schedule: from the fraction of raw words seen to the learning rate.
    """

    init: Callable[[jax.Array, int], segment.State]
    train_segment: Callable
    schedule: Callable[[jax.Array], jax.Array]


def make_words(count_V: np.ndarray, threshold: float, formula: str, exponent: float) -> Words:
    """Keep probabilities and noise of a vocabulary; arguments as `keep_probabilities` and `noise_probabilities`."""
    noise = negatives.build_alias_table(negatives.noise_probabilities(count_V, exponent))
    return jax.tree.map(jnp.asarray, Words(subsample.keep_probabilities(count_V, threshold, formula), noise))


def make_optimizer(name: str, start: float, transform: str, options: dict) -> rows.RowOptimizer:
    """The row optimizer of that name: sgd, damped_sgd, rowwise_adagrad, or optax with a transformation's name.

    Raises:
      ValueError: optax has no such transformation, or it does not take these options or is not elementwise.
    """
    if name == "sgd":
        return rows.sgd()
    if name in ("damped_sgd", "rowwise_adagrad"):
        return getattr(rows, name)(start)
    if not transform.startswith(("scale_by_", "trace")) or not hasattr(optax, transform):
        raise ValueError(
            f"optax has no transformation {transform!r}: use one such as scale_by_adam, scale_by_rms or trace"
        )
    try:
        return rows.lift(getattr(optax, transform)(**options))
    except TypeError as error:
        raise ValueError(f"optax.{transform} does not take these options: {error}") from error


def make_trainer(
    *,
    dim: int,
    init_range: float,
    window: int,
    dynamic: bool,
    k: int,
    shared_by: str,
    stretch: int,
    draws: int,
    optimizer: rows.RowOptimizer,
    schedule: rates.Schedule,
    step_tokens: int,
    chunk_tokens: int,
    loss_every: int,
) -> Trainer:
    """A trainer of skip-gram with negative sampling.

    Args:
      dim, init_range: see `init_model`.
      window, dynamic: see `draw_reach`.
      k, stretch, draws: see `draw_band`.
      shared_by: who shares a set of noise words: pair, window or stretch.
      optimizer: for both tables.
      schedule: from the fraction of raw words seen to the learning rate.
      step_tokens: T, kept tokens whose windows make one update; a multiple of `stretch` if that shares.
      chunk_tokens: kept tokens whose windows and noise are drawn at a time; a multiple of `step_tokens`.
      loss_every: steps between two that report their loss.
    """
    draw_pairs, step_loss = {
        "pair": (blocks.draw_pairs, loss.blocks_loss),
        "window": (blocks.draw_windows, loss.blocks_loss),
        "stretch": (functools.partial(blocks.draw_band, stretch=stretch, draws=draws), loss.band_loss),
    }[shared_by]
    draw_pairs = functools.partial(draw_pairs, window=window, dynamic=dynamic, k=k)

    def init(key, words):
        return segment.init_state(init_model(key, words, dim, init_range), optimizer)

    def train_segment(key, state, words, raw_N, start, end):
        step = segment.make_step(step_loss, optimizer)
        draw = functools.partial(draw_pairs, noise=words.noise)
        run = segment.make_segment(draw, step, schedule, window, step_tokens, chunk_tokens, loss_every)
        return run(key, state, raw_N, words.keep_V, start, end)

    return Trainer(init, train_segment, schedule)
