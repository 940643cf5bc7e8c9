"""What devices tell each other within a step. Where a device is alone nothing is sent and nothing is computed.

These are used within `shard_map` over a `mesh`. They stand in the few lines of a step (`segment.make_step`), of its
report, and where a row optimizer looks at a whole row; losses and pairs know nothing of them.
"""

import functools
import operator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.settings.mesh import MeshSettings
from jaxw2v.training.mesh import COLUMN, DATA
from jaxw2v.training.row_sums import row_sums


class Collectives(NamedTuple):
    """The devices that work on one step.

    Attributes:
      data: those that share its tokens: each has the pairs of its own, and all make the same update.
      column: those that share the columns of the tables: each has its own of every row.
    """

    data: int = 1
    column: int = 1

    def own_part(self, step: jax.Array) -> jax.Array:
        """The number of this device's part of a step, among those of all steps."""
        return step if self.data == 1 else step * self.data + jax.lax.axis_index(DATA)

    def gathered(self, *rows: jax.Array) -> list[jax.Array]:
        """[R, ..., D] each: these arrays [..., D] of all R devices that share a step's tokens, sent at once."""
        # without the barrier XLA takes a minute to compile gradients together with their concatenation
        flat = jax.lax.optimization_barrier([x.reshape(-1, x.shape[-1]) for x in rows])
        sent = jax.lax.all_gather(jnp.concatenate(flat), DATA)
        cuts = np.cumsum([len(x) for x in flat])[:-1].tolist()
        return [part.reshape(self.data, *x.shape) for part, x in zip(jnp.split(sent, cuts, axis=1), rows)]

    def total(self, x: Any) -> Any:
        """The sums over the devices that share a step's tokens."""
        return x if self.data == 1 else _sum(x, DATA)

    def mean(self, x: jax.Array) -> jax.Array:
        """The mean over the devices that share a step's tokens."""
        return x if self.data == 1 else _sum(x, DATA) / self.data

    def products(self, x: Any) -> Any:
        """Products of whole rows from those of each device's columns, with the gradient of one device."""
        return x if self.column == 1 else _sum_of_columns(x)

    def row_sums(self, x_MD: jax.Array) -> jax.Array:
        """[M]: the sums of whole rows, of which this device has its columns."""
        own_M = row_sums(x_MD)
        return own_M if self.column == 1 else _sum(own_M, COLUMN)

    def any_in_row(self, x_MD: jax.Array) -> jax.Array:
        """[M] bool: whether one of a whole row is true."""
        own_M = x_MD.any(1)
        return own_M if self.column == 1 else jax.lax.psum(own_M.astype(jnp.int32), COLUMN) > 0

    def dim(self, x_MD: jax.Array) -> int:
        """The length of whole rows."""
        return x_MD.shape[-1] * self.column


ALONE = Collectives()


def of_mesh(mesh: MeshSettings) -> Collectives:
    """Those of a mesh with these axes."""
    return Collectives(mesh.data, mesh.column)


def _sum(x: Any, axis: str) -> Any:
    """The sums over an axis, in the order of its devices.

    Of more than two, `psum` leaves the order to what sends: between processes it is another than within one, and so are
    the last bits.
    """
    if jax.lax.axis_size(axis) == 2:
        return jax.lax.psum(x, axis)
    return jax.tree.map(lambda each: functools.reduce(operator.add, jax.lax.all_gather(each, axis)), x)


@jax.custom_vjp
def _sum_of_columns(x: Any) -> Any:
    return _sum(x, COLUMN)


# Every device computes the same loss from the sum. So the gradient of its own part is that of the sum; the transpose of
# psum would add up the equal gradients of all devices.
_sum_of_columns.defvjp(lambda x: (_sum(x, COLUMN), None), lambda _, grad: (grad,))
