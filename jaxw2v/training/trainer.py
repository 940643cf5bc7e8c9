"""The trainer: settings chosen once, a pure function over segments in return."""

import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxw2v.settings.optimizer import OptimizerSettings
from jaxw2v.training import huffman, negatives, rows, schedules, segment, subsample
from jaxw2v.training.model import init_model
from jaxw2v.training.task import make_task


class Run(NamedTuple):
    """What may differ between the runs of a population: numbers, arguments of the compiled program.

    Attributes:
      keep_V: [V] float32, the probability that a token of a word is kept.
      noise: the noise distribution.
      window: int32 scalar, the farthest context; at most the trainer's `widest`.
      k: float32 scalar, negative pairs for a positive pair; used where spans share noise, elsewhere k is a shape.
      rate: float32 scalar, the highest learning rate.
      tree: of hierarchical softmax, else None.
    """

    keep_V: jax.Array
    noise: negatives.AliasTable
    window: jax.Array
    k: jax.Array
    rate: jax.Array
    tree: huffman.Tree | None = None


class Trainer(NamedTuple):
    """Pure functions, not yet compiled.

    Attributes:
      init: `(key, words, contexts=None) -> State` for V words, and as many contexts or another number.
      train_segment: `(key, state, run, raw_N, start, end) -> (State, Info)`; see `segment.make_segment`.
    """

    init: Callable[..., segment.State]
    train_segment: Callable


def make_hyperparameters(
    count_V: np.ndarray,
    *,
    threshold: float,
    formula: str,
    exponent: float,
    window: int,
    k: float,
    rate: float,
    objective: str = "negative_sampling",
    context_counts: np.ndarray | None = None,
) -> Run:
    """The numbers of a run. Arguments: `keep_probabilities`, `noise_probabilities`, `draw_reach`, `make_schedule`;
    context_counts: of given pairs, whose contexts are no words."""
    noise_count = count_V if context_counts is None else context_counts
    tree = huffman.build_tree(count_V) if objective == "hierarchical_softmax" else None
    noise = negatives.build_alias_table(negatives.noise_probabilities(noise_count, exponent))
    keep_V = subsample.keep_probabilities(count_V, threshold, formula)
    if context_counts is not None:
        keep_V = np.append(keep_V, subsample.keep_probabilities(context_counts, threshold, formula))
    return jax.tree.map(jnp.asarray, Run(keep_V, noise, np.int32(window), np.float32(k), np.float32(rate), tree))


def make_optimizer(settings: OptimizerSettings) -> rows.RowOptimizer:
    """The row optimizer of these settings: sgd, damped_sgd, rowwise_adagrad, or an optax transformation.

    Raises:
      ValueError: optax has no such transformation, or it does not take these options or is not elementwise.
    """
    name, transform = settings.name, settings.transform
    if name == "sgd":
        return rows.sgd()
    if name in ("damped_sgd", "rowwise_adagrad"):
        bound = math.inf if settings.max_row_move is None else settings.max_row_move
        return getattr(rows, name)(settings.initial_accumulator, settings.accumulator_power, bound)
    if not transform.startswith(("scale_by_", "trace")) or not hasattr(optax, transform):
        raise ValueError(
            f"optax has no transformation {transform!r}: use one such as scale_by_adam, scale_by_rms or trace"
        )
    try:
        return rows.lift(getattr(optax, transform)(**settings.options))
    except TypeError as error:
        raise ValueError(f"optax.{transform} does not take these options: {error}") from error


def make_trainer(
    *,
    dim: int,
    init_range: float,
    dtype: str = "float32",
    widest: int,
    dynamic: bool,
    k: int,
    shared_by: str,
    span: int,
    draws: int,
    optimizer: rows.RowOptimizer,
    schedule: schedules.Schedule,
    step_tokens: int,
    chunk_tokens: int,
    output_range: float = 0.0,
    tied: bool = False,
    freeze: str = "none",
    architecture: str = "skipgram",
    objective: str = "negative_sampling",
    input: str = "center",
    pool: str = "mean",
    memory: float = 0.0,
    given: bool = False,
    runs: str | None = None,
) -> Trainer:
    """A trainer. What is given here is static; a `Run` holds the rest.

    Args:
      dim, init_range, output_range, tied, dtype: see `init_model`.
      widest: no run's window is wider.
      dynamic: see `draw_reach`.
      k: of `pair` and `window`, where it is the number of negative samples drawn; a span takes the run's own.
      span, draws: see `draw_band`.
      shared_by: who shares a set of negative samples: pair, window or span.
      optimizer: for both tables.
      schedule: from the fraction of raw words seen to the fraction of the run's rate.
      step_tokens: T, kept tokens whose windows make one update; a multiple of `span` if that shares.
      chunk_tokens: kept tokens whose windows and noise are drawn at a time; a multiple of `step_tokens`.
      freeze: see `segment.make_step`.
      architecture: skipgram, or cbow: see `bags`.
      objective: of skipgram: negative_sampling, hierarchical_softmax or softmax: see `huffman`, `softmax`.
      input: of skipgram: see `blocks.Windows`.
      pool: of cbow: see `bags.draw_bags`.
      memory: of softmax, in bytes: see `softmax.rows_at_a_time`.
      given: the text is pairs of words and contexts: see `pairs`.
      runs: the name of the axis of runs where `train_segment` is mapped over a population.
    """
    task = make_task(
        architecture=architecture,
        objective=objective,
        input=input,
        pool=pool,
        widest=widest,
        dynamic=dynamic,
        k=k,
        shared_by=shared_by,
        span=span,
        draws=draws,
        memory=memory,
        given=given,
    )

    def init(key, words, contexts=None):
        model = init_model(key, words, dim, init_range, output_range, tied, contexts, dtype)
        return segment.init_state(model, optimizer)

    def train_segment(key, state, run, raw_N, start, end):
        train = segment.make_segment(
            lambda key, token_window: task.draw(key, token_window, run),
            task.objective,
            optimizer,
            lambda fraction: run.rate * schedule(fraction),
            widest=task.widest,
            step_tokens=step_tokens,
            chunk_tokens=chunk_tokens,
            freeze=freeze,
            subsample_with=lambda key, raw_N, _: task.subsample_with(key, raw_N, run),
            runs=runs,
        )
        return train(key, state, raw_N, run.keep_V, start, end)

    return Trainer(init, train_segment)
