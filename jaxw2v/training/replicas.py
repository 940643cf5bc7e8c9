"""Replicas: copies of the tables that train on a piece of text each and are merged after it."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, PartitionSpec

from jaxw2v.training import mesh as meshes
from jaxw2v.training import storage
from jaxw2v.training.collectives import ALONE, Collectives
from jaxw2v.training.mesh import COLUMN, DATA, REPLICAS
from jaxw2v.training.segment import State

SMALL = 1e-4  # of the square of the other change: below a hundredth of its length a change has hardly a direction


def adasum(one: jax.Array, other: jax.Array, among: Collectives = ALONE) -> jax.Array:
    """Two changes of the same rows as one, row by row (Maleki et al. 2020, Scaling Distributed Training with Adaptive
    Summation).

    Orthogonal changes are added, such as those of a rare word, which only one replica met. Of changes in the same
    direction the mean is taken, as of a frequent word, which both replicas moved to the same place.

    Args:
      one, other: [..., V, D].
      among: devices that share columns.

    Differs from the paper's equation where one change is below a hundredth of the other: there the equation halves the
    other, or adds half of it, whichever way the small one points, even if it is rounding; here what it does fades out
    with the small one, so that a change near 0 does what a change of 0 does.
    """
    both = among.row_sums(one * other)[..., None] / 2
    one_square, other_square = (among.row_sums(jnp.square(change))[..., None] for change in (one, other))

    def weight(square, others):
        floored = jnp.maximum(square, SMALL * others)
        return 1 - both / jnp.where(floored > 0, floored, 1)

    return weight(one_square, other_square) * one + weight(other_square, one_square) * other


class Replicas(NamedTuple):
    """R copies of the state of training; R = 1 is training as it is. Each is on a device of its own, or on several.

    Attributes:
      keep: state -> kept: what the merge will need of a state that training writes into. A program of its own: in one
        program with training XLA copies the tables instead.
      train_segment: (key_R, state, kept, hyperparameters, raw_RN, start, end) -> (state, info). key_R is [R] keys, or
        [R, runs] of a population; raw_RN is [R, N]; every array of info has R in front.
    """

    keep: Callable
    train_segment: Callable


def make_replicas(train_segment: Callable, mesh: Mesh) -> Replicas:
    """What trains on all devices of a mesh.

    All replicas begin a segment with the same state, and each trains on a piece of its own. Then each merges the
    changes of all in its part of the rows, two at a time by `adasum`, and sends that part to the others: no row is
    merged twice, and each keeps only its part of the tables before. The pieces share one clock of the learning rate.
    Results depend on R and not on how many cores there are.

    Args:
      train_segment: of a `Trainer` made for this mesh, of one run or of a population.
      mesh: from `make_mesh`; R is a power of 2.
    """

    def alone(key_R, state, kept, hyperparameters, raw_RN, start, end):
        raw = jax.tree.map(lambda array: array[0], raw_RN)
        state, info = train_segment(key_R[0], state, hyperparameters, raw, start, end)
        return state, jax.tree.map(lambda array: array[None], info)

    if mesh.size == 1:
        return Replicas(lambda state: (), alone)
    among, replicas = Collectives(mesh.shape[DATA], mesh.shape[COLUMN]), mesh.shape[REPLICAS]

    def merged(key_R, state, kept, hyperparameters, raw_RN, start, end):
        trained, info = alone(key_R, state, kept, hyperparameters, raw_RN, start, end)
        with jax.named_scope("merge"):

            def merge(combine, trained, kept):
                return jax.tree.map(lambda *leaf: _merged(*leaf, _words_axis(state), combine), trained, kept)

            kept = jax.tree.map(lambda array: array[0], kept)
            merged = functools.partial(adasum, among=among)
            return State(merge(merged, trained.model, kept.model), *merge(jnp.add, trained[1:], kept[1:])), info

    each, all_alike = PartitionSpec(REPLICAS), PartitionSpec()

    def specs(state):
        many = _words_axis(state) > 0
        state_specs = meshes.specs_of_state(state, many)
        kept_specs = jax.tree.map(lambda spec: PartitionSpec(REPLICAS, *spec), state_specs) if replicas > 1 else each
        return meshes.spec_by_replica(many), state_specs, kept_specs, meshes.spec_of_runs(many)

    def keep(state):
        if replicas == 1:
            return ()
        _, of_state, of_kept, _ = specs(state)

        def own_part(state):
            return jax.tree.map(lambda leaf: _own_part(leaf, _words_axis(state), replicas)[None], state)

        return jax.shard_map(own_part, mesh=mesh, in_specs=(of_state,), out_specs=of_kept, check_vma=False)(state)

    def train(key_R, state, kept, hyperparameters, raw_RN, start, end):
        of_keys, of_state, of_kept, of_runs = specs(state)
        return jax.shard_map(
            alone if replicas == 1 else merged,
            mesh=mesh,
            in_specs=(of_keys, of_state, of_kept, of_runs, each, all_alike, all_alike),
            out_specs=(of_state, of_keys),
            check_vma=False,  # devices that are not told apart there have the same
        )(key_R, state, kept, hyperparameters, raw_RN, start, end)

    return Replicas(keep, train)


def _words_axis(state: State) -> int:
    """That of the tables and of what has an entry for each word; in front is that of the runs of a population."""
    return state.model.input_VD.ndim - 2


def _parts(leaf: jax.Array, axis: int, replicas: int) -> tuple[int, list[int]]:
    """How many rows a replica merges, and the first of each replica's; the last parts may overlap."""
    size = -(-leaf.shape[axis] // replicas)
    return size, [min(r * size, leaf.shape[axis] - size) for r in range(replicas)]


def _own_part(leaf: jax.Array, axis: int, replicas: int) -> jax.Array:
    """The rows that this replica merges; of what has no rows, such as a count of steps, all."""
    if leaf.ndim <= axis:
        return leaf
    size, firsts = _parts(leaf, axis, replicas)
    return jax.lax.dynamic_slice_in_dim(leaf, jnp.array(firsts)[jax.lax.axis_index(REPLICAS)], size, axis)


def _merged(trained: jax.Array, kept: jax.Array, axis: int, combine: Callable) -> jax.Array:
    """What all replicas continue with, written into `trained`; `kept` is this replica's part of what was before."""
    if trained.ndim <= axis:
        return kept + jax.lax.psum(trained - kept, REPLICAS)
    replicas, own = jax.lax.axis_size(REPLICAS), jax.lax.axis_index(REPLICAS)
    size, firsts = _parts(trained, axis, replicas)

    def from_other(distance):  # replicas whose numbers differ in these bits send each other the parts that they merge
        part = jax.lax.dynamic_slice_in_dim(trained, jnp.array(firsts)[own ^ distance], size, axis)
        return jax.lax.ppermute(part, REPLICAS, [(r, r ^ distance) for r in range(replicas)]) if distance else part

    parts = [from_other(distance) for distance in range(replicas)]
    changes = [storage.values(each) - storage.values(kept) for each in parts]
    while len(changes) > 1:
        changes = [combine(*pair) for pair in zip(changes[0::2], changes[1::2])]
    dtype = "bfloat16" if trained.dtype == jnp.uint16 else "float32"
    new = jax.lax.all_gather(storage.stored(storage.values(kept) + changes[0], dtype), REPLICAS)
    for rows, first in zip(new, firsts):
        trained = jax.lax.dynamic_update_slice_in_dim(trained, rows, first, axis)
    return trained
