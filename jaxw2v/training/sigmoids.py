"""The sigmoid that a gradient sees: exact, or from the tables of other programs, and what they do beyond these."""

import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.settings.model import ModelSettings

Activation = Callable[[jax.Array], tuple[jax.Array, jax.Array]]
_SATURATED = 30.0  # a logit whose sigmoid is 1 in float32


class Table(NamedTuple):
    """A sigmoid of S values: that of x is the one with the number (x + bound) * scale, rounded down.

    Attributes:
      value_S: [S] float32.
      bound: the table spans -bound .. bound.
      scale: places for each unit of x.
    """

    value_S: np.ndarray
    bound: float
    scale: float


def make_table(name: str) -> Table | None:
    """The table of a program; None: the sigmoid is exact.

    "word2vec_c": 1,000 values over -6..6, but 83 places for a unit where 83.3 would be right (its code divides
    integers), so that the sigmoid of 0 is .494. "pword2vec": the same values, at the right place. "fasttext": 513 over
    -8..8.
    """
    if name == "exact":
        return None
    if name == "fasttext":
        x_S = (np.arange(513, dtype=np.float32) * np.float32(16) / np.float32(512)) - np.float32(8)
        return Table((1 / (1 + np.exp(-x_S, dtype=np.float32))).astype(np.float32), 8, 32)
    x_S = (np.arange(1000, dtype=np.float32) / np.float32(1000) * np.float32(2) - np.float32(1)) * np.float32(6)
    exp_S = np.array([math.exp(x) for x in x_S.tolist()], np.float32)  # by the C library, as in the C program
    return Table(exp_S / (exp_S + np.float32(1)), 6, 83 if name == "word2vec_c" else 1000 / 12)


def make_activation(model: ModelSettings) -> Activation | None:
    """A function x -> (its sigmoid, whether a pair with this logit is trained on); None: exact, and all are.

    Args:
      model: static: sigmoid, a table's name; and beyond, what is done with logits outside of the table, +-6 for an
        exact sigmoid: "exact"; "saturate", their sigmoid is 0 or 1; "skip", the pair is not trained on; "word2vec_c",
        skip with hierarchical softmax, and else saturate.
    """
    table, beyond = make_table(model.sigmoid), model.beyond
    if beyond == "word2vec_c":
        beyond = "skip" if model.objective == "hierarchical_softmax" else "saturate"
    if table is None and beyond == "exact":
        return None
    bound = np.float32(6 if table is None else table.bound)

    def activation(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        inside = jnp.abs(x) < bound if beyond == "skip" else jnp.abs(x) <= bound
        value = jax.nn.sigmoid(x)
        if table is not None:
            place = ((x + bound) * np.float32(table.scale)).astype(jnp.int32)  # of NaN and beyond any, not used
            found = jnp.asarray(table.value_S).at[place].get(mode="clip")
            value = jnp.where(inside, found, value)
        if beyond == "saturate":
            value = jnp.where(x > bound, 1.0, jnp.where(x < -bound, 0.0, value))
        return value, inside | (beyond != "skip")

    return activation


def make_seen(activation: Activation | None) -> Callable[[jax.Array], jax.Array] | None:
    """A function from logits to those whose exact sigmoid is the one that the activation gives; None: the same.

    A loss of these has the gradient that the activation makes of it: its derivative is taken to be 1, or 0 where a pair
    is not trained on.
    """
    if activation is None:
        return None

    @jax.custom_jvp
    def seen(x: jax.Array) -> jax.Array:
        value, _ = activation(x)  # 0 and 1 become infinite, and are cut off
        return jnp.clip(jnp.log(value) - jnp.log1p(-value), -_SATURATED, _SATURATED)

    seen.defjvp(lambda x, tangent: (seen(x[0]), jnp.where(activation(x[0])[1], tangent[0], 0.0)))
    return seen
