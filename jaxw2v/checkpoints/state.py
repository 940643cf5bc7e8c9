"""Where training stands between two segments: what of it goes into a checkpoint of each run, and back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxw2v.checkpoints.files import Checkpoint
from jaxw2v.errors import InputError
from jaxw2v.training import mesh as meshes
from jaxw2v.training import population

_META = {  # of a checkpoint
    "identity": dict, "company": list, "done": int, "share": float, "loss": float, "counted": float, "pairs": float,
    "seconds": float, "failed": dict, "restarts": int, "checkpoints": float, "metrics": str, "differences": list,
}  # fmt: skip


class TrainState(NamedTuple):
    """Where training stands between two segments.

    Attributes:
      done: segments trained, of each replica, in all epochs.
      state: of all runs, as the compiled program takes it.
      loss_R, counted_R: [R] float64, sums over the epoch so far: nats, and the pairs that they are from.
      pairs_R: [R] float64, positive pairs so far.
      seconds: of training so far.
      failed: by the number of a run, why it goes no further.
    """

    done: int
    state: Any
    loss_R: np.ndarray
    counted_R: np.ndarray
    pairs_R: np.ndarray
    seconds: float
    failed: dict[int, InputError]


def sums_of(train_state: TrainState, r: int, names: Sequence[str]) -> dict[str, Any]:
    """What JSON can hold of run r; the runs have these names."""
    return {
        "done": train_state.done,
        "loss": float(train_state.loss_R[r]),
        "counted": float(train_state.counted_R[r]),
        "pairs": float(train_state.pairs_R[r]),
        "seconds": train_state.seconds,
        "failed": {names[other]: str(error) for other, error in train_state.failed.items()},
    }


def arrays_of(train_state: TrainState, r: int) -> dict[str, Any]:
    """The arrays of run r by their numbers."""
    own = population.alone(train_state.state, r, len(train_state.loss_R))
    return {str(i): leaf for i, leaf in enumerate(jax.tree.leaves(own))}


def take_up(found: Mapping[int, Checkpoint], names: Sequence[str], state: Any) -> TrainState:
    """Where training was stopped; without a checkpoint: its beginning, `state`.

    Args:
      found: by the number of a run, which failed before where there is none.
      names: of all runs, as in `sums_of`.
      state: before the first step, on the devices.

    Raises:
      InputError: another version of this program made them, whose tables are others.
    """
    runs = len(names)
    if not found:
        return TrainState(0, state, np.zeros(runs), np.zeros(runs), np.zeros(runs), 0.0, {})
    metas = {r: each.meta for r, each in found.items()}
    any_meta = next(iter(metas.values()))
    failed = {names.index(name): InputError(why) for name, why in any_meta["failed"].items() if name in names}
    leaves, structure = jax.tree.flatten(state)

    kinds = [(leaf.shape[runs > 1 :], leaf.dtype) for leaf in leaves]
    for each in found.values():
        arrays = [each.arrays.get(str(i)) for i in range(len(each.arrays))]
        if [(array.shape, array.dtype) for array in arrays if array is not None] != kinds:
            raise InputError("another version of this program left the checkpoint, with tables of another kind: "
                             "train.resume=never starts anew")  # fmt: skip

    def restored(i: int, like: jax.Array) -> jax.Array:
        own = {r: each.arrays[str(i)] for r, each in found.items()}
        blank = np.zeros_like(next(iter(own.values())))  # a run that failed is trained no further
        array = own[0] if runs == 1 else np.stack([own.get(r, blank) for r in range(runs)])
        return meshes.put(array, like.sharding)

    def sums(key: str) -> np.ndarray:
        return np.array([metas[r][key] if r in metas else 0.0 for r in range(runs)])

    return TrainState(
        done=any_meta["done"],
        state=jax.tree.unflatten(structure, [restored(i, leaf) for i, leaf in enumerate(leaves)]),
        loss_R=sums("loss"),
        counted_R=sums("counted"),
        pairs_R=sums("pairs"),
        seconds=any_meta["seconds"],
        failed=failed,
    )


def checked(found: Checkpoint) -> Checkpoint:
    """The same. Raises ValueError: something is missing in it, so another program has made it."""
    found = found._replace(meta={"differences": []} | found.meta)  # one of before there were any has none
    wrong = [key for key, kind in _META.items() if not isinstance(found.meta.get(key), kind)]
    wrong += ["differences"] * any(not isinstance(line, str) for line in found.meta["differences"])
    if wrong:
        raise ValueError(f"it does not say its {wrong[0]}")
    try:
        for line in found.meta["metrics"].encode().splitlines():
            json.loads(line)
    except RecursionError:
        raise ValueError("its metrics are wrong") from None
    return found
