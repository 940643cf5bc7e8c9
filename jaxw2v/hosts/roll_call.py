"""The roll call: before JAX is told of any other process, all of them have met where process 0 listens.

JAX ends a process with a stack trace where its coordinator cannot be reached or a port is taken; here that is one line.
"""

import contextlib
import json
import secrets
import socket
import time
from collections.abc import Mapping
from typing import NamedTuple

from jaxw2v.errors import EndedElsewhere, InputError
from jaxw2v.hosts.connection import FAILED, MESSAGE, READY, Connection, greeting, packed

_PATIENCE = 10.0  # seconds for one try, or one answer of process 0
_SHORT = 2.0  # seconds for one greeting, meanwhile others wait
_PAUSE = 0.1  # seconds before the next try


class Place(NamedTuple):
    """A process among those of its run.

    Attributes:
      address: ADDRESS:PORT where process 0 listens.
      processes: how many there are, two at least.
      process: the number of this one, from 0.
    """

    address: str
    processes: int
    process: int

    @property
    def endpoint(self) -> tuple[str, int]:
        """The name or number of the machine, and the port."""
        host, _, port = self.address.rpartition(":")
        return host.strip("[]"), int(port)


def meet(place: Place, timeout: float) -> dict[int, Connection]:
    """Connections by the number of the process there: at process 0 to all others, at these to process 0.

    Args:
      place: of this process.
      timeout: seconds in which all must have come.

    Raises:
      InputError: they have not; the message says which, or what cannot be reached.
      EndedElsewhere: process 0 says so.
    """
    end = time.monotonic() + timeout
    return _call(place, timeout, end) if place.process == 0 else {0: _answer(place, timeout, end)}


def _call(place: Place, timeout: float, end: float) -> dict[int, Connection]:
    found: dict[int, Connection] = {}
    nonce = secrets.token_hex(8)
    with _listening(place) as listener:
        try:
            own = _greet(place, nonce, min(_PATIENCE, timeout))
        except OSError as error:
            raise InputError(_unreachable(place, error, timeout)) from error
        try:
            met = False
            while not met or len(found) < place.processes - 1:
                if (left := end - time.monotonic()) <= 0:
                    raise InputError(_missing(place, found, timeout, met))
                listener.settimeout(left)
                with contextlib.suppress(TimeoutError):
                    connected, _ = listener.accept()
                    connected.settimeout(_SHORT)
                    met = _register(Connection(connected), place, nonce, found) or met
            for each in found.values():
                each.known()
                with contextlib.suppress(OSError):  # it has ended meanwhile, which will be noticed
                    each.send(READY)
        except BaseException:
            for each in found.values():
                with contextlib.suppress(OSError):
                    each.send(FAILED, packed({"line": "", "status": 2}))
                each.close()
            raise
        finally:
            own.close()
    return found


def _listening(place: Place) -> socket.socket:
    port = place.endpoint[1]
    dual = socket.has_dualstack_ipv6()
    try:
        return socket.create_server(
            ("", port), family=socket.AF_INET6 if dual else socket.AF_INET, dualstack_ipv6=dual, backlog=place.processes
        )
    except OSError as error:
        why = f"port {port} cannot be used on this machine ({error.strerror}); choose another, above 1023"
        raise InputError(f"train.hosts.coordinator={place.address}: {why}") from error


def _register(connection: Connection, place: Place, nonce: str, found: dict[int, Connection]) -> bool:
    """Whether the process that greets is this one itself; another one is added to `found`.

    Raises:
      InputError: it is one of another number of processes, or one with its number is there.
    """
    try:
        said = greeting(connection)
    except (OSError, ValueError):  # somebody else who tries ports
        connection.close()
        return False
    if said.get("nonce") == nonce:
        connection.close()
        return True
    index, count = said["process"], said.get("processes")
    if count != place.processes:
        found[index] = connection
        here = f"train.hosts.processes={place.processes} in process 0, {count} in process {index}"
        raise InputError(f"{here}: give all processes the same number")
    if index in found or not 0 < index < count:
        with contextlib.suppress(OSError):
            connection.send(FAILED, packed({"line": "", "status": 2}))
        connection.close()
        why = f"two processes have this number; number them from 0 to {count - 1}"
        raise InputError(f"train.hosts.process={index}: {why}")
    found[index] = connection
    with contextlib.suppress(OSError):
        connection.send(MESSAGE)  # it knows then that this is a process of ours
    return False


def _greet(place: Place, nonce: str, timeout: float) -> Connection:
    connected = socket.create_connection(place.endpoint, timeout)
    connection = Connection(connected)
    try:
        connection.send(MESSAGE, packed({"process": place.process, "processes": place.processes, "nonce": nonce}))
    except OSError:
        connection.close()
        raise
    return connection


def _answer(place: Place, timeout: float, end: float) -> Connection:
    reason: OSError | ValueError = TimeoutError("timed out")
    while (left := end - time.monotonic()) > 0:
        try:
            connection = _greet(place, "", min(_PATIENCE, left))
        except OSError as error:  # process 0 may begin later
            reason = error
            time.sleep(_PAUSE)
            continue
        try:
            kind, content = connection.receive()
            if kind != FAILED:
                connection.known()
                kind, content = connection.receive()
        except (OSError, ValueError) as error:  # not ours, or ours has ended
            connection.close()
            reason = error
            time.sleep(_PAUSE)
            continue
        if kind == FAILED:
            connection.close()
            raise EndedElsewhere(json.loads(content)["status"])
        return connection
    raise InputError(_unreachable(place, reason, timeout))


def _unreachable(place: Place, error: Exception, timeout: float) -> str:
    why = getattr(error, "strerror", None) or str(error)
    setting = f"train.hosts.coordinator={place.address}"
    if place.process == 0:
        return f"{setting}: this process, train.hosts.process=0, cannot be reached there ({why}); name this machine"
    return (
        f"{setting}: process 0 cannot be reached there within train.hosts.timeout={timeout:g} s ({why}); start it on "
        "that machine, and see that no firewall closes the port"
    )


def _missing(place: Place, found: Mapping[int, Connection], timeout: float, met: bool) -> str:
    if not met:
        return _unreachable(place, TimeoutError("timed out"), timeout)
    absent = [str(index) for index in range(1, place.processes) if index not in found]
    which = f"process {absent[0]} has" if len(absent) == 1 else f"processes {', '.join(absent[:9])} have"
    return (
        f"train.hosts.processes={place.processes}: {which} not come to train.hosts.coordinator={place.address} within "
        f"train.hosts.timeout={timeout:g} s; start all of them, with the same address"
    )
