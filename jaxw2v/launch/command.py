"""What all command lines share: a user's mistake is one line and exit status 2."""

import argparse
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NoReturn, TextIO

from jaxw2v.checkpoints import signals
from jaxw2v.errors import EndedElsewhere, InputError, Interrupted


class Parser(argparse.ArgumentParser):
    """An argument parser whose mistakes are InputErrors; its help keeps the description's lines as written."""

    def __init__(self, **settings):
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **settings)

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see {self.prog} --help")

    def parse_used(self, argv: Sequence[str] | None, needs: Mapping[str, Sequence[str]]) -> argparse.Namespace:
        """The arguments, none of which is ignored.

        Args:
          argv: as for `parse_args`.
          needs: flags that are read only where one of some others is given.

        Raises:
          InputError: a flag is given without any that it needs.
        """
        unset = object()
        chosen = self.parse_args(argv, argparse.Namespace(**{_attribute(flag): unset for flag in needs}))
        for flag, others in needs.items():
            if getattr(chosen, _attribute(flag)) is unset:
                setattr(chosen, _attribute(flag), self.get_default(_attribute(flag)))
            elif not any(getattr(chosen, _attribute(other)) for other in others):
                raise InputError(f"{flag}: not used without {' or '.join(others)}; give that, or leave it out")
        return chosen


def _attribute(flag: str) -> str:
    return flag.lstrip("-").replace("-", "_")


_quiet = False
_gone: list[Interrupted] = []  # once standard output cannot be written to: why


def run(main: Callable[[], object]) -> int:
    """The exit status of `main()`: what it returns where that is an integer, else 0.

    2 after an InputError, printed as one line `error: ...` on standard error; 130 after Ctrl-C and 143 after SIGTERM,
    with a line; 141 where the reader of the output has gone (as in `| head`), as for a program stopped by that signal.
    Other errors pass: they are bugs of this program.
    """
    _gone.clear()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a word that the terminal cannot show is no error
    try:
        with _terminable():
            status = main()
        say("", end="")
    except EndedElsewhere as error:
        return error.status
    except InputError as error:
        for line in getattr(error, "__notes__", ()):
            _complain(line)
        _complain(f"error: {' '.join(str(error).split())}")
        return 2
    except Interrupted as error:
        _complain(str(error))
        return error.status
    except KeyboardInterrupt:
        _complain("interrupted")
        return 130
    except BrokenPipeError:
        _silence(sys.stdout)
        return 141
    return status if isinstance(status, int) else 0


@contextlib.contextmanager
def quiet(on: bool = True) -> Iterator[None]:
    """Inside, `say` says nothing: a Python program has called, and did not ask to hear."""
    global _quiet
    before, _quiet = _quiet, on
    try:
        yield
    finally:
        _quiet = before


def is_quiet() -> bool:
    """Whether nobody wants to hear anything."""
    return _quiet


def say(text: str, write: Callable[..., None] = print, **options) -> None:
    """Prints on standard output at once.

    Raises:
      Interrupted: nobody reads it any more, or it cannot be written. From then on nothing is, and it is raised again.
    """
    if _quiet:
        return
    if _gone:  # in another thread, perhaps
        raise Interrupted(_gone[0].message, _gone[0].status)
    try:
        write(text, file=sys.stdout, **options)
        sys.stdout.flush()
    except OSError as error:
        _silence(sys.stdout)
        why = f"error: standard output: cannot write ({error.strerror}); make room, or send it elsewhere"
        gone = Interrupted("", 141) if isinstance(error, BrokenPipeError) else Interrupted(why, 2)
        _gone.append(gone)
        raise gone from error


def _complain(line: str) -> None:
    try:
        if line:
            print(line, file=sys.stderr, flush=True)
    except OSError:  # nobody is there
        _silence(sys.stderr)


def _silence(stream: TextIO) -> None:
    """Nothing is written there any more; otherwise Python would complain again when it ends."""
    with contextlib.suppress(OSError):  # no file behind it
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Inside, SIGTERM ends the command as Ctrl-C does, unless somebody has decided about it already."""

    def stop(number, frame):
        signal.signal(number, signal.SIG_DFL)
        raise signals.interrupted(number)

    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
