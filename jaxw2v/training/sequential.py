"""The sequential order: example by example, each from the rows that the one before left, as in word2vec.c.

On CPUs every float32 operation is that of the C program, in its order: products are rounded before they are added
(`_rounded`), and sums along rows are chains of additions.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxw2v.settings.model import ModelSettings
from jaxw2v.training.huffman import Tree
from jaxw2v.training.hyperparameters import Hyperparameters
from jaxw2v.training.layout import Examples
from jaxw2v.training.loss import pair_loss
from jaxw2v.training.model import Model
from jaxw2v.training.segment import LARGEST_LOGIT, Info, State
from jaxw2v.training.sigmoids import Activation, make_activation

CHUNK = 8192  # examples whose losses are summed in float32


class Targets(NamedTuple):
    """What one example predicts: E output rows.

    Attributes:
      ids_E: int32; V is none.
      label_E: float32, 1 where the product shall be large, 0 where small.
      turn_E: int32, when each is updated.
      turns: int32 scalar, the last turn.
    """

    ids_E: jax.Array
    label_E: jax.Array
    turn_E: jax.Array
    turns: jax.Array


class _Carry(NamedTuple):
    """What goes from turn to turn. moved_D is what the input rows will be moved by, word2vec.c's neu1e."""

    at: jax.Array
    turn: jax.Array
    model: Model
    rows_CD: jax.Array  # those of the next example: read here, or XLA would copy the table at each turn
    moved_D: jax.Array
    loss_I: jax.Array
    square: jax.Array


def make_segment(model: ModelSettings) -> Callable:
    """A function (key, state, hyperparameters, examples, start, end) -> (state, info): plain SGD, one by one.

    Learning rates are those of the examples; key, start and end, and the numbers in `hyperparameters` but the tree, are
    not looked at: the host has drawn everything. A loss is that before the example's update, summed over all of them.

    Args:
      model: static.
    """
    activation = make_activation(model) or (lambda x: (jax.nn.sigmoid(x), jnp.ones(x.shape, bool)))
    one = _make_turn(model, activation)

    def train_segment(key, state: State, hyperparameters: Hyperparameters, examples: Examples, start, end):
        table, room, last = state.model, len(examples.predicted_P), examples.length - 1
        zero = jnp.minimum(examples.length, 0)  # is 0, but XLA does not know
        begin = _Carry(
            at=jnp.int32(0),
            turn=jnp.int32(0),
            model=table,
            rows_CD=_input_rows(table, examples, jnp.int32(0)),
            moved_D=jnp.zeros(table.input_VD.shape[1], jnp.float32),
            loss_I=jnp.zeros(-(-room // CHUNK), jnp.float32),
            square=jnp.float32(0),
        )

        def go_on(carry):
            return one(carry, examples, targets_of(examples, carry.at, hyperparameters.tree), zero, last)

        end_ = jax.lax.while_loop(lambda carry: carry.at <= last, go_on, begin)
        count_I = jnp.clip(examples.length - CHUNK * jnp.arange(len(end_.loss_I)), 0, CHUNK).astype(jnp.float32)
        mean_square = end_.square / jnp.maximum(examples.length, 1).astype(jnp.float32)
        kept = examples.kept
        info = Info(end_.loss_I, count_I, count_I, examples.length, kept, mean_square < LARGEST_LOGIT**2)
        return state._replace(model=end_.model), info

    return train_segment


def targets_of(examples: Examples, at: jax.Array, tree: Tree | None) -> Targets:
    """The predicted word and its negative samples, or with a tree the nodes of its path."""
    word = examples.predicted_P[at]
    if tree is not None:
        code_sign_L = jnp.asarray(tree.code_sign_VL)[word]
        nothing = jnp.zeros(code_sign_L.shape, jnp.int32)
        return Targets(jnp.asarray(tree.node_VL)[word], (code_sign_L > 0).astype(jnp.float32), nothing, jnp.int32(0))
    ids_E = jnp.concatenate([word[None], examples.samples_PK[at]])
    label_E = (jnp.arange(len(ids_E)) == 0).astype(jnp.float32)
    turn_E = examples.turn_PE[at].astype(jnp.int32)
    return Targets(ids_E, label_E, turn_E, turn_E[-1])


def _make_turn(model: ModelSettings, activation: Activation) -> Callable[..., _Carry]:
    """A function (carry, examples, targets, zero, last) -> carry that updates the targets of one turn, which are
    different rows, and after an example's last turn its input rows."""

    def turn(carry: _Carry, examples: Examples, targets: Targets, zero: jax.Array, last: jax.Array) -> _Carry:
        (input_VD, output_VD), words = carry.model, len(carry.model.input_VD)
        assert output_VD is not None  # not tied
        inputs_C, rate = examples.inputs_PC[carry.at], examples.rate_P[carry.at]
        there_C = inputs_C < words
        x_D, spread = pooled(carry.rows_CD, there_C, model.pool if model.architecture == "cbow" else "sum")
        y_ED = output_VD.at[targets.ids_E].get(mode="clip")
        product_ED = _rounded(x_D[None] * y_ED, zero)
        f_E = _once(in_sequence([product_ED[:, d] for d in range(len(x_D))]))
        sigmoid_E, trained_E = activation(f_E)
        now_E = (targets.ids_E < words) & (targets.turn_E == carry.turn)
        g_E = _once(jnp.where(now_E & trained_E, targets.label_E - sigmoid_E, 0) * rate)
        product_ED = _rounded(g_E[:, None] * y_ED, zero)
        moved_D = in_sequence([carry.moved_D, *(product_ED[e] for e in range(len(g_E)))])
        if model.freeze != "output":
            rows_E = jnp.where(now_E, targets.ids_E, words)
            output_VD = output_VD.at[rows_E].add(_rounded(g_E[:, None] * x_D[None], zero), mode="drop")
        is_last = carry.turn >= targets.turns
        if model.freeze != "input":
            moved_CD = jnp.broadcast_to(moved_D * spread if spread is not None else moved_D, carry.rows_CD.shape)
            input_VD = input_VD.at[jnp.where(is_last, inputs_C, words)].add(moved_CD, mode="drop")
        at = carry.at + is_last.astype(jnp.int32)
        loss = jnp.where(now_E, pair_loss(f_E, targets.label_E, 1 - targets.label_E), 0).sum()
        return _Carry(
            at=at,
            turn=jnp.where(is_last, 0, carry.turn + 1),
            model=Model(input_VD, output_VD),
            rows_CD=_input_rows(Model(input_VD, output_VD), examples, jnp.minimum(at, last)),
            moved_D=jnp.where(is_last, 0, moved_D),
            loss_I=carry.loss_I.at[carry.at // CHUNK].add(loss),
            square=carry.square + jnp.where(now_E, jnp.square(f_E), 0).max(),
        )

    return turn


def _input_rows(model: Model, examples: Examples, at: jax.Array) -> jax.Array:
    return model.input_VD.at[examples.inputs_PC[at]].get(mode="clip")


def pooled(rows_CD: jax.Array, there_C: jax.Array, pool: str) -> tuple[jax.Array, jax.Array | None]:
    """[D] the input rows that are there as one, added in order; and what of its gradient each gets; None: all.

    Args:
      rows_CD: [C, D].
      there_C: [C] bool.
      pool: static, of `model.pool`.
    """
    if len(rows_CD) == 1:
        return rows_CD[0], None
    present_CD = jnp.where(there_C[:, None], rows_CD, 0)
    sum_D = in_sequence([present_CD[c] for c in range(len(rows_CD))])
    if pool == "sum":
        return sum_D, None
    number = there_C.sum().astype(jnp.float32)
    # of one number for all XLA would make a product with its reciprocal, which rounds otherwise
    mean_D = sum_D / jnp.where(jnp.isnan(sum_D), 1, number)
    return mean_D, None if pool == "word2vec_c" else 1 / number


def in_sequence(terms: Any) -> jax.Array:
    """The sum of arrays, one added after another: XLA may reorder its own sums."""
    total, *rest = terms
    for term in rest:
        total = total + term
    return total


def _rounded(product: jax.Array, zero: jax.Array) -> jax.Array:
    """The same numbers, which no compiler makes a part of a fused multiply-add: its sum would not be the C program's.

    An optimization barrier is gone before LLVM looks, and a `reduce_precision` to float32 is nothing.

    Args:
      product: float32.
      zero: int32 scalar, 0, which is not known when the program is compiled.
    """
    bits = jax.lax.bitcast_convert_type(product, jnp.int32) ^ zero
    return jax.lax.bitcast_convert_type(bits, jnp.float32)


def _once(x: jax.Array) -> jax.Array:
    """The same numbers. XLA would compute them anew for each number that they are multiplied with, but no quotients."""
    return x / jnp.where(jnp.isnan(x), 2, 1)
