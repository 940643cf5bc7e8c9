"""One segment of training: subsample, then loops over chunks and steps, all one compiled program."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxw2v.training.blocks import Around, Band, Block, part, positive_pairs
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


def make_step(loss: Callable[[jax.Array, jax.Array, Block | Band], jax.Array], optimizer: RowOptimizer) -> Callable:
    """A function (state, drawn, rate, report) -> (state, loss, pairs, finite): one update of both tables.

    Args:
      loss: the summed loss of the gathered input and output rows that `drawn` names; its gradient never has the size
        of a table.
      optimizer: turns row gradients into table updates.

    The loss is computed only where `report` is true, 0 elsewhere. If a gradient is not finite (or so large that a sum
    of squares overflows), no row is touched.
    """

    def step(state, drawn, rate, report):
        input_VD, output_VD = state.model
        rows = (input_VD.at[drawn.inputs].get(mode="clip"), output_VD.at[drawn.outputs].get(mode="clip"))
        grad_inputs, grad_outputs = jax.grad(loss, (0, 1))(*rows, drawn)
        value, pairs = jax.lax.cond(
            report, lambda: (loss(*rows, drawn), positive_pairs(drawn)), lambda: (jnp.float32(0), jnp.float32(0))
        )
        # summed by rows first, as the row optimizers do: computed once for both
        finite = jnp.isfinite(sum(jnp.square(grad).sum(-1).sum() for grad in (grad_inputs, grad_outputs)))

        def update(table_VD, rows_state, ids, grad):
            ids = jnp.where(finite, ids.reshape(-1), len(table_VD))
            return optimizer.update(table_VD, rows_state, ids, grad.reshape(-1, grad.shape[-1]), rate)

        input_VD, input_rows = update(input_VD, state.input_rows, drawn.inputs, grad_inputs)
        output_VD, output_rows = update(output_VD, state.output_rows, drawn.outputs, grad_outputs)
        return State(Model(input_VD, output_VD), input_rows, output_rows), value, pairs, finite

    return step


def make_segment(
    draw: Callable[[jax.Array, Around], Block | Band],
    step: Callable,
    schedule: Callable[[jax.Array], jax.Array],
    window: int,
    step_tokens: int,
    chunk_tokens: int,
    loss_every: int,
) -> Callable:
    """A function (key, state, raw_N, keep_V, start, end) -> (state, info) that trains on one segment.

    raw_N holds ids with -1 at sentence ends and to its end; start and end are the fractions of all raw words seen
    before and after it, float32 scalars: the clock of the learning rate, which runs evenly over the steps.

    Args:
      draw: windows and noise of a chunk, from a key and its text.
      step: from `make_step`.
      schedule: from the fraction of raw words seen to the learning rate.
      window: the farthest context.
      step_tokens: T, kept tokens of a step.
      chunk_tokens: a multiple of T; windows and noise are drawn for so many tokens at a time, which spares each step
        the fixed cost of drawing.
      loss_every: steps between two that report.
    """
    chunk_steps = chunk_tokens // step_tokens

    def train_segment(key, state, raw_N, keep_V, start, end):
        key_keep, key_chunks = jax.random.split(key)
        kept = subsample(key_keep, raw_N, keep_V)
        steps = -(-kept.count // step_tokens)
        room = (window, window + chunk_tokens)  # the first centre has no left neighbours, the last chunk may be short
        ids_N = jnp.pad(kept.ids_N, room, constant_values=len(keep_V))
        sentence_N = jnp.pad(kept.sentence_N, room, constant_values=-1)
        reports = -(-len(raw_N) // step_tokens // loss_every) + 1

        def one_step(carry, drawn):
            i, state, loss_I, pairs_I, _ = carry
            rate = schedule(start + (end - start) * (i / steps))
            pairs_of_step = part(drawn, i % chunk_steps, step_tokens)
            state, loss, pairs, finite = step(state, pairs_of_step, rate, i % loss_every == 0)
            at = i // loss_every
            return i + 1, state, loss_I.at[at].add(loss), pairs_I.at[at].add(pairs), finite

        def one_chunk(carry):
            chunk = carry[0] // chunk_steps
            here, size = (chunk * chunk_tokens,), (chunk_tokens + 2 * window,)
            around = Around(jax.lax.dynamic_slice(ids_N, here, size), jax.lax.dynamic_slice(sentence_N, here, size))
            drawn = draw(jax.random.fold_in(key_chunks, chunk), around)
            end = jnp.minimum((chunk + 1) * chunk_steps, steps)
            return jax.lax.while_loop(lambda carry: (carry[0] < end) & carry[-1], lambda c: one_step(c, drawn), carry)

        nothing = jnp.zeros(reports, jnp.float32)
        begin = (jnp.int32(0), state, nothing, nothing, jnp.bool_(True))
        i, state, loss_I, pairs_I, finite = jax.lax.while_loop(
            lambda carry: (carry[0] < steps) & carry[-1], one_chunk, begin
        )
        return state, Info(loss_I, pairs_I, i, kept.count, finite)

    return train_segment
