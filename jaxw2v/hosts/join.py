"""From the settings of this process to the processes of its run, with JAX among them."""

import atexit
import os
from collections.abc import Sequence
from typing import NamedTuple

from jaxw2v.errors import EndedElsewhere, InputError
from jaxw2v.hosts.processes import ALONE, Processes
from jaxw2v.hosts.roll_call import Place, meet
from jaxw2v.settings.hosts import HostSettings

# seconds; the connections of `processes` notice an end sooner, but not that a process was stopped and is there still
HEARTBEAT = 50
_LEAST_PORT, _PORTS = 61440, 4096  # those that JAX takes on Slurm
_joined: Processes | None = None  # JAX can be told of others once


def joined() -> Processes:
    """The processes that this one has joined, or this one alone."""
    return _joined or ALONE


class _Found(NamedTuple):
    """Where this process is, and which of the accelerators of its machine are its own; None: all."""

    place: Place
    devices: Sequence[int] | None


def join(settings: HostSettings) -> Processes:
    """The processes that train one run together; where nothing is said, this one alone, and JAX is not touched.

    Before any other use of JAX. Later calls of a process give the same.

    Raises:
      InputError: they do not meet; the message names the setting.
      EndedElsewhere: likewise, and process 0 says so.
    """
    global _joined
    if settings.coordinator is None:
        return ALONE
    if _joined is None:
        found = _by_cluster(settings.timeout) if settings.coordinator == "auto" else _by_hand(settings)
        if found.place.processes == 1:
            return ALONE
        _joined = Processes(found.place.process, found.place.processes, meet(found.place, settings.timeout))
        with _joined.ending():
            _start_jax(found, settings, _joined)
    if _joined.ended:
        if not _joined.leads:
            raise EndedElsewhere(2)
        raise InputError(
            "not begun: another job has failed, and these processes end together; the same command does it"
        )
    return _joined


def _by_hand(settings: HostSettings) -> _Found:
    address, processes, process = settings.coordinator, settings.processes, settings.process
    assert address is not None
    assert processes is not None
    assert process is not None
    return _Found(Place(address, processes, process), None)


def _by_cluster(timeout: float) -> _Found:
    """As the launcher says that has started this process.

    Raises:
      InputError: there is none that JAX knows.
    """
    if "SUBMITIT_LOCAL_NTASKS" in os.environ:  # submitit's local executor, which JAX does not know
        job, *place = (int(os.environ[f"SUBMITIT_LOCAL_{key}"]) for key in ("JOB_ID", "NTASKS", "GLOBALID"))
        return _Found(Place(f"127.0.0.1:{_LEAST_PORT + job % _PORTS}", *place), None)
    # not public: what `jax.distributed.initialize` finds. It says nothing before it connects, and ends the process
    # where that fails; see `roll_call`
    from jax._src.clusters import ClusterEnv

    try:
        address, count, index, devices = ClusterEnv.auto_detect_unset_distributed_params(
            os.environ.get("JAX_COORDINATOR_ADDRESS"), None, None, None, None, int(timeout)
        )
    except Exception as error:  # of Kubernetes, such as a permission that lacks
        raise InputError(f"train.hosts.coordinator=auto: {' '.join(str(error).split())[:300]}") from error
    if address is None or count is None or index is None:
        raise InputError(
            "train.hosts.coordinator=auto: neither Slurm (srun) nor Open MPI nor Kubernetes has started this process; "
            "give ADDRESS:PORT of process 0, train.hosts.processes and train.hosts.process"
        )
    return _Found(Place(address, count, index), devices)


def _start_jax(found: _Found, settings: HostSettings, processes: Processes) -> None:
    import jax  # here: one process alone may not need it

    atexit.register(processes.leave)  # after that of JAX, so that it is called before
    place = found.place
    os.environ.setdefault("grpc_proxy", "")  # no process is behind a proxy for downloads
    jax.config.update("jax_check_proxy_envs", False)
    jax.config.update("jax_enable_preemption_service", False)  # it would take SIGTERM
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    own = os.environ.get("JAX_LOCAL_DEVICE_IDS")
    try:
        jax.distributed.initialize(
            place.address,
            place.processes,
            place.process,
            local_device_ids=found.devices if own is None else [int(each) for each in own.split(",")],
            cluster_detection_method="deactivate",
            initialization_timeout=max(5, int(settings.timeout)),
            heartbeat_timeout_seconds=HEARTBEAT,
            shutdown_timeout_seconds=HEARTBEAT,
        )
    except RuntimeError as error:
        why = "JAX has computed in this process before, or was told of other processes"
        raise InputError(f"train.hosts.coordinator={settings.coordinator}: {why}; begin with training") from error
