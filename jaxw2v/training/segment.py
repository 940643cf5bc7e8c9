"""One segment of training: subsample, then loops over chunks and steps, all one compiled program."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxw2v.training import storage
from jaxw2v.training.blocks import Band, Block, TokenWindow, part, positive_pairs
from jaxw2v.training.loss import Objective
from jaxw2v.training.model import Model
from jaxw2v.training.rows import RowOptimizer
from jaxw2v.training.subsample import Kept, subsample

LARGEST_LOGIT = 1e3  # root mean square over a chunk; of a trained model it is below 10


class State(NamedTuple):
    """What the next step needs. Donated: a step writes into the tables it was given.

    Attributes:
      model: the tables.
      input_rows: state of the row optimizer of the input table.
      output_rows: the same of the output table.
    """

    model: Model
    input_rows: Any
    output_rows: Any


class Info(NamedTuple):
    """What a person wants to see of a segment, chunk by chunk (axis I). Sum in float64 on the host.

    Attributes:
      loss_I: [I] float32, summed loss in nats of one step of the chunk, drawn at random, by the tables before that
        step; 0 for the places left over.
      loss_pairs_I: [I] float32, positive pairs of that step.
      pairs_I: [I] float32, positive pairs of the chunk.
      steps: int32 scalar, updates made.
      kept: int32 scalar, tokens that subsampling kept.
      healthy: bool scalar; False if the logits of a chunk were beyond `LARGEST_LOGIT` or not finite. Then nothing was
        touched after that chunk.
    """

    loss_I: jax.Array
    loss_pairs_I: jax.Array
    pairs_I: jax.Array
    steps: jax.Array
    kept: jax.Array
    healthy: jax.Array


def init_state(model: Model, optimizer: RowOptimizer) -> State:
    """The state before the first step."""
    return State(model, *(() if table_VD is None else optimizer.init(table_VD) for table_VD in model))


def gather(model: Model, inputs: jax.Array, outputs: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The input rows and output rows of these ids. V, which is no word, gives any row: its pairs weigh 0."""
    output_VD = model.input_VD if model.output_VD is None else model.output_VD
    return storage.rows(model.input_VD, inputs), storage.rows(output_VD, outputs)


def make_step(objective: Objective, optimizer: RowOptimizer, freeze: str = "none") -> Callable:
    """A function (state, pairs, rate, active) -> (state, logits): one update of both tables, or none unless `active`.

    Args:
      objective: of the gathered rows that `pairs` names; its gradient never has the size of a table.
      optimizer: turns row gradients into table updates.
      freeze: the table that stays as it is: none, input or output.
    """

    def step(state, pairs, rate, active):
        # the barrier keeps XLA from computing an id anew for each of the numbers of its row
        inputs, outputs = jax.lax.optimization_barrier((pairs.inputs, pairs.outputs))
        with jax.named_scope("gather"):
            rows = gather(state.model, inputs, outputs)
        (grad_inputs, grad_outputs), logits = jax.grad(objective.of_rows, (0, 1), has_aux=True)(*rows, pairs)

        def update(table_VD, rows_state, ids, grad):
            ids = jnp.where(active, ids.reshape(-1), len(table_VD))
            return optimizer.update(table_VD, rows_state, ids, grad.reshape(-1, grad.shape[-1]), rate)

        (input_VD, output_VD), input_rows, output_rows = state
        with jax.named_scope("update"):
            if output_VD is None:  # one table, one scatter
                # without the barrier XLA takes a minute to compile what the gradients and their joining make together
                grad_inputs, grad_outputs = jax.lax.optimization_barrier((grad_inputs, grad_outputs))
                dim = grad_inputs.shape[-1]
                inputs, grad_inputs = _joined(inputs, outputs), _joined(grad_inputs, grad_outputs, dim)
            if freeze != "input":
                input_VD, input_rows = update(input_VD, input_rows, inputs, grad_inputs)
            if freeze != "output" and output_VD is not None:
                output_VD, output_rows = update(output_VD, output_rows, outputs, grad_outputs)
        return State(Model(input_VD, output_VD), input_rows, output_rows), logits

    return step


def _joined(one: jax.Array, other: jax.Array, *last: int) -> jax.Array:
    return jnp.concatenate([one.reshape(-1, *last), other.reshape(-1, *last)])


def make_segment(
    draw: Callable[[jax.Array, TokenWindow], Block | Band],
    objective: Objective,
    optimizer: RowOptimizer,
    rate: Callable[[jax.Array], jax.Array],
    *,
    widest: int,
    step_tokens: int,
    chunk_tokens: int,
    freeze: str = "none",
    subsample_with: Callable[[jax.Array, jax.Array, jax.Array], Kept] = subsample,
    runs: str | None = None,
) -> Callable:
    """A function (key, state, raw_N, keep_V, start, end) -> (state, info) that trains on one segment.

    raw_N holds ids with -1 at sentence ends and to its end; start and end are the fractions of all raw words seen
    before and after it, float32 scalars: the clock of the learning rate, which runs evenly over the steps.

    Args:
      draw: windows and noise of a chunk, from a key and its text.
      objective, optimizer, freeze: see `make_step`.
      thin: what is kept of the segment, as `subsample`.
      rate: from the fraction of raw words seen to the learning rate.
      widest: the farthest that a window reaches.
      step_tokens: T, kept tokens of a step.
      chunk_tokens: a multiple of T; windows and noise are drawn for so many tokens at a time, and the loss is computed
        once, which spares each step their fixed cost.
      runs: the name of the axis of runs where this is mapped over a population. Its runs keep different numbers of
        tokens; all take the steps of the longest, those past a run's own end touch nothing. (A loop bound that differed
        along a mapped axis would become a select over whole tables in every step.)
    """
    chunk_steps = chunk_tokens // step_tokens
    step = make_step(objective, optimizer, freeze)

    def train_segment(key, state, raw_N, keep_V, start, end):
        key_keep, key_chunks = jax.random.split(key)
        with jax.named_scope("subsample"):
            kept = subsample_with(key_keep, raw_N, keep_V)
        own_steps = -(-kept.count // step_tokens)
        steps = own_steps if runs is None else jax.lax.pmax(own_steps, runs)
        room = (widest, widest + chunk_tokens)  # the first center has no left neighbors, the last chunk may be short
        ids_N = jnp.pad(kept.ids_N, room, constant_values=len(keep_V))
        sentence_N = jnp.pad(kept.sentence_N, room, constant_values=-1)

        def one_step(i, carry, drawn, healthy):
            state, taken, logits_S = carry
            at = i % chunk_steps
            # without the barrier XLA slices anew for each number that a weight multiplies
            with jax.named_scope("draw"):
                pairs = jax.lax.optimization_barrier(part(drawn, at, step_tokens))
            rate_now = rate(start + (end - start) * (i / jnp.maximum(own_steps, 1)))
            active = healthy & (i < own_steps)
            state, logits = step(state, pairs, rate_now, active)
            logits_S = jax.tree.map(lambda all_S, x: all_S.at[at].set(x), logits_S, logits)
            return state, taken + active.astype(jnp.int32), logits_S

        def one_chunk(chunk, carry):
            state, taken, healthy, *sums = carry
            here, size = (chunk * chunk_tokens,), (chunk_tokens + 2 * widest,)
            token_window = TokenWindow(
                jax.lax.dynamic_slice(ids_N, here, size), jax.lax.dynamic_slice(sentence_N, here, size)
            )
            key_draw, key_report = jax.random.split(jax.random.fold_in(key_chunks, chunk))
            with jax.named_scope("draw"):
                drawn = draw(key_draw, token_window)

            first = chunk * chunk_steps
            last = jnp.minimum(first + chunk_steps, steps)
            begin = (state, taken, _empty_logits(state, drawn))
            state, taken, logits_S = jax.lax.fori_loop(first, last, lambda i, c: one_step(i, c, drawn, healthy), begin)

            # the loss from logits that are there: a look at the tables here would make XLA copy them
            at = jax.random.randint(key_report, (), 0, jnp.clip(own_steps - first, 1, chunk_steps))
            pairs = part(drawn, at, step_tokens)
            with jax.named_scope("report"):
                loss = objective.loss(jax.tree.map(lambda all_S: all_S[at], logits_S), pairs)
            found = (loss, positive_pairs(pairs), positive_pairs(drawn))
            sums = [array_I.at[chunk].set(x) for array_I, x in zip(sums, found)]
            mean_square = jnp.stack([jnp.square(x).mean() for x in jax.tree.leaves(logits_S)]).max()
            return state, taken, healthy & (mean_square < LARGEST_LOGIT**2), *sums  # False for NaN

        def _empty_logits(state, drawn):
            def logits(state, drawn):
                pairs = part(drawn, jnp.int32(0), step_tokens)
                return objective.logits(*gather(state.model, pairs.inputs, pairs.outputs), pairs)

            shapes = jax.eval_shape(logits, state, drawn)
            return jax.tree.map(lambda x: jnp.zeros((chunk_steps, *x.shape), x.dtype), shapes)

        nothing = [jnp.zeros(-(-len(raw_N) // chunk_tokens), jnp.float32)] * 3
        begin = (state, jnp.int32(0), jnp.bool_(True), *nothing)
        state, taken, healthy, *sums = jax.lax.fori_loop(0, -(-steps // chunk_steps), one_chunk, begin)
        return state, Info(*sums, steps=taken, kept=kept.count, healthy=healthy)

    return train_segment
