"""A connection between two processes of a run: messages of bytes, each with its kind, over TCP."""

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

VANISHED = 30  # seconds after which a machine that answers no more counts as gone
MESSAGE, READY, FAILED, ASKED, LEFT = b"m", b"r", b"f", b"a", b"l"
_HEADER = struct.Struct("<cQ")  # kind, length of what follows
_LONGEST = 2**20  # bytes of a message from a process that is not known yet
_PROBE = (("TCP_KEEPIDLE", VANISHED // 3), ("TCP_KEEPINTVL", VANISHED // 6), ("TCP_KEEPCNT", 4))


class Connection:
    """A connection. Any thread may send; one reads.

    Args:
      connected: a socket.
    """

    def __init__(self, connected: socket.socket):
        self._socket = connected
        self._one = threading.Lock()

    def known(self) -> None:
        """From now on it is of the run: it is waited for without end, but a machine that is gone ends it."""
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        options = [*_PROBE, ("TCP_USER_TIMEOUT", 1000 * VANISHED)]  # the last: of what is sent and not acknowledged
        for name, value in options:
            if (option := getattr(socket, name, None)) is not None:  # not on every system
                self._socket.setsockopt(socket.IPPROTO_TCP, option, value)

    def send(self, kind: bytes, content: bytes | memoryview = b"") -> None:
        """Sends a message.

        Raises:
          OSError: the other side is gone.
        """
        with self._one:
            self._socket.sendall(_HEADER.pack(kind, len(content)))
            self._socket.sendall(content)

    def receive(self, longest: int | None = None) -> tuple[bytes, bytes]:
        """The kind of the next message and its content.

        Args:
          longest: bytes; what would be longer is of no process of ours.

        Raises:
          OSError: the other side is gone, or does not answer in time.
          ValueError: it is no message.
        """
        kind, size = _HEADER.unpack(self._exactly(_HEADER.size))
        if kind not in (MESSAGE, READY, FAILED, ASKED, LEFT) or (longest is not None and size > longest):
            raise ValueError("no message of this program")
        return kind, self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        found = bytearray(size)
        view, at = memoryview(found), 0
        while at < size:
            read = self._socket.recv_into(view[at:])
            if not read:
                raise ConnectionError("the other side has ended")
            at += read
        return bytes(found)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def packed(value: Any, default: Callable[[Any], Any] | None = None) -> bytes:
    """A value of JSON as bytes.

    Args:
      default: makes a value of JSON from one that is none, such as a path.
    """
    return json.dumps(value, default=default).encode()


def greeting(connection: Connection) -> dict[str, Any]:
    """What a process that is not known yet says first.

    Raises:
      OSError, ValueError: nothing, or no greeting of this program.
    """
    kind, content = connection.receive(_LONGEST)
    found = json.loads(content)
    if kind != MESSAGE or not isinstance(found, dict) or "process" not in found:
        raise ValueError("no greeting of this program")
    return found
