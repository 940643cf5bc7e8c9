"""Row optimizers: from the gradient of gathered rows to a scatter-add into their table.

A row optimizer mirrors an optax transformation (`init`, `update`) but works on (row ids, row gradients), so that the
work of a step does not depend on the size of the table. Ids of V or more are dropped, and so is a gradient whose mean
square is not a finite float32. Each table gets one scatter a step: two would make XLA copy the table. Where devices
share the columns of tables (`among`) each updates its own, by what is known of whole rows.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from jaxw2v.errors import InputError
from jaxw2v.settings.optimizer import OptimizerSettings
from jaxw2v.training import storage
from jaxw2v.training.collectives import ALONE, Collectives

State = Any


class RowOptimizer(NamedTuple):
    """`init(table_VD) -> state`, `update(table_VD, state, rows_M, grad_MD, learning_rate) -> (table_VD, state)`.

    rows_M may name a row more than once; grad_MD is the gradient of the loss with respect to each mention, and the
    gradient of the row is their sum. learning_rate is a scalar. `age(state, words) -> state` is called before each
    segment with its number of words.
    """

    init: Callable[[jax.Array], State]
    update: Callable[[jax.Array, State, jax.Array, jax.Array, jax.Array], tuple[jax.Array, State]]
    age: Callable[[State, jax.Array], State] = lambda state, words: state


def sgd(among: Collectives = ALONE, in_order: bool = False) -> RowOptimizer:
    """Plain gradient descent, row -= learning_rate * gradient, all of a step's gradients taken at its start.

    Args:
      among: devices that share columns.
      in_order: see `storage.sum_mentions`.

    Differs from word2vec.c: there each pair sees the rows that the pair before left.
    """

    def update(table_VD, state, rows_M, grad_MD, learning_rate):
        rows_M = _where_finite(_mean_square(grad_MD, among), rows_M, len(table_VD))
        return storage.add(table_VD, rows_M, -learning_rate * grad_MD, in_order), state

    return RowOptimizer(init=lambda table_VD: (), update=update)


def rowwise_adagrad(
    initial_accumulator: float,
    accumulator_power: float = 0.5,
    max_row_move: float = math.inf,
    half_life: float = math.inf,
    among: Collectives = ALONE,
    in_order: bool = False,
) -> RowOptimizer:
    """Adagrad with one accumulator a row, its sum of mean squared gradients: step = learning_rate / accumulator^power.

    Mentions of a row in one step are squared before they are summed.

    Args:
      initial_accumulator: where the accumulators start; positive. This part does not age.
      accumulator_power: 1/2 is Adagrad's own, 0 is plain gradient descent.
      max_row_move: the longest move that one mention makes; longer ones are shortened.
      half_life: words after which a gradient counts half in the sum; infinite: Adagrad's own, which never forgets.
      among: devices that share columns.
      in_order: see `storage.sum_mentions`.
    """

    def update(table_VD, sum_V, rows_M, grad_MD, learning_rate):
        square_M = _mean_square(grad_MD, among)
        rows_M = _where_finite(square_M, rows_M, len(table_VD))
        sum_V = storage.add(sum_V, rows_M, square_M, in_order)
        accumulator_M = initial_accumulator + sum_V.at[rows_M].get(mode="clip")
        root = accumulator_power == 0.5
        step_M = learning_rate * (jax.lax.rsqrt(accumulator_M) if root else accumulator_M**-accumulator_power)
        if max_row_move < math.inf:
            length_M = jnp.sqrt(square_M * among.dim(grad_MD))
            step_M = jnp.minimum(step_M, max_row_move / jnp.maximum(length_M, 1e-30))
        return storage.add(table_VD, rows_M, -step_M[:, None] * grad_MD, in_order), sum_V

    def age(state, words):
        if half_life == math.inf:
            return state
        left = jnp.exp2(-words.astype(jnp.float32) / half_life)
        return jax.tree.map(lambda sum_V: sum_V * left, state)  # none of a table that is not there

    return RowOptimizer(lambda table_VD: jnp.zeros(len(table_VD), jnp.float32), update, age)


def damped_sgd(
    initial_accumulator: float,
    accumulator_power: float = 0.5,
    max_row_move: float = math.inf,
    half_life: float = math.inf,
    among: Collectives = ALONE,
    in_order: bool = False,
) -> RowOptimizer:
    """Gradient descent with smaller steps for rows that have moved much: learning_rate / (1 + sum / initial)^power.

    Rowwise Adagrad with a large initial accumulator, its learning rate in SGD's own units: ordinary rows see plain SGD,
    the few that a step mentions hundreds of times take smaller steps. Without a bound on moves, a wide window, a large
    k and a noise distribution of few words let the first gradients of a negative sample move it too far to recover.

    Args:
      initial_accumulator: the sum of mean squared gradients at which a row's step has fallen by 2^power.
      accumulator_power, max_row_move, half_life, among, in_order: see `rowwise_adagrad`.
    """
    adagrad = rowwise_adagrad(initial_accumulator, accumulator_power, max_row_move, half_life, among, in_order)

    def update(table_VD, sum_V, rows_M, grad_MD, learning_rate):
        return adagrad.update(table_VD, sum_V, rows_M, grad_MD, learning_rate * initial_accumulator**accumulator_power)

    return RowOptimizer(adagrad.init, update, adagrad.age)


def lift(
    transformation: optax.GradientTransformation, among: Collectives = ALONE, in_order: bool = False
) -> RowOptimizer:
    """An elementwise optax transformation, applied to the rows that a step touches and to nothing else.

    Mentions of a row are summed first. A row whose summed gradient is exactly 0 is not touched: its state does not
    decay. State that is not shaped like the table (a step count) is shared by all rows.

    Args:
      transformation: such as `optax.scale_by_adam()`; without a learning rate, which `update` multiplies.
      among: devices that share columns.
      in_order: see `storage.sum_mentions`.

    Raises:
      ValueError: the transformation is not elementwise, so that lifting it would change it.
    """
    _check_elementwise(transformation)

    def of_table(leaf, table_VD):
        return jnp.shape(leaf) == table_VD.shape

    def update(table_VD, state, rows_M, grad_MD, learning_rate):
        rows_M = _where_finite(_mean_square(grad_MD, among), rows_M, len(table_VD))
        unique_M, sum_MD = storage.sum_mentions(rows_M, grad_MD, len(table_VD), among, in_order)
        part = jax.tree.map(
            lambda leaf: leaf.at[unique_M].get(mode="clip") if of_table(leaf, table_VD) else leaf, state
        )
        update_MD, part = transformation.update(sum_MD, part, storage.rows(table_VD, unique_M))
        state = jax.tree.map(
            lambda old, new: old.at[unique_M].set(new, unique_indices=in_order) if of_table(old, table_VD) else new,
            state,
            part,
        )
        return storage.add(table_VD, unique_M, -learning_rate * update_MD, in_order), state

    return RowOptimizer(init=lambda table_VD: transformation.init(storage.values(table_VD)), update=update)


def make_optimizer(settings: OptimizerSettings, among: Collectives = ALONE, in_order: bool = False) -> RowOptimizer:
    """The row optimizer of these settings: sgd, damped_sgd, rowwise_adagrad, or an optax transformation.

    Args:
      settings: of it.
      among: devices that share columns.
      in_order: see `storage.sum_mentions`.

    Raises:
      InputError: optax has no such transformation, or it does not take these options or is not elementwise.
    """
    name, transform = settings.name, settings.transform
    if name == "sgd":
        return sgd(among, in_order)
    if name != "optax":
        bound = math.inf if settings.max_row_move is None else settings.max_row_move
        make = damped_sgd if name == "damped_sgd" else rowwise_adagrad
        half_life = math.inf if settings.accumulator_half_life is None else settings.accumulator_half_life
        return make(settings.initial_accumulator, settings.accumulator_power, bound, half_life, among, in_order)
    setting = f"optimizer.transform={transform}"
    if not transform.startswith(("scale_by_", "trace")) or not hasattr(optax, transform):
        remedy = "use one such as scale_by_adam, scale_by_rms or trace"
        raise InputError(f"{setting}: optax has no transformation {transform!r}: {remedy}")
    try:
        return lift(getattr(optax, transform)(**settings.options), among, in_order)
    except TypeError as error:
        raise InputError(f"{setting}: optax.{transform} does not take these options: {error}") from error
    except ValueError as error:
        raise InputError(f"{setting}: {error}") from error


def _mean_square(grad_MD: jax.Array, among: Collectives) -> jax.Array:
    return among.row_sums(jnp.square(grad_MD)) / among.dim(grad_MD)


def _where_finite(square_M: jax.Array, rows_M: jax.Array, words: int) -> jax.Array:
    """rows_M, and `words` (dropped) where a gradient is so large that a table could not stay finite."""
    return jnp.where(jnp.isfinite(square_M), rows_M, words)


def _check_elementwise(transformation: optax.GradientTransformation) -> None:
    grad = jnp.array([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]])
    table = jnp.array([[0.5, 1.0, -1.0], [2.0, -0.5, 0.25]])

    def two_steps(grad, table):
        state = transformation.init(table)
        _, state = transformation.update(grad, state, table)
        return transformation.update(0.5 * grad, state, table)

    together, state = two_steps(grad, table)
    apart = jnp.concatenate(
        [two_steps(grad[i : i + 1, j : j + 1], table[i : i + 1, j : j + 1])[0] for i in range(2) for j in range(3)]
    )
    shapes = {jnp.shape(leaf) for leaf in jax.tree.leaves(state)}
    if not shapes <= {(), grad.shape} or not jnp.allclose(together.ravel(), apart.ravel(), rtol=1e-5, atol=1e-7):
        raise ValueError("this transformation looks at more than one number at a time, so it cannot be lifted to rows")
