"""Checkpoints of two runs that nobody trained."""

import threading

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.checkpoints import files
from jaxw2v.checkpoints.manager import CheckpointManager
from jaxw2v.checkpoints.signals import StopRequest
from jaxw2v.checkpoints.state import TrainState
from jaxw2v.errors import InputError
from tests.configs import section

DEVICE = jax.devices()[0]


def manager(folders, said=None, own=None, request=None, **changes) -> CheckpointManager:
    """Of these runs; it makes a checkpoint after every segment unless `changes` in "train" say otherwise."""
    own = own or [{"seed": at, "train.epochs": 5} for at in range(len(folders))]
    request = request or StopRequest((said if said is not None else []).append)
    train = section("train", **{"checkpoint_every": 1, "checkpoint_unit": "segments"} | changes)
    return CheckpointManager(folders, own, train, request)


def state(at: float) -> dict:
    table = np.random.default_rng(int(at)).normal(size=(2, 11, 7)).astype(np.float32)
    table[0, 0, :3] = np.nan, -0.0, np.inf
    return {"table": jax.device_put(table, DEVICE), "rows": jnp.full(2, at), "step": jnp.array([3, 4])}


def train_state(done: int, failed=()) -> TrainState:
    sums = np.array([0.1, 1 / 3]) + done
    return TrainState(done, state(done), sums, sums + 1, sums + 2, 1.5, {r: InputError("why") for r in failed})


def same(one: TrainState, other: TrainState) -> bool:
    trees = [jax.tree.map(lambda array: np.asarray(array).tobytes(), each[:-1]) for each in (one, other)]
    return trees[0] == trees[1]


def contents(folders) -> dict:
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


class Held:
    """Writing a checkpoint waits here until it is let go."""

    def __init__(self, monkeypatch):
        self.begun, self.go, write = threading.Event(), threading.Event(), files.write

        def held(*args):
            self.begun.set()
            assert self.go.wait(60)
            write(*args)

        monkeypatch.setattr(files, "write", held)
