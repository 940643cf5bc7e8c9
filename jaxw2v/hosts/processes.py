"""The processes of a run, as one of them sees it: bytes that they send each other, and that none is left waiting.

JAX sends numbers between devices; this is for the rest: what process 0, which alone writes files, has decided (see
`orders` and `agreement`), and that a process has failed or is gone. A process may wait in JAX for one that will never
come: threads that read the connections end it then.
"""

import contextlib
import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator, Mapping

from jaxw2v.errors import EndedElsewhere, InputError, Interrupted
from jaxw2v.hosts.connection import ASKED, FAILED, LEFT, MESSAGE, Connection, packed

GRACE = 5.0  # seconds in which a process may end by itself when another has failed


class Processes:
    """The processes of a run. One alone has nobody to tell anything, and is told what it says itself.

    Args:
      index: the number of this one.
      count: how many there are.
      peers: connections by the number of the process there: of process 0 to all others, of these to process 0.

    Attributes:
      when_asked: at process 0, what is called with an exit status when another process was asked to stop.
    """

    def __init__(self, index: int = 0, count: int = 1, peers: Mapping[int, Connection] = {}):
        self.index, self.count = index, count
        self.when_asked: Callable[[int], None] = lambda status: None
        self._peers = dict(peers)
        self._inboxes: dict[int, queue.Queue[bytes | None]] = {number: queue.Queue() for number in peers}
        self._failure: InputError | None = None
        self._status: int | None = None  # with which a run of these has ended early
        self._taken = threading.Event()
        self._gone: set[int] = set()
        self._threads = [
            threading.Thread(target=self._listen, args=each, name="process", daemon=True) for each in peers.items()
        ]
        for thread in self._threads:
            thread.start()

    @property
    def ended(self) -> bool:
        """Whether a run of these processes has ended early; then they train no other."""
        return self._status is not None

    @property
    def leads(self) -> bool:
        """Whether this is process 0, which alone writes files and speaks."""
        return self.index == 0

    def gathered(self, own: bytes) -> list[bytes]:
        """At process 0 what each says, by its number; at another one nothing.

        Raises:
          InputError: a process has failed; the message is its.
        """
        if self.leads:
            return [own, *(self.received(number) for number in sorted(self._peers))]
        self.send_to_leader(own)
        return []

    def send_to_leader(self, content: bytes | memoryview) -> None:
        """Sends process 0 what it waits for: see `received`."""
        self._send(0, MESSAGE, content)

    def received(self, number: int) -> bytes:
        """What a process sends next: at process 0 any other, elsewhere process 0.

        Raises:
          InputError: as `gathered`.
        """
        content = self._inboxes[number].get()
        self._check()
        if content is None:
            raise EndedElsewhere(2)
        return content

    def tell(self, content: bytes | memoryview) -> None:
        """At process 0: sends all others what they wait for, see `told`.

        Raises:
          InputError: as `gathered`.
        """
        self._check()
        for number in self._peers:
            self._send(number, MESSAGE, content)

    def told(self) -> bytes:
        """At another process: what process 0 tells next.

        Raises:
          InputError: as `gathered`.
        """
        return self.received(0)

    def ask(self, status: int) -> None:
        """Tells process 0 that this one was asked to stop, and with which exit status."""
        if not self.leads:
            self._send(0, ASKED, packed(status))

    @contextlib.contextmanager
    def ending(self) -> Iterator[None]:
        """Inside, what ends this process ends all: the others are told, and process 0 alone says why.

        Raises:
          EndedElsewhere: in the place of an InputError at a process that does not lead.
        """
        try:
            yield
        except BaseException as error:
            if self.count == 1:
                raise
            if not isinstance(error, InputError | KeyboardInterrupt):
                self._taken.wait(GRACE / 2)  # perhaps it failed for want of a process that is gone: its line comes
            self._taken.set()
            self._status = status = _status(error)
            self._tell_all(status, _line(error))
            if isinstance(error, InputError) and not self.leads:
                raise EndedElsewhere(status) from error
            raise

    @contextlib.contextmanager
    def within(self, seconds: float, why: str) -> Iterator[None]:
        """What happens inside may wait for others without end; after so many seconds it ends all processes.

        Args:
          why: what process 0 says then.
        """

        def end() -> None:
            if self.leads:
                _say(why)
            self._tell_all(2)
            _exit(2)

        timer = threading.Timer(seconds if self.leads else seconds + GRACE, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def leave(self) -> None:
        """At the end of this process: waits for the others' ends. JAX's own end would wait for one that is gone."""
        self._taken.set()
        for connection in self._peers.values():
            with contextlib.suppress(OSError):
                connection.send(LEFT)
        for thread in self._threads:
            thread.join()
        if self._gone:
            _exit(self._status or 2)

    def _check(self) -> None:
        if self._failure is not None:
            self._taken.set()
            raise self._failure

    def _send(self, number: int, kind: bytes, content: bytes | memoryview) -> None:
        try:
            self._peers[number].send(kind, content)
        except OSError:  # it has ended: the thread that listens to it knows how
            self._taken.wait(GRACE)
            self._check()
            raise EndedElsewhere(2) from None

    def _listen(self, number: int, connection: Connection) -> None:
        try:
            while True:
                kind, content = connection.receive()
                if kind == MESSAGE:
                    self._inboxes[number].put(content)
                elif kind == ASKED:
                    self.when_asked(int(json.loads(content)))
                elif kind == FAILED:
                    self._failed(number, **json.loads(content))
                elif kind == LEFT:
                    self._inboxes[number].put(None)
                    return
        except (OSError, ValueError):
            self._gone.add(number)
            self._lost(number)

    def _failed(self, number: int, line: str, status: int) -> None:
        """A process has said that it ends. This one does, too, by itself where it listens to the others."""
        said = InputError(f"process {number} of {self.count}: {line}") if line and self.leads else None
        self._failure = self._failure or said or EndedElsewhere(status)
        for inbox in self._inboxes.values():
            inbox.put(None)
        if not self._taken.wait(GRACE):
            _say(str(self._failure))
            self._tell_all(status)
            _exit(status)

    def _lost(self, number: int) -> None:
        """A process has ended without a word, and no step can be made without it."""
        if self._taken.is_set():  # this one is at its end
            return
        _say(
            f"process {number} of {self.count} has ended without a word (killed, or its machine or the network is "
            "gone): the run ends, and the same command for each process goes on from the last checkpoint"
        )
        self._tell_all(2)
        _exit(2)

    def _tell_all(self, status: int, line: str = "") -> None:
        for connection in self._peers.values():
            with contextlib.suppress(OSError):
                connection.send(FAILED, packed({"line": line, "status": status}))


def _say(line: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        if line:
            print(f"error: {' '.join(line.split())}", file=sys.stderr, flush=True)


def _exit(status: int) -> None:
    """Ends the process at once: its main thread may wait in JAX, which listens to nobody."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


def _status(error: BaseException) -> int:
    if isinstance(error, EndedElsewhere | Interrupted):
        return error.status
    return 2 if isinstance(error, InputError) else 130 if isinstance(error, KeyboardInterrupt) else 1


def _line(error: BaseException) -> str:
    """What process 0 is to say of it."""
    if isinstance(error, InputError):
        return str(error)
    return "interrupted" if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}, see what it printed"


ALONE = Processes()
