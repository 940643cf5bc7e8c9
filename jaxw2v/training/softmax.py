"""The full softmax: a context against all words of the vocabulary (Goldberg and Levy 2014, equations 1 to 4)."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxw2v.training.blocks import TokenWindow, WindowSpec, inputs_and_partners
from jaxw2v.training.loss import Objective, neighbor_products
from jaxw2v.training.parts import part, positive_pairs

FEWEST = 8  # rows of logits at a time, below which products are slower than all the rest
NUMBER = 4  # bytes


def rows_at_a_time(memory: float, words: int, dim: int, tokens: int) -> int:
    """How many of a step's T rows of V logits are there at a time, so that the step's work stays below a bound.

    Args:
      memory: GB, `model.memory`; for four arrays of the output table's size, its rows and their gradient twice, and
        for logits, their exponentials and gradients.
      words, dim, tokens: V, D, T.

    Raises:
      ValueError: it is not enough; the message says how much is.
    """
    tables, row = 4 * NUMBER * words * dim, 3 * NUMBER * words
    fit = int((memory * 1e9 - tables) // row)
    if fit < min(FEWEST, tokens):
        raise ValueError(
            f"the full softmax over {words:,} words needs {(tables + FEWEST * row) / 1e9:.2g} GB at {dim} dimensions"
        )
    return min(fit, tokens)


class FullSoftmaxBatch(NamedTuple):
    """T tokens, each a row against all V rows: blocks of one input and E = V outputs that are never written out.

    Attributes:
      token_W: [T + 2 widest] int32 ids of the tokens with `widest` more on both sides.
      pair_OT: [2 widest, T] float32, 1 where the word at an offset is predicted.
      outputs: [V] int32, all output rows.
    """

    token_W: jax.Array
    pair_OT: jax.Array
    outputs: jax.Array

    @property
    def inputs(self) -> jax.Array:
        """[T] int32 ids of the input rows."""
        widest = len(self.pair_OT) // 2
        return self.token_W[widest : widest + self.pair_OT.shape[1]]


def draw_full_softmax(key: jax.Array, token_window: TokenWindow, words: int, windows: WindowSpec) -> FullSoftmaxBatch:
    """The pairs of a text, without noise.

    Args:
      key: PRNG key; consumed.
      token_window: the text.
      words: static; V.
      windows: how windows are drawn.
    """
    _, pair_OT = inputs_and_partners(key, token_window, windows)
    return FullSoftmaxBatch(token_window.ids_W, pair_OT, jnp.arange(words, dtype=jnp.int32))


@part.register
def _(drawn: FullSoftmaxBatch, step: jax.Array, tokens: int) -> FullSoftmaxBatch:
    first, token_window = step * tokens, tokens + len(drawn.pair_OT)
    return FullSoftmaxBatch(
        token_W=jax.lax.dynamic_slice_in_dim(drawn.token_W, first, token_window),
        pair_OT=jax.lax.dynamic_slice_in_dim(drawn.pair_OT, first, tokens, 1),
        outputs=drawn.outputs,
    )


@positive_pairs.register
def _(drawn: FullSoftmaxBatch) -> jax.Array:
    return drawn.pair_OT.sum()


def _in_pieces(array: jax.Array, piece: int) -> jax.Array:
    """[pieces, piece, ...], filled up with 0."""
    t = len(array)
    pieces = -(-t // piece)
    room = [(0, pieces * piece - t), *[(0, 0)] * (array.ndim - 1)]
    return jnp.pad(array, room).reshape(pieces, piece, *array.shape[1:])


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def log_normalizer(input_TD: jax.Array, output_VD: jax.Array, piece: int) -> jax.Array:
    """[T] log sum_c exp(v_w . v_c) over all V rows; at most `piece` rows of logits at a time, in its gradient too."""

    def of_piece(input_PD):
        return jax.nn.logsumexp(input_PD @ output_VD.T, axis=1)

    return jax.lax.map(of_piece, _in_pieces(input_TD, piece)).reshape(-1)[: len(input_TD)]


def _forward(input_TD, output_VD, piece):
    log_T = log_normalizer(input_TD, output_VD, piece)
    return log_T, (input_TD, output_VD, log_T)


def _backward(piece, kept, grad_T):
    input_TD, output_VD, log_T = kept

    def one(grad_VD, of_piece):
        input_PD, log_P, grad_P = of_piece
        weight_PV = jnp.exp(input_PD @ output_VD.T - log_P[:, None]) * grad_P[:, None]
        return grad_VD + weight_PV.T @ input_PD, weight_PV @ output_VD

    pieces = tuple(_in_pieces(array, piece) for array in (input_TD, log_T, grad_T))
    grad_output_VD, grad_input = jax.lax.scan(one, jnp.zeros_like(output_VD), pieces)
    return grad_input.reshape(-1, input_TD.shape[1])[: len(input_TD)], grad_output_VD


log_normalizer.defvjp(_forward, _backward)


class Logits(NamedTuple):
    """What the loss needs of T x V products: their log_T normalizers, and x_OT of the pairs."""

    log_T: jax.Array
    x_OT: jax.Array


def make_softmax(memory: float) -> Objective:
    """-log p(c | w) in nats, summed over pairs; p = exp(v_w . v_c) / sum_c' exp(v_w . v_c').

    Args:
      memory: GB, as of `rows_at_a_time`.
    """

    def logits(input_TD, output_VD, pairs):
        piece = rows_at_a_time(memory, *output_VD.shape, len(input_TD))
        predicted_WD = output_VD.at[pairs.token_W].get(mode="clip")
        return Logits(log_normalizer(input_TD, output_VD, piece), neighbor_products(input_TD, predicted_WD))

    def loss(x, pairs):
        return (pairs.pair_OT.sum(0) * x.log_T).sum() - (pairs.pair_OT * x.x_OT).sum()

    return Objective(logits, loss)
