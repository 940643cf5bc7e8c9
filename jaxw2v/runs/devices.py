"""The devices of a run, as the mesh that it is trained on."""

import contextlib
import math
from collections.abc import Sequence

import jax
from jax.sharding import Mesh

from jaxw2v.errors import InputError
from jaxw2v.settings.config import Config
from jaxw2v.settings.train import TrainSettings
from jaxw2v.text.corpus import Corpus
from jaxw2v.text.segments import segment_tokens
from jaxw2v.training.mesh import COLUMN, DATA, REPLICAS, RUNS, make_mesh

# Where two replicas are worth it by default; measured, see docs/speed.md. They average what both learned of the same
# word, so that on a short text frequent words learn too little. A merge goes over whole matrices, which a segment of
# few tokens a row does not pay for; and each replica takes 2.7 times the memory of the matrices, see `memory.MERGED`.
LEAST_WORDS = 2**24  # to train on, in all epochs
LEAST_TOKENS_A_ROW = 3  # of a segment
MOST_NUMBERS = 2**28  # of a matrix
SETTINGS = {REPLICAS: "train.replicas"} | {axis: f"train.mesh.{axis}" for axis in (DATA, COLUMN, RUNS)}


def default_replicas(words: int, vocabulary: int, dim: int) -> int:
    """How many copies of the tables `damped_sgd` trains on CPUs where `train.replicas` is null and no step is shared.

    It depends on the text and the matrices and never on the machine, so that the same settings give the same bytes.

    Args:
      words: of the vocabulary, in all epochs.
      vocabulary: V.
      dim: D.
    """
    enough = words >= LEAST_WORDS and segment_tokens(None, vocabulary, words) >= LEAST_TOKENS_A_ROW * vocabulary
    return 2 if enough and vocabulary * dim <= MOST_NUMBERS else 1


def mesh_of(config: Config, corpus: Corpus, runs: int = 1) -> Mesh:
    """The mesh of so many runs side by side on this text.

    Raises:
      InputError: there are no such devices, or not as many, or they cannot share these runs.
    """
    return for_text(choose_mesh(config.train, config.optimizer.name, runs), config, corpus)


def choose_mesh(train: TrainSettings, optimizer: str, runs: int = 1, partly: bool = False, processes: int = 1) -> Mesh:
    """A mesh with the axes that the settings name; CPUs are as many as asked for, whatever the number of cores.

    Where `train.replicas` is null, it has as many as a run may have; the text decides then, see `for_text`.

    Args:
      train: of the settings.
      optimizer: its name; by default only damped_sgd has replicas: it holds what merged changes might overshoot.
      runs: side by side.
      partly: others of them may be finished, so that these are all trained and need not fit the devices.
      processes: that train them together, each with as many of the devices.

    Raises:
      InputError: there are no such devices, or not as many, or they cannot share these runs.
    """
    axes = dict(vars(train.mesh))
    if not partly:
        _refuse_uneven(runs, axes[RUNS])
    axes[RUNS] = math.gcd(runs, axes[RUNS])
    if optimizer == "optax" and (train.replicas or 1) > 1:
        raise InputError(
            f"train.replicas={train.replicas}: replicas merge what they changed, row by row, and how the state of an "
            "optax transformation could be merged is not known; use train.replicas=1"
        )
    each = math.prod(axes.values())  # devices of a replica
    with contextlib.suppress(RuntimeError):  # jax has started already: what it has is what there is, and counted below
        # each costs: not one more, but those that JAX_NUM_CPU_DEVICES asks for, as for later jobs of a sweep
        least = jax.config.jax_num_cpu_devices  # type: ignore[attr-defined]  # not in jax's stubs
        asked = train.replicas or (2 if _may_have_two(train, optimizer) else 1)
        jax.config.update("jax_num_cpu_devices", max(-(-asked * each // processes), least))
    try:
        devices = jax.devices(None if train.device == "auto" else train.device)
    except RuntimeError as error:
        there = ", ".join(sorted({device.platform for device in jax.devices()}))
        raise InputError(
            f"train.device={train.device}: jax finds none here, only {there}; use train.device=auto"
        ) from error
    two = devices[0].platform == "cpu" and _may_have_two(train, optimizer) and 2 * each <= len(devices)
    axes = {REPLICAS: train.replicas or (2 if two and 2 * each % processes == 0 else 1), **axes}
    return make_mesh(_shared(devices, axes), **axes)


def for_text(mesh: Mesh, config: Config, corpus: Corpus) -> Mesh:
    """What `choose_mesh` gave, with as many replicas as a run on this text has.

    Raises:
      InputError: there are not as many devices.
    """
    if not _may_have_two(config.train, config.optimizer.name) or mesh.devices.flat[0].platform != "cpu":
        return mesh
    wanted = default_replicas(corpus.words * config.train.epochs, len(corpus.vocabulary.words), config.model.dim)
    axes = dict(mesh.shape) | {REPLICAS: wanted}
    devices = jax.devices("cpu") if wanted > mesh.shape[REPLICAS] else list(mesh.devices.flat)
    return make_mesh(_shared(devices, axes), **axes)


def _may_have_two(train: TrainSettings, optimizer: str) -> bool:
    """Whether a text decides on CPUs how many replicas there are: nobody has, and each device has whole steps."""
    return train.replicas is None and optimizer == "damped_sgd" and train.mesh.data == train.mesh.column == 1


def _refuse_uneven(runs: int, devices: int) -> None:
    if runs % devices:
        has = f"{runs} runs are trained side by side, which it does not divide" if runs > 1 else "there is one run"
        raise InputError(
            f"train.mesh.runs={devices}: {has}; use train.mesh.runs=1, or give launcher=population as many jobs and "
            "hydra.launcher.runs that it divides"
        )


def _shared(devices: Sequence[jax.Device], axes: dict[str, int]) -> list[jax.Device]:
    """As many of the devices as the axes need, equally many of each process, those of a process together."""
    own: dict[int, list[jax.Device]] = {}
    for device in devices:
        own.setdefault(device.process_index, []).append(device)
    needed, fewest = math.prod(axes.values()), min(own.values(), key=len)
    names = [f"{SETTINGS[axis]}={size}" for axis, size in axes.items() if size > 1]
    if needed % len(own):
        mesh = " ".join(names) or "train.mesh.data=1"
        raise InputError(
            f"{mesh}: {len(own)} processes cannot share {needed} device(s) equally; use a multiple of {len(own)}, such "
            f"as train.mesh.data={len(own)}, or fewer processes"
        )
    if needed > len(fewest) * len(own):
        _refuse_too_few(fewest, names, needed, len(own))
    return [device for each in own.values() for device in each[: needed // len(own)]]


def _refuse_too_few(devices: Sequence[jax.Device], names: Sequence[str], needed: int, processes: int) -> None:
    platform, each = devices[0].platform, needed // processes
    here = f"jax has {len(devices)} {platform} device(s) in {'this process' if processes == 1 else 'a process'}"
    cpu = f", or set JAX_NUM_CPU_DEVICES={each} before jax starts" if platform == "cpu" else ""
    if len(names) > 1:
        fewer = f"{each} are needed; lower one of these"
    else:
        fewer = f"use {names[0].partition('=')[0]}={len(devices) * processes} or fewer"
    raise InputError(f"{' '.join(names)}: {here}; {fewer}{cpu}")
