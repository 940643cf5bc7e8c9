"""One segment of training: subsample, then loops over chunks and steps, all one compiled program."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxw2v.settings.train import TrainSettings
from jaxw2v.training import collectives, loops, storage
from jaxw2v.training.blocks import TokenWindow
from jaxw2v.training.collectives import ALONE, Collectives
from jaxw2v.training.loss import Objective
from jaxw2v.training.model import Model
from jaxw2v.training.parts import joined, part, positive_pairs, sections
from jaxw2v.training.rows import RowOptimizer
from jaxw2v.training.schedules import Schedule
from jaxw2v.training.subsample import Kept
from jaxw2v.training.task import Task

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


def make_step(
    objective: Objective, optimizer: RowOptimizer, freeze: str = "none", among: Collectives = ALONE
) -> Callable:
    """A function (state, pairs, learning_rate, active, whole) -> (state, logits): one update of both tables, if active.

    Args:
      objective: of the gathered rows that `pairs` names; its gradient never has the size of a table.
      optimizer: turns row gradients into table updates.
      freeze: the table that stays as it is: none, input or output.
      among: devices that share the step. Each takes its own pairs and has their logits; `whole` has those of all, whose
        rows all update. Where tokens are not shared it is left out.
    """

    def step(state, pairs, learning_rate, active, whole=None):
        # the barrier keeps XLA from computing an id anew for each of the numbers of its row
        inputs, outputs = jax.lax.optimization_barrier((pairs.inputs, pairs.outputs))
        with jax.named_scope("gather"):
            rows = gather(state.model, inputs, outputs)
        (grad_inputs, grad_outputs), logits = jax.grad(objective.of_rows, (0, 1), has_aux=True)(*rows, pairs)
        if among.data > 1:
            with jax.named_scope("exchange"):
                inputs, outputs = jax.lax.optimization_barrier((whole.inputs, whole.outputs))
                grad_inputs, grad_outputs = exchanged(pairs, grad_inputs, grad_outputs)

        def update(table_VD, rows_state, ids, grad):
            ids = jnp.where(active, ids.reshape(-1), len(table_VD))
            return optimizer.update(table_VD, rows_state, ids, grad.reshape(-1, grad.shape[-1]), learning_rate)

        (input_VD, output_VD), input_rows, output_rows = state
        with jax.named_scope("update"):
            if output_VD is None:  # one table, one scatter
                # without the barrier XLA takes a minute to compile the gradients together with their concatenation
                grad_inputs, grad_outputs = jax.lax.optimization_barrier((grad_inputs, grad_outputs))
                dim = grad_inputs.shape[-1]
                inputs, grad_inputs = _concatenated(inputs, outputs), _concatenated(grad_inputs, grad_outputs, dim)
            if freeze != "input":
                input_VD, input_rows = update(input_VD, input_rows, inputs, grad_inputs)
            if freeze != "output" and output_VD is not None:
                output_VD, output_rows = update(output_VD, output_rows, outputs, grad_outputs)
        return State(Model(input_VD, output_VD), input_rows, output_rows), logits

    def exchanged(pairs, *grads):
        """Of the whole step; those of a table that stays as it is are not sent."""
        moves = [freeze != table for table in ("input", "output")]
        sent = iter(among.gathered(*(grad for grad, moved in zip(grads, moves) if moved)))
        return [joined(next(sent), of) if moved else None for of, moved in zip(sections(pairs), moves)]

    return step


def _concatenated(inputs: jax.Array, outputs: jax.Array, *last: int) -> jax.Array:
    return jnp.concatenate([inputs.reshape(-1, *last), outputs.reshape(-1, *last)])


class StepSpec(NamedTuple):
    """How a segment is divided, static.

    Attributes:
      step_tokens: kept tokens of a step, those of all devices that share it; places, where removed tokens count.
      chunk_steps: steps of a chunk. Windows and noise are drawn for a chunk at a time and its loss is computed once,
        which spares each step their fixed cost.
      widest: the farthest that a window reaches.
      static: whether the lengths of loops are known when the segment is compiled, see `loops`.
    """

    step_tokens: int
    chunk_steps: int
    widest: int
    static: bool = False

    @property
    def chunk_tokens(self) -> int:
        """Kept tokens of a chunk."""
        return self.step_tokens * self.chunk_steps


def make_spec(train: TrainSettings, widest: int) -> StepSpec:
    """`train.chunk_tokens` is rounded down to whole steps, one at least; a step has tokens of each device of `data`."""
    tokens = train.step * train.mesh.data
    return StepSpec(tokens, max(1, train.chunk // tokens), widest, train.loops == "static")


def make_segment(
    task: Task, step: Callable, schedule: Schedule, train: TrainSettings, runs: str | None = None
) -> Callable:
    """A function (key, state, hyperparameters, raw_N, start, end, most_kept) -> (state, info): trains on one segment.

    raw_N holds ids with -1 at sentence ends and to its end; start and end are the fractions of all raw words seen
    before and after it, float32 scalars: the clock of the learning rate, which runs evenly over the steps. most_kept is
    static and may be left out: from the tokens of a segment to how many are kept, about and at most; where loops are
    static they end there, and begin again if there are more.

    Args:
      task: what is subsampled, drawn and predicted.
      step: from `make_step`, of the task's objective.
      schedule: from the fraction of raw words seen to the fraction of the highest learning rate.
      train: the sizes of steps and chunks, and the devices that share a step: see `collectives`.
      runs: the name of the axis of runs where this is mapped over a population. Its runs keep different numbers of
        tokens; all take the steps of the longest, those past a run's own end touch nothing. (A loop bound that differed
        along a mapped axis would become a select over whole tables in every step.)
    """
    spec, among = make_spec(train, task.widest), collectives.of_mesh(train.mesh)
    train_chunk, report = _make_chunk(step, task.objective, spec, among), _make_report(task.objective, spec, among)

    def train_segment(key, state, hyperparameters, raw_N, start, end, most_kept=lambda tokens: tokens):
        key_keep, key_chunks = jax.random.split(key)
        with jax.named_scope("subsample"):
            kept = task.subsample(key_keep, raw_N, hyperparameters)
        own_steps = -(-kept.length // spec.step_tokens)
        steps = own_steps if runs is None else jax.lax.pmax(own_steps, runs)
        text = _padded(kept, spec, no_word=len(hyperparameters.keep_V))
        places = -(-len(raw_N) // spec.chunk_tokens)
        at_once = -(-min(most_kept(len(raw_N)), len(raw_N)) // spec.chunk_tokens) if spec.static else None

        def clock(i, healthy):
            fraction = start + (end - start) * (i / jnp.maximum(own_steps, 1))
            if hyperparameters.refresh is not None:
                fraction = jnp.floor(fraction / hyperparameters.refresh) * hyperparameters.refresh
            return hyperparameters.learning_rate * schedule(fraction), healthy & (i < own_steps)

        def one_chunk(chunk, carry):
            state, taken, healthy, *sums = carry
            here, size = (chunk * spec.chunk_tokens,), (spec.chunk_tokens + 2 * spec.widest,)
            token_window = jax.tree.map(lambda array: jax.lax.dynamic_slice(array, here, size), text)
            key_draw, key_report = jax.random.split(jax.random.fold_in(key_chunks, chunk))
            with jax.named_scope("draw"):
                drawn = task.draw(key_draw, token_window, hyperparameters)
            first = chunk * spec.chunk_steps
            bounds = first, jnp.minimum(first + spec.chunk_steps, steps)
            # one of the chunk's own steps
            at = jax.random.randint(key_report, (), 0, jnp.clip(own_steps - first, 1, spec.chunk_steps))
            state, taken, seen = train_chunk(state, taken, drawn, bounds, lambda i: clock(i, healthy), at)
            found = report(at, drawn, seen.reported)
            place = jnp.where(first < own_steps, chunk, places)  # past the last chunk there is none
            sums = [array_I.at[place].set(x, mode="drop") for array_I, x in zip(sums, found)]
            return state, taken, healthy & _are_bounded(seen.squares, spec, among), *sums

        begin = (state, jnp.int32(0), jnp.bool_(True), *[jnp.zeros(places, jnp.float32)] * 3)
        chunks = -(-steps // spec.chunk_steps)
        state, taken, healthy, *sums = loops.over_chunks(one_chunk, begin, chunks, at_once)
        return state, Info(*sums, steps=taken, kept=kept.tokens, healthy=healthy)

    return train_segment


def _padded(kept: Kept, spec: StepSpec, no_word: int) -> TokenWindow:
    """The kept tokens of a segment: the first center has no left neighbors, the last chunk may be short."""
    room = (spec.widest, spec.widest + spec.chunk_tokens)
    ids_W = jnp.pad(kept.ids_N, room, constant_values=no_word)
    return TokenWindow(ids_W, jnp.pad(kept.sentence_N, room, constant_values=-1))


class Seen(NamedTuple):
    """What is kept of the logits of a chunk's steps: not all of them, which a GPU would write and read once more.

    Attributes:
      reported: those of the step that reports its loss.
      squares: the sum of the squares of those of all steps that were taken, elementwise.
    """

    reported: Any
    squares: Any


def _make_chunk(step: Callable, objective: Objective, spec: StepSpec, among: Collectives) -> Callable:
    """A function (state, taken, drawn, bounds, clock, at) -> (state, taken, seen) that makes the steps of a chunk.

    They are those from bounds[0] to below bounds[1]; clock tells of a step its learning rate and whether it is active;
    taken counts the active ones; at is the step of the chunk that reports; seen is of this device's part.
    """
    own_tokens = spec.step_tokens // among.data

    def train_chunk(state, taken, drawn, bounds, clock, at):
        def one_step(i, carry):
            state, taken, seen = carry
            here = i % spec.chunk_steps
            # without the barrier XLA slices anew for each number that a weight multiplies
            with jax.named_scope("draw"):
                pairs = jax.lax.optimization_barrier(part(drawn, among.own_part(here), own_tokens))
            learning_rate, active = clock(i)
            state, logits = step(state, pairs, learning_rate, active, part(drawn, here, spec.step_tokens))
            reported = jax.tree.map(lambda kept, x: jnp.where(here == at, x, kept), seen.reported, logits)
            squares = jax.tree.map(lambda sum, x: sum + jnp.where(active, x, 0) ** 2, seen.squares, logits)
            return state, taken + active.astype(jnp.int32), Seen(reported, squares)

        nothing = empty_logits(state, drawn)
        begin = (state, taken, Seen(nothing, nothing))
        return loops.over_steps(one_step, begin, *bounds, spec.chunk_steps, spec.static)

    def empty_logits(state, drawn):
        def logits(state, drawn):
            pairs = part(drawn, jnp.int32(0), own_tokens)
            return objective.logits(*gather(state.model, pairs.inputs, pairs.outputs), pairs)

        return jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), jax.eval_shape(logits, state, drawn))

    return train_chunk


def _make_report(objective: Objective, spec: StepSpec, among: Collectives) -> Callable:
    """A function (at, drawn, logits) -> (loss of that step, its positive pairs, those of the chunk), of all devices."""

    def report(at, drawn, logits):
        # the loss from logits that are there: a look at the tables here would make XLA copy them
        pairs = part(drawn, among.own_part(at), spec.step_tokens // among.data)
        with jax.named_scope("report"):
            loss, loss_pairs = among.total((objective.loss(logits, pairs), positive_pairs(pairs)))
        return loss, loss_pairs, positive_pairs(drawn)

    return report


def _are_bounded(squares: Any, spec: StepSpec, among: Collectives) -> jax.Array:
    """Whether the logits of a chunk are below `LARGEST_LOGIT` in root mean square; NaN is not."""
    means = [x.mean() / spec.chunk_steps for x in jax.tree.leaves(squares)]
    return among.mean(jnp.stack(means)).max() < LARGEST_LOGIT**2
