"""One segment of training: subsample, then a loop of steps, all one compiled program."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxw2v.training.blocks import Around, Band, Block, positive_pairs
from jaxw2v.training.model import Model
from jaxw2v.training.rows import RowOptimizer
from jaxw2v.training.subsample import subsample


class State(NamedTuple):
    """What the next step needs. Donated: a step writes into the tables it was given.

    Attributes:
      model: the two tables.
      input_rows: state of the row optimizer of the input table.
      output_rows: the same of the output table.
    """

    model: Model
    input_rows: Any
    output_rows: Any


class Info(NamedTuple):
    """What a person wants to see of a segment. Sum the losses in float64 on the host.

    Attributes:
      loss_I: [I] float32, summed loss in nats of the steps that report; 0 for the places left over.
      pairs_I: [I] float32, positive pairs of these steps.
      steps: int32 scalar, steps taken.
      kept: int32 scalar, tokens that subsampling kept.
      finite: bool scalar; False if a gradient was not finite. Then the loop stopped before that step, and the state is
        the last good one.
    """

    loss_I: jax.Array
    pairs_I: jax.Array
    steps: jax.Array
    kept: jax.Array
    finite: jax.Array


def init_state(model: Model, optimizer: RowOptimizer) -> State:
    return State(model, optimizer.init(model.input_VD), optimizer.init(model.output_VD))


def make_step(
    draw_step: Callable[[jax.Array, Around], Block | Band],
    loss: Callable[[jax.Array, jax.Array, Block | Band], jax.Array],
    optimizer: RowOptimizer,
) -> Callable:
    """A function (key, state, around, rate, report) -> (state, loss, pairs, finite): one update of both tables.

    Args:
      draw_step: windows and noise of the step, from a key and its text.
      loss: the summed loss of gathered input rows and output rows; its gradient never has the size of a table.
      optimizer: turns row gradients into table updates.

    The loss is computed only where `report` is true, 0 elsewhere. If a gradient is not finite (or so large that a sum
    of squares overflows), no row is touched.
    """

    def step(key, state, around, rate, report):
        drawn = draw_step(key, around)
        input_VD, output_VD = state.model
        rows = (input_VD.at[drawn.inputs].get(mode="clip"), output_VD.at[drawn.outputs].get(mode="clip"))
        grad_inputs, grad_outputs = jax.grad(loss, (0, 1))(*rows, drawn)
        value, pairs = jax.lax.cond(
            report, lambda: (loss(*rows, drawn), positive_pairs(drawn)), lambda: (jnp.float32(0), jnp.float32(0))
        )
        finite = jnp.isfinite(jnp.square(grad_inputs).sum() + jnp.square(grad_outputs).sum())

        def update(table_VD, rows_state, ids, grad):
            ids = jnp.where(finite, ids.reshape(-1), len(table_VD))
            return optimizer.update(table_VD, rows_state, ids, grad.reshape(-1, grad.shape[-1]), rate)

        input_VD, input_rows = update(input_VD, state.input_rows, drawn.inputs, grad_inputs)
        output_VD, output_rows = update(output_VD, state.output_rows, drawn.outputs, grad_outputs)
        return State(Model(input_VD, output_VD), input_rows, output_rows), value, pairs, finite

    return step


def make_segment(
    step: Callable, schedule: Callable[[jax.Array], jax.Array], window: int, step_tokens: int, loss_every: int
) -> Callable:
    """A function (key, state, raw_N, keep_V, start, end) -> (state, info) that trains on one segment.

    raw_N holds ids with -1 at sentence ends and to its end; start and end are the fractions of all raw words seen
    before and after it, float32 scalars: the clock of the learning rate, which runs evenly over the steps.

    Args:
      step: from `make_step`.
      schedule: from the fraction of raw words seen to the learning rate.
      window: the farthest context.
      step_tokens: T, kept tokens of a step.
      loss_every: steps between two that report.
    """

    def train_segment(key, state, raw_N, keep_V, start, end):
        key_keep, key_steps = jax.random.split(key)
        kept = subsample(key_keep, raw_N, keep_V)
        steps = -(-kept.count // step_tokens)
        room = (window, window + step_tokens)  # the first centre has no left neighbours, the last step may be short
        ids_N = jnp.pad(kept.ids_N, room, constant_values=len(keep_V))
        sentence_N = jnp.pad(kept.sentence_N, room, constant_values=-1)
        reports = -(-len(raw_N) // step_tokens // loss_every) + 1

        def body(carry):
            i, state, loss_I, pairs_I, _ = carry
            here = (i * step_tokens,)
            size = (step_tokens + 2 * window,)
            around = Around(jax.lax.dynamic_slice(ids_N, here, size), jax.lax.dynamic_slice(sentence_N, here, size))
            rate = schedule(start + (end - start) * (i / steps))
            report = i % loss_every == 0
            state, loss, pairs, finite = step(jax.random.fold_in(key_steps, i), state, around, rate, report)
            at = i // loss_every
            return i + 1, state, loss_I.at[at].add(loss), pairs_I.at[at].add(pairs), finite

        def running(carry):
            i, _, _, _, finite = carry
            return (i < steps) & finite

        nothing = jnp.zeros(reports, jnp.float32)
        begin = (jnp.int32(0), state, nothing, nothing, jnp.bool_(True))
        i, state, loss_I, pairs_I, finite = jax.lax.while_loop(running, body, begin)
        return state, Info(loss_I, pairs_I, i, kept.count, finite)

    return train_segment
