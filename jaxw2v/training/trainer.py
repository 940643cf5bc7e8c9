"""The trainer: settings chosen once, a pure function over segments in return."""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

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
        the sequential order `layout.Examples` are in the place of raw_N, see `sequential.make_segment`.
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
        `Hyperparameters` have too are not read here, but for k where pairs or windows have samples of their own.
      widest: no run's window is wider.
      given: the text is pairs of words and contexts: see `pairs`.
      runs: the name of the axis of runs where `train_segment` is mapped over a population.

    Where `train.mesh` has devices that share a step, `train_segment` is what each of them does, within `shard_map` over
    such a mesh: see `replicas`. `init` makes the whole state.

    Raises:
      InputError: the optimizer cannot be made, see `rows.make_optimizer`.
    """
    among = collectives.of_mesh(train.mesh)
    row_optimizer = rows.make_optimizer(optimizer, among)
    negatives = dataclasses.replace(negatives, span=negatives.span_of(train.step_tokens))
    task = make_task(model, windows, negatives, widest=widest, given=given)
    task = task._replace(objective=task.objective.summed(among.products))
    step = segment.make_step(task.objective, row_optimizer, model.freeze, among)

    def init(key, words, contexts=None):
        return segment.init_state(init_model(key, words, model, contexts), row_optimizer)

    if train.order == "sequential":
        return Trainer(init, sequential.make_segment(model))
    train_aged = segment.make_segment(task, step, schedules.make_schedule(optimizer), train, runs)

    def train_segment(key, state, hyperparameters, raw_N, start, end):
        words = (raw_N >= 0).sum()
        rows_states = (row_optimizer.age(rows_state, words) for rows_state in state[1:])
        return train_aged(key, segment.State(state.model, *rows_states), hyperparameters, raw_N, start, end)

    return Trainer(init, train_segment)
