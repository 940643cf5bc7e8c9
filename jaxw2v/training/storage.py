"""Tables of rows in memory: float32, or bfloat16 held as its 16 bits.

XLA on the CPU turns a whole bfloat16 table into float32 and back for each scatter; of 16-bit integers it writes the
rows alone. Arithmetic is float32 either way.
"""

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.training.collectives import ALONE, Collectives

DTYPES = ("float32", "bfloat16")
TILE = 128  # mentions that one product of matrices sums up, see `_sums_of_runs`


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


def add(table_VD: jax.Array, rows_M: jax.Array, update_MD: jax.Array, in_order: bool = False) -> jax.Array:
    """The table with updates added to its rows, in place where the table is donated; ids of V or more are dropped.

    Mentions of a row in bfloat16 are summed first and rounded once: updates of less than 2^-9 of a number, half a unit
    in its last place, are lost.

    Args:
      table_VD: as `stored`; or [V] float32, one number a row.
      rows_M: [M] int32 ids, with repeats.
      update_MD: [M, D], or [M].
      in_order: static; see `sum_mentions`.
    """
    if table_VD.dtype == jnp.float32 and not in_order:
        return table_VD.at[rows_M].add(update_MD)
    unique_M, sum_MD = sum_mentions(rows_M, update_MD.reshape(len(rows_M), -1), len(table_VD), in_order=in_order)
    if table_VD.dtype == jnp.float32:
        return table_VD.at[unique_M].add(sum_MD.reshape(update_MD.shape), unique_indices=True)
    new_MD = stored(rows(table_VD, unique_M) + sum_MD, "bfloat16")
    return table_VD.at[unique_M].set(new_MD, unique_indices=in_order)


def sum_mentions(
    rows_M: jax.Array, grad_MD: jax.Array, words: int, among: Collectives = ALONE, in_order: bool = False
) -> tuple[jax.Array, jax.Array]:
    """Each touched row once, with the sum of its gradients: ids [M] (the rest is filled) and sums [M, D].

    Args:
      rows_M: [M] int32 ids, with repeats.
      grad_MD: [M, D] their gradients.
      words: V; rows whose sum is 0 and unused places get this id or, in order, V and more, each another one, which
        scatters drop.
      among: devices that share columns; a sum is 0 where those of all are.
      in_order: static; the sums are the same to the last bit whenever the same is computed, on a GPU, too, whose
        atomic additions come in any order.
    """
    m = len(rows_M)
    order_M = jnp.argsort(rows_M)  # stable
    sorted_M = rows_M[order_M]
    first_M = jnp.concatenate([jnp.ones(1, bool), sorted_M[1:] != sorted_M[:-1]])
    if in_order:
        real_MD = jnp.where((rows_M < words)[:, None], grad_MD, 0)  # what is dropped may be infinite
        unique_M, unused = jnp.where(first_M, sorted_M, words), words + jnp.arange(m, dtype=rows_M.dtype)
        sum_MD = jnp.where(first_M[:, None], _sums_of_runs(sorted_M, real_MD[order_M]), 0)
    else:
        place_M, unused = jnp.cumsum(first_M) - 1, jnp.asarray(words, rows_M.dtype)
        sum_MD = jax.ops.segment_sum(grad_MD[order_M], place_M, m, indices_are_sorted=True)
        unique_M = jnp.full(m, words, rows_M.dtype).at[place_M].set(sorted_M)
    return jnp.where(among.any_in_row(sum_MD != 0), unique_M, unused), sum_MD


def _sums_of_runs(sorted_M: jax.Array, x_MD: jax.Array) -> jax.Array:
    """[M, D]: at the first place of each run of equal ids, the sum of its rows; elsewhere anything.

    Rows in tiles of T: one product of matrices a tile sums up what of a run is in it. Of the runs of a tile only the
    last can go on, and what it has in later tiles is the sum at their first places.
    """
    m, dim = x_MD.shape
    room = -m % TILE
    id_NT = jnp.pad(sorted_M, (0, room), constant_values=-1).reshape(-1, TILE)
    x_NTD = jnp.pad(x_MD, ((0, room), (0, 0))).reshape(-1, TILE, dim)
    same_NTT = (id_NT[:, :, None] == id_NT[:, None, :]).astype(jnp.float32)
    within_NTD = jnp.matmul(same_NTT, x_NTD, precision="highest")
    first_N, last_N = id_NT[:, 0], id_NT[:, -1]
    begins_N = jnp.concatenate([jnp.ones(1, bool), last_N[1:] != last_N[:-1]])  # the last run, in this tile
    later_NN = jnp.triu(last_N[:, None] == first_N[None], 1) & begins_N[:, None]
    rest_ND = jnp.matmul(later_NN.astype(jnp.float32), within_NTD[:, 0], precision="highest")
    total_NTD = within_NTD + jnp.where((id_NT == last_N[:, None])[..., None], rest_ND[:, None], 0)
    return total_NTD.reshape(-1, dim)[:m]
