"""How a person or the system ends a run: signals, requests to stop, and what is said about going on."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from jaxw2v.checkpoints.folder import CHECKPOINTS
from jaxw2v.errors import Interrupted

WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}


def interrupted(number: int) -> Interrupted:
    """What stands for a signal where nothing can be saved, or nobody knows yet what."""
    return Interrupted(WORDS[signal.Signals(number)], 128 + number)


@contextlib.contextmanager
def handled(stop: Callable[[int], None]) -> Iterator[None]:
    """Inside, the first Ctrl-C or SIGTERM calls `stop` with its number; the next of either ends the process at once.

    In another thread than the main one, which gets the signals, nothing is changed; nor is a signal that is ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def first(number, frame):
        for each in numbers:
            signal.signal(each, signal.SIG_DFL)
        stop(number)

    numbers = [number for number in WORDS if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, first) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def going_on(folders: Sequence[Path], resume: str) -> Iterator[None]:
    """Inside, an interruption of a run that has checkpoints says that the same command goes on from them.

    Args:
      folders: of runs.
      resume: the setting `train.resume`.

    Raises:
      Interrupted: in the place of a KeyboardInterrupt that does not say how to go on.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        places = [folder for folder in folders if any(folder.glob(CHECKPOINTS))]
        if not places or resume == "never":
            raise
        raise with_onward(error, f"the same command goes on from the checkpoint in {places[0]}") from None


def with_onward(error: KeyboardInterrupt, onward: str) -> Interrupted:
    """The same, with how to go on if it does not say that already."""
    if isinstance(error, Interrupted):
        return error if error.onward else Interrupted(error.message, error.status, onward)
    return Interrupted(WORDS[signal.SIGINT], 128 + signal.SIGINT, onward)


class StopRequest:
    """Whether somebody has asked a run to end when it is safe to.

    Args:
      say: takes a line for a person; it may raise Interrupted where nobody reads it.

    Attributes:
      asked: by whom, and the exit status; None: nobody has.
    """

    def __init__(self, say: Callable[[str], None]):
        self.say = say
        self.asked: Interrupted | None = None

    def ask(self, why: Interrupted) -> None:
        """Asks for a checkpoint and the end after this segment."""
        self.asked = self.asked or why

    def tell(self, line: str) -> None:
        """Says a line that must not cost what was trained, whoever hears it."""
        try:
            self.say(line)
        except Interrupted as error:
            self.ask(error)

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Inside, Ctrl-C or SIGTERM asks for a checkpoint and the end after this segment; a second one ends at once."""

        def stop(number):
            self.ask(Interrupted("", 128 + number))
            self.tell("stopping at the end of this segment; once more stops at once")

        with handled(stop):
            yield
