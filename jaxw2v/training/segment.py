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
      steps: int32 scalar, updates made.
      kept: int32 scalar, tokens that subsampling kept.
      finite: bool scalar; False if a gradient was not finite. Then nothing was touched from that step on: the state is
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
    """A function (state, drawn, rate, report, active) -> (state, loss, pairs, finite): one update of both tables.

    Args:
      loss: the summed loss of the gathered input and output rows that `drawn` names; its gradient never has the size
        of a table.
      optimizer: turns row gradients into table updates.

    The loss is computed only where `report` is true, 0 elsewhere. No row is touched unless `active`, nor if a gradient
    is not finite (or so large that a sum of squares overflows).
    """

    def step(state, drawn, rate, report, active):
        input_VD, output_VD = state.model
        rows = (input_VD.at[drawn.inputs].get(mode="clip"), output_VD.at[drawn.outputs].get(mode="clip"))
        grad_inputs, grad_outputs = jax.grad(loss, (0, 1))(*rows, drawn)
        value, pairs = jax.lax.cond(
            report, lambda: (loss(*rows, drawn), positive_pairs(drawn)), lambda: (jnp.float32(0), jnp.float32(0))
        )
        # summed by rows first, as the row optimizers do: computed once for both
        finite = jnp.isfinite(sum(jnp.square(grad).sum(-1).sum() for grad in (grad_inputs, grad_outputs)))

        def update(table_VD, rows_state, ids, grad):
            ids = jnp.where(active & finite, ids.reshape(-1), len(table_VD))
            return optimizer.update(table_VD, rows_state, ids, grad.reshape(-1, grad.shape[-1]), rate)

        input_VD, input_rows = update(input_VD, state.input_rows, drawn.inputs, grad_inputs)
        output_VD, output_rows = update(output_VD, state.output_rows, drawn.outputs, grad_outputs)
        return State(Model(input_VD, output_VD), input_rows, output_rows), value, pairs, finite

    return step


def make_segment(
    draw: Callable[[jax.Array, Around], Block | Band],
    step: Callable,
    rate: Callable[[jax.Array], jax.Array],
    *,
    widest: int,
    step_tokens: int,
    chunk_tokens: int,
    loss_every: int,
    runs: str | None = None,
) -> Callable:
    """A function (key, state, raw_N, keep_V, start, end) -> (state, info) that trains on one segment.

    raw_N holds ids with -1 at sentence ends and to its end; start and end are the fractions of all raw words seen
    before and after it, float32 scalars: the clock of the learning rate, which runs evenly over the steps.

    Args:
      draw: windows and noise of a chunk, from a key and its text.
      step: from `make_step`.
      rate: from the fraction of raw words seen to the learning rate.
      widest: the farthest that a window reaches.
      step_tokens: T, kept tokens of a step.
      chunk_tokens: a multiple of T; windows and noise are drawn for so many tokens at a time, which spares each step
        the fixed cost of drawing.
      loss_every: steps between two that report.
      runs: the name of the axis of runs where this is mapped over a population. Its runs keep different numbers of
        tokens; all take the steps of the longest, those past a run's own end touch nothing. (A loop bound that differed
        along a mapped axis would become a select over whole tables in every step.)
    """
    chunk_steps = chunk_tokens // step_tokens

    def train_segment(key, state, raw_N, keep_V, start, end):
        key_keep, key_chunks = jax.random.split(key)
        kept = subsample(key_keep, raw_N, keep_V)
        own_steps = -(-kept.count // step_tokens)
        steps = own_steps if runs is None else jax.lax.pmax(own_steps, runs)
        room = (widest, widest + chunk_tokens)  # the first centre has no left neighbours, the last chunk may be short
        ids_N = jnp.pad(kept.ids_N, room, constant_values=len(keep_V))
        sentence_N = jnp.pad(kept.sentence_N, room, constant_values=-1)
        reports = -(-len(raw_N) // step_tokens // loss_every) + 1

        def one_step(i, carry, drawn):
            state, loss_I, pairs_I, taken, finite = carry
            active = finite & (i < own_steps)
            rate_now = rate(start + (end - start) * (i / jnp.maximum(own_steps, 1)))
            pairs_of_step = part(drawn, i % chunk_steps, step_tokens)
            state, loss, pairs, now = step(state, pairs_of_step, rate_now, i % loss_every == 0, active)
            finite = finite & (now | ~active)
            at = i // loss_every
            loss_I, pairs_I = (array.at[at].add(x) for array, x in ((loss_I, loss), (pairs_I, pairs)))
            return state, loss_I, pairs_I, taken + (active & now).astype(jnp.int32), finite

        def one_chunk(chunk, carry):
            here, size = (chunk * chunk_tokens,), (chunk_tokens + 2 * widest,)
            around = Around(jax.lax.dynamic_slice(ids_N, here, size), jax.lax.dynamic_slice(sentence_N, here, size))
            drawn = draw(jax.random.fold_in(key_chunks, chunk), around)
            first = chunk * chunk_steps
            last = jnp.minimum(first + chunk_steps, steps)
            return jax.lax.fori_loop(first, last, lambda i, carry: one_step(i, carry, drawn), carry)

        nothing = jnp.zeros(reports, jnp.float32)
        begin = (state, nothing, nothing, jnp.int32(0), jnp.bool_(True))
        state, loss_I, pairs_I, taken, finite = jax.lax.fori_loop(0, -(-steps // chunk_steps), one_chunk, begin)
        return state, Info(loss_I, pairs_I, taken, kept.count, finite)

    return train_segment
