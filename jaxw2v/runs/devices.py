"""The devices of a run: one for each replica of the tables."""

import contextlib

import jax

from jaxw2v.errors import InputError


def choose_devices(platform: str, replicas: int | None, optimizer: str) -> list[jax.Device]:
    """One device for each replica; CPUs are as many as asked for, whatever the number of cores.

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
    wanted = replicas or (2 if devices[0].platform == "cpu" and optimizer == "damped_sgd" else 1)
    if wanted > len(devices):
        cpu = f", or set JAX_NUM_CPU_DEVICES={wanted} before jax starts" if devices[0].platform == "cpu" else ""
        raise InputError(
            f"train.replicas={wanted}: jax has {len(devices)} {devices[0].platform} device(s) in this process; "
            f"use train.replicas={len(devices)} or fewer{cpu}"
        )
    return devices[:wanted]
