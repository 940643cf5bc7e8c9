"""The trainer: settings chosen once, a pure function over segments in return."""

import dataclasses
import functools
from collections.abc import Callable
from typing import NamedTuple

import jax

from jaxw2v.settings.model import ModelSettings
from jaxw2v.settings.negatives import NegativeSettings
from jaxw2v.settings.optimizer import OptimizerSettings
from jaxw2v.settings.train import TrainSettings
from jaxw2v.settings.windows import WindowSettings
from jaxw2v.training import collectives, rows, schedules, segment, sequential
from jaxw2v.training.model import init_model
from jaxw2v.training.task import make_task


class Trainer(NamedTuple):
    """Pure functions, not yet compiled.

    Attributes:
      init: `(key, words, contexts=None) -> State` for V words, and as many contexts or another number.
      train_segment: `(key, state, hyperparameters, raw_N, start, end) -> (State, Info)`; see `segment.make_segment`. In
        the sequential order `layout.Examples` are in the place of raw_N, see `sequential.make_segment`; else it also
        takes `most_kept`.
    """

    init: Callable[..., segment.State]
    train_segment: Callable


def make_trainer(
    model: ModelSettings,
    windows: WindowSettings,
    negatives: NegativeSettings,
    optimizer: OptimizerSettings,
    train: TrainSettings,
    *,
    widest: int,
    given: bool = False,
    runs: str | None = None,
) -> Trainer:
    """A trainer. What is given here is static; `Hyperparameters` hold what is not.

    Args:
      model, windows, negatives, optimizer, train: sections of the settings. The numbers among them that
        `Hyperparameters` have too are not read here, but for k where pairs or windows have samples of their own. What
        depends on the platform (null or auto) is decided before.
      widest: no run's window is wider.
      given: the text is pairs of words and contexts: see `pairs`.
      runs: the name of the axis of runs where `train_segment` is mapped over a population.

    Where `train.mesh` has devices that share a step, `train_segment` is what each of them does, within `shard_map` over
    such a mesh: see `replicas`. `init` makes the whole state.

    Raises:
      InputError: the optimizer cannot be made, see `rows.make_optimizer`.
    """
    among = collectives.of_mesh(train.mesh)
    row_optimizer = rows.make_optimizer(optimizer, among, in_order=train.sums == "sorted")
    negatives = dataclasses.replace(negatives, span=negatives.span_of(train.step))
    task = make_task(model, windows, negatives, widest=widest, given=given, positives=train.positives)
    task = task._replace(objective=task.objective.summed(among.products))
    step = segment.make_step(task.objective, row_optimizer, model.freeze, among)

    def init(key, words, contexts=None):
        return segment.init_state(init_model(key, words, model, contexts), row_optimizer)

    if train.order == "sequential":
        return Trainer(init, _in_precision(sequential.make_segment(model), model.precision))
    train_aged = segment.make_segment(task, step, schedules.make_schedule(optimizer), train, runs)

    def train_segment(key, state, hyperparameters, raw_N, start, end, **static):
        words = (raw_N >= 0).sum()
        rows_states = (row_optimizer.age(rows_state, words) for rows_state in state[1:])
        state = segment.State(state.model, *rows_states)
        return train_aged(key, state, hyperparameters, raw_N, start, end, **static)

    return Trainer(init, _in_precision(train_segment, model.precision))


def _in_precision(function: Callable, precision: str) -> Callable:
    """The same, with products of this precision; CPUs multiply float32 numbers as they are, whatever it says."""

    @functools.wraps(function)
    def named(*arrays, **static):
        with jax.default_matmul_precision(precision):
            return function(*arrays, **static)

    return named
