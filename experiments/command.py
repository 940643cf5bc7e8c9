"""What all command lines share: a user's mistake is one line and exit status 2."""

import argparse
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from jaxw2v.errors import InputError, Interrupted


class Parser(argparse.ArgumentParser):
    """An argument parser whose mistakes are InputErrors; its help keeps the description's lines as written."""

    def __init__(self, **settings):
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **settings)

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see {self.prog} --help")


def run(main: Callable[[], object]) -> int:
    """The exit status of `main()`: what it returns where that is an integer, else 0.

    2 after an InputError, printed as one line `error: ...` on standard error; 130 after Ctrl-C, 143 after
    SIGTERM where a run could be saved; 141 where the reader of the output has gone (as in `| head`), as for a program
    stopped by that signal. Other errors pass: they are ours.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a word that the terminal cannot show is no error
    try:
        status = main()
        sys.stdout.flush()
    except InputError as error:
        print("error:", " ".join(str(error).split()), file=sys.stderr)
        return 2
    except Interrupted as error:
        print(error, file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains again when it ends
        return 141
    return status if isinstance(status, int) else 0
