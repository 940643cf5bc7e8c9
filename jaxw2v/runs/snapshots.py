"""Snapshots: the tables of a run at moments of its training, for a look at how it gets where it ends."""

import contextlib
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

import jax
import numpy as np

from jaxw2v.checkpoints.manager import TrainState
from jaxw2v.errors import InputError
from jaxw2v.runs import session
from jaxw2v.runs.devices import choose_devices
from jaxw2v.settings.config import Config
from jaxw2v.text.corpus import Corpus
from jaxw2v.training import storage
from jaxw2v.training.model import Model


def take(
    config: Config,
    corpus: Corpus,
    epochs: Collection[int],
    report: Callable[[session.Progress], None] = lambda progress: None,
) -> dict[int, Model]:
    """The tables after each of these epochs, in the host's memory, all at once; the last is what a run would save.

    Args:
      config: checked. It trains as `run.run` has it, from the start and without checkpoints.
      corpus: encoded.
      epochs: from 1 to `train.epochs`.
      report: takes the progress after every segment.

    Raises:
      InputError: one that training raises.
    """
    devices = choose_devices(config.train.device, config.train.replicas, config.optimizer.name)
    watcher = _Watcher(config.train.epochs, epochs)
    with tempfile.TemporaryDirectory() as place, jax.default_device(devices[0]):
        (end,) = session.train([config], corpus, lambda r, now: report(now), [Path(place)], devices, watcher)
    if isinstance(end, InputError):
        raise end
    return watcher.models


class _Watcher:
    """Stands where a run has its `resume.Keeper`, and keeps tables instead of checkpoints."""

    runs, restarts, seconds = 1, 0, 0.0

    def __init__(self, epochs: int, wanted: Collection[int]):
        self._epochs, self._wanted, self._a_epoch = epochs, frozenset(wanted), 0
        self.models: dict[int, Model] = {}

    def restore(self, state) -> TrainState:
        return TrainState(0, state, np.zeros(1), np.zeros(1), np.zeros(1), 0.0, {})

    def due(self, done: int, rounds: int) -> bool:
        self._a_epoch = rounds // self._epochs
        return done % self._a_epoch == 0 and done // self._a_epoch in self._wanted

    def save(self, train_state: TrainState, share: float) -> None:
        copies = jax.tree.map(lambda table: np.array(storage.values(table)), train_state.state.model)
        self.models[train_state.done // self._a_epoch] = copies

    def hold(self, train_state: TrainState) -> None:
        pass

    def listening(self):
        return contextlib.nullcontext()
