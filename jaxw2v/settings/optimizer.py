"""The optimizer of rows, and the learning rate over time."""

import math
from dataclasses import dataclass
from typing import Any

from jaxw2v.settings.checks import MOST, need, one_of


@dataclass(frozen=True)
class OptimizerSettings:
    """A row optimizer (see `training.rows`) and its schedule (see `training.schedules`)."""

    name: str  # sgd, rowwise_adagrad, damped_sgd (rowwise Adagrad whose learning rate is in units of SGD) or optax
    learning_rate: float | None  # at the start; null: of damped_sgd, by the words to train on
    final_fraction: float  # learning rate at the end, as a fraction of that at the start
    schedule: str  # constant, linear, cosine or word2vec_c, over the fraction of raw words seen
    refresh: int  # words after which the learning rate is refreshed; 0: at each step; word2vec.c: 10,000
    warmup: float  # fraction of the words over which the learning rate rises from 0
    initial_accumulator: float  # of damped_sgd and rowwise_adagrad: initial value of a row's sum of squared gradients
    accumulator_power: float  # of the same: the learning rate falls with this power of the sum; Adagrad: 0.5
    accumulator_half_life: float | None  # of the same: words after which a gradient counts half; null: always whole
    max_row_move: float | None  # of the same: the longest move by one gradient of a row; null: no bound
    transform: str  # of `optax`: an elementwise transformation, e.g. scale_by_adam
    options: dict[str, Any]  # of `optax`: arguments of the transformation

    def __post_init__(self):
        one_of("optimizer.name", self.name, ("sgd", "damped_sgd", "rowwise_adagrad", "optax"))
        one_of("optimizer.schedule", self.schedule, ("constant", "linear", "cosine", "word2vec_c"))
        need(0 <= self.refresh <= MOST, "optimizer.refresh", self.refresh, f"use 0 to {MOST} words")
        rate, accumulator = self.learning_rate, self.initial_accumulator
        if rate is None:
            null = f"{self.name} needs a number, such as 0.025; only damped_sgd finds one by itself"
            need(self.name == "damped_sgd", "optimizer.learning_rate", "null", null)
        else:
            need(0 < rate <= 1e6, "optimizer.learning_rate", rate, "use a positive number up to 1e6")
        need(
            0 <= self.final_fraction <= 1, "optimizer.final_fraction", self.final_fraction, "use a fraction from 0 to 1"
        )
        need(0 <= self.warmup < 1, "optimizer.warmup", self.warmup, "use a fraction from 0 to below 1")
        need(0 <= self.accumulator_power <= 2, "optimizer.accumulator_power", self.accumulator_power, "use 0 to 2")
        fits = 1e-30 <= accumulator <= 1e30
        need(fits, "optimizer.initial_accumulator", accumulator, "use a number from 1e-30 to 1e30")
        half_life = self.accumulator_half_life
        lives = half_life is None or 1 <= half_life < math.inf
        need(lives, "optimizer.accumulator_half_life", half_life, "use 1 or more words, or null for no aging")
        moves = self.max_row_move is None or 0 < self.max_row_move < math.inf
        need(moves, "optimizer.max_row_move", self.max_row_move, "use a positive length, or null for no bound")
