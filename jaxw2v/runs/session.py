"""A training session: a compiled program goes over its segments, and callbacks look on after each."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import jax
import numpy as np

from jaxw2v.checkpoints.state import TrainState, take_up
from jaxw2v.runs.program import Program
from jaxw2v.training.segment import Info


class Clock:
    """The seconds of training, compilation apart.

    Args:
      seconds: of training before, where a run goes on.
    """

    def __init__(self, seconds: float = 0.0):
        self._begin = time.perf_counter() - seconds

    def seconds(self) -> float:
        """Of training so far."""
        return time.perf_counter() - self._begin

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """What happens inside is no training."""
        begin = time.perf_counter()
        yield
        self._begin += time.perf_counter() - begin


class Done(NamedTuple):
    """A round of segments that is done.

    Attributes:
      number: of the round, from 0.
      program: what trained it.
      clock: of the session; a callback whose time is no training pauses it.
      seconds: that the round took.
    """

    number: int
    program: Program
    clock: Clock
    seconds: float

    @property
    def ends_epoch(self) -> bool:
        """Whether the round is the last of its epoch."""
        return self.program.rounds.begins_epoch(self.number + 1)


class Callback(Protocol):
    """Something that looks on while a program trains."""

    def after_segment(self, done: Done, state: TrainState, info: Info) -> None:
        """Called after each round, before the next begins.

        Args:
          done: which round it was.
          state: of all runs; the arrays on the devices are only lent, as the next round writes into them.
          info: of the round, in the host's memory; every array has the replicas in front.
        """


def begin(program: Program) -> TrainState:
    """Where training stands before the first round."""
    return take_up({}, [""] * len(program.configs), program.init())


def compile_for(program: Program, state: TrainState) -> None:
    """Compiles the program, unless it is or nothing is left to train. A signal ends the run when that is done."""
    if state.done < len(program.rounds) and not program.is_compiled:
        program.compile(state.state, state.done)


def train(program: Program, state: TrainState, callbacks: Sequence[Callback] = ()) -> TrainState:
    """Where training stands when every round is done, or every run has failed.

    Args:
      program: compiled here where it is not yet; see `compile_for`.
      state: where training begins or goes on; its arrays are used up. A callback that puts a run into `failed` ends
        this run alone.
      callbacks: called after every round, in this order.
    """
    compile_for(program, state)
    clock = Clock(state.seconds)
    for number in range(state.done, len(program.rounds)):
        before = time.perf_counter()
        tables, info = program.train_segment(number, state.state)
        program.send(number + 1)  # while this round trains
        info = jax.tree.map(np.asarray, info)  # waits for the round
        done = Done(number, program, clock, time.perf_counter() - before)
        state = _added(state, done, tables, info)
        for callback in callbacks:
            callback.after_segment(done, state, info)
        if len(state.failed) == len(program.configs):
            return state
    jax.block_until_ready(state.state)
    return state._replace(seconds=clock.seconds())


def _added(state: TrainState, done: Done, tables, info: Info) -> TrainState:
    """The state with what a round has trained and counted; losses are summed over an epoch."""
    new = done.program.rounds.begins_epoch(done.number)
    loss_R, counted_R, pairs_R = sums(info, len(done.program.configs))
    return TrainState(
        done=done.number + 1,
        state=tables,
        loss_R=loss_R if new else state.loss_R + loss_R,
        counted_R=counted_R if new else state.counted_R + counted_R,
        pairs_R=state.pairs_R + pairs_R,
        seconds=done.clock.seconds(),
        failed=state.failed,
    )


def sums(info: Info, runs: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """[R] float64 each: the loss of the steps that report it, their positive pairs, and those of all steps."""
    arrays = (info.loss_I, info.loss_pairs_I, info.pairs_I)
    loss_R, counted_R, pairs_R = (np.asarray(array, np.float64).reshape(-1, runs, array.shape[-1]) for array in arrays)
    return loss_R.sum((0, 2)), counted_R.sum((0, 2)), pairs_R.sum((0, 2))
