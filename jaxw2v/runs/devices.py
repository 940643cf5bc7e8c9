"""The devices of a run: one for each replica of the tables."""

import contextlib

import jax

from jaxw2v.errors import InputError
from jaxw2v.settings.config import Config
from jaxw2v.text.corpus import Corpus
from jaxw2v.text.segments import segment_tokens

# Where two replicas are worth it by default; measured, see docs/speed.md. They average what both learned of the same
# word, so that on a short text frequent words learn too little. A merge goes over whole matrices, which a segment of
# few tokens a row does not pay for; and each replica takes 2.7 times the memory of the matrices, see `memory.MERGED`.
LEAST_WORDS = 2**24  # to train on, in all epochs
LEAST_TOKENS_A_ROW = 3  # of a segment
MOST_NUMBERS = 2**28  # of a matrix


def default_replicas(words: int, vocabulary: int, dim: int) -> int:
    """How many copies of the tables `damped_sgd` trains on CPUs where `train.replicas` is null.

    It depends on the text and the matrices and never on the machine, so that the same settings give the same bytes.

    Args:
      words: of the vocabulary, in all epochs.
      vocabulary: V.
      dim: D.
    """
    enough = words >= LEAST_WORDS and segment_tokens(None, vocabulary, words) >= LEAST_TOKENS_A_ROW * vocabulary
    return 2 if enough and vocabulary * dim <= MOST_NUMBERS else 1


def devices_of(config: Config, corpus: Corpus) -> list[jax.Device]:
    """One device for each replica that a run on this text has.

    Raises:
      InputError: there are no such devices, or not as many.
    """
    return for_text(choose_devices(config.train.device, config.train.replicas, config.optimizer.name), config, corpus)


def for_text(devices: list[jax.Device], config: Config, corpus: Corpus) -> list[jax.Device]:
    """Of what `choose_devices` gave, one device for each replica that a run on this text has.

    Raises:
      InputError: there are not as many.
    """
    if config.train.replicas is not None or config.optimizer.name != "damped_sgd" or devices[0].platform != "cpu":
        return devices
    wanted = default_replicas(corpus.words * config.train.epochs, len(corpus.vocabulary.words), config.model.dim)
    _refuse_too_few(devices, wanted)
    return devices[:wanted]


def choose_devices(platform: str, replicas: int | None, optimizer: str) -> list[jax.Device]:
    """One device for each replica; CPUs are as many as asked for, whatever the number of cores.

    Where `train.replicas` is null, as many as a run may have; the text decides then, see `for_text`.

    Args:
      platform, replicas: of the settings in `train`.
      optimizer: its name; by default only damped_sgd has replicas: it holds what merged changes might overshoot.

    Raises:
      InputError: there are no such devices, or not as many.
    """
    if optimizer == "optax" and (replicas or 1) > 1:
        raise InputError(
            f"train.replicas={replicas}: replicas merge what they changed, row by row, and how the state of an optax "
            "transformation could be merged is not known; use train.replicas=1"
        )
    with contextlib.suppress(RuntimeError):  # jax has started already: what it has is what there is, and counted below
        # each costs: not one more, but those that JAX_NUM_CPU_DEVICES asks for, as for later jobs of a sweep
        least = jax.config.jax_num_cpu_devices  # type: ignore[attr-defined]  # not in jax's stubs
        jax.config.update("jax_num_cpu_devices", max(replicas or 2, least))
    try:
        devices = jax.devices(None if platform == "auto" else platform)
    except RuntimeError as error:
        there = ", ".join(sorted({device.platform for device in jax.devices()}))
        raise InputError(
            f"train.device={platform}: jax finds none here, only {there}; use train.device=auto"
        ) from error
    most = replicas or (2 if devices[0].platform == "cpu" and optimizer == "damped_sgd" else 1)
    if replicas is not None:
        _refuse_too_few(devices, most)
    return devices[:most]


def _refuse_too_few(devices: list[jax.Device], wanted: int) -> None:
    if wanted > len(devices):
        cpu = f", or set JAX_NUM_CPU_DEVICES={wanted} before jax starts" if devices[0].platform == "cpu" else ""
        raise InputError(
            f"train.replicas={wanted}: jax has {len(devices)} {devices[0].platform} device(s) in this process; "
            f"use train.replicas={len(devices)} or fewer{cpu}"
        )
