"""For notebook 1: one training example through the program's own step, what it changes and what it costs."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.training import blocks, loss, negatives, rows, segment, softmax
from jaxw2v.training.model import Model

START = 0.1  # both tables are uniform in +-START, about as after a little training


class Example(NamedTuple):
    """The tables before and after one step of plain SGD for one pair.

    Attributes:
      before, after: in the host's memory.
      outputs: the ids of the output rows that the loss reads; of negative sampling the context, then the samples.
    """

    before: Model
    after: Model
    outputs: np.ndarray


def train_on(
    key: jax.Array, objective: str, words: int, dim: int, k: int, *, word: int, context: int, learning_rate: float
) -> Example:
    """One step for the pair (word, context), drawn and made as in training.

    Args:
      key: PRNG key; consumed.
      objective: negative_sampling or softmax.
      words: V; their counts, which the noise distribution follows, fall as 1 / rank (Zipf).
      dim, k: D, and the negative samples of the pair.
      word, context: ids.
      learning_rate: of the step.
    """
    key_model, key_draw = jax.random.split(key)
    draw, step = _parts(objective, words, k)
    before = _tables(key_model, words, dim)
    pairs = draw(key_draw, word, context)
    state, _ = jax.jit(step)(segment.init_state(before, rows.sgd()), pairs, jnp.float32(learning_rate), jnp.bool_(True))
    counted = np.asarray(pairs.outputs)
    if objective == "negative_sampling":
        counted = counted[np.asarray(pairs.positive_BCE + pairs.negative_BCE)[:, 0] > 0]
    return Example(jax.tree.map(np.asarray, before), jax.tree.map(np.asarray, state.model), counted)


def changed(before: np.ndarray, after: np.ndarray) -> tuple[int, int]:
    """How many rows of a table a step changed, and how many numbers."""
    return int((before != after).any(axis=1).sum()), int((before != after).sum())


def operations(objective: str, words: int, dim: int, k: int) -> float:
    """Floating-point operations of the draw and the step of one pair, as XLA counts those of the compiled program.

    Arguments as of `train_on`.
    """
    draw, step = _parts(objective, words, k)

    def whole(state, key):
        return step(state, draw(key, 0, 1), jnp.float32(0.025), jnp.bool_(True))[0]

    key = jax.random.key(0)
    model = jax.eval_shape(lambda: _tables(key, words, dim))
    state = segment.init_state(model, rows.sgd())
    cost = jax.jit(whole, donate_argnums=0).lower(state, key).compile().cost_analysis()
    assert cost is not None
    return float(cost["flops"])


def _tables(key: jax.Array, words: int, dim: int) -> Model:
    keys = key, jax.random.fold_in(key, 1)  # as `init_model`
    return Model(*(jax.random.uniform(each, (words, dim), jnp.float32, -START, START) for each in keys))


def _parts(objective: str, words: int, k: int) -> tuple[Callable[[jax.Array, int, int], Any], Callable]:
    """The draw of a pair's blocks, and the step."""
    windows = blocks.WindowSpec(1, 1, True)

    def token_window(word, context):
        return blocks.TokenWindow(jnp.array([words, word, context], jnp.int32), jnp.array([-1, 0, 0], jnp.int32))

    if objective == "softmax":
        step = segment.make_step(softmax.make_softmax(1e3), rows.sgd())
        return lambda key, word, context: softmax.draw_full_softmax(
            key, token_window(word, context), words, windows
        ), step
    probability_V = negatives.noise_probabilities(1 / np.arange(1, words + 1), 0.75)
    noise = jax.tree.map(jnp.asarray, negatives.build_alias_table(probability_V))
    step = segment.make_step(loss.BLOCKS, rows.sgd())
    return lambda key, word, context: blocks.draw_pairs(key, token_window(word, context), noise, windows, k), step
