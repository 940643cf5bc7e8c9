"""How a person or the system ends a run, and what it is told about going on."""

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
    """Inside, who stops a run that has checkpoints is told that the same command goes on from them.

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
        raise told(error, f"the same command goes on from the checkpoint in {places[0]}") from None


def told(error: KeyboardInterrupt, onward: str) -> Interrupted:
    """The same, with how to go on if it does not say that already."""
    if isinstance(error, Interrupted):
        return error if error.onward else Interrupted(error.message, error.status, onward)
    return Interrupted(WORDS[signal.SIGINT], 128 + signal.SIGINT, onward)
