"""Tables of rows in memory: float32, or bfloat16 held as its 16 bits.

XLA on the CPU turns a whole bfloat16 table into float32 and back for each scatter; of 16-bit integers it writes the
rows alone. Arithmetic is float32 either way.
"""

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.training.collectives import ALONE, Collectives

DTYPES = ("float32", "bfloat16")


def stored(values_VD: jax.Array, dtype: str) -> jax.Array:
    """A table of these float32 values: [V, D] float32, or uint16 bits of bfloat16, rounded to nearest."""
    return values_VD if dtype == "float32" else jax.lax.bitcast_convert_type(values_VD.astype(jnp.bfloat16), jnp.uint16)


def values(table_VD: jax.Array) -> jax.Array:
    """The float32 values of a table, or of rows of it: the inverse of `stored`."""
    if table_VD.dtype == jnp.uint16:
        return jax.lax.bitcast_convert_type(table_VD, jnp.bfloat16).astype(jnp.float32)
    return table_VD


def values_on_host(table_VD: np.ndarray) -> np.ndarray:
    """`values` of what is in the host's memory, and there."""
    return table_VD.view(jnp.bfloat16).astype(np.float32) if table_VD.dtype == np.uint16 else table_VD


def rows(table_VD: jax.Array, rows_M: jax.Array) -> jax.Array:
    """[..., D] float32: the rows of these ids; an id of V or more, which is no word, gives any row."""
    return values(table_VD.at[rows_M].get(mode="clip"))


def add(table_VD: jax.Array, rows_M: jax.Array, update_MD: jax.Array) -> jax.Array:
    """The table with updates added to its rows, in place where the table is donated; ids of V or more are dropped.

    Mentions of a row in bfloat16 are summed first and rounded once: updates of less than 2^-9 of a number, half a unit
    in its last place, are lost.
    """
    if table_VD.dtype == jnp.float32:
        return table_VD.at[rows_M].add(update_MD)
    unique_M, sum_MD = sum_mentions(rows_M, update_MD, len(table_VD))
    return table_VD.at[unique_M].set(stored(rows(table_VD, unique_M) + sum_MD, "bfloat16"))


def sum_mentions(
    rows_M: jax.Array, grad_MD: jax.Array, words: int, among: Collectives = ALONE
) -> tuple[jax.Array, jax.Array]:
    """Each touched row once, with the sum of its gradients: ids [M] (`words` fills the rest) and sums [M, D].

    Args:
      rows_M: [M] int32 ids, with repeats.
      grad_MD: [M, D] their gradients.
      words: V; rows whose sum is 0 and unused places get this id, which scatters drop.
      among: devices that share columns; a sum is 0 where those of all are.
    """
    m = len(rows_M)
    order_M = jnp.argsort(rows_M)
    sorted_M = rows_M[order_M]
    first_M = jnp.concatenate([jnp.ones(1, bool), sorted_M[1:] != sorted_M[:-1]])
    place_M = jnp.cumsum(first_M) - 1
    sum_MD = jax.ops.segment_sum(grad_MD[order_M], place_M, m, indices_are_sorted=True)
    unique_M = jnp.full(m, words, rows_M.dtype).at[place_M].set(sorted_M)
    return jnp.where(among.any_in_row(sum_MD != 0), unique_M, words), sum_MD
