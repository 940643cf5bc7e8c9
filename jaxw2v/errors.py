"""The exceptions that a user is meant to read."""

import errno


class InputError(ValueError):
    """What the user gave cannot be used: the message names the file, line or setting and the remedy, on one line.

    Commands print it without a stack trace and exit with status 2.
    """


class UnknownWordError(InputError, KeyError):
    """A word is not in the vocabulary; the message names words that are nearly it. Also a `KeyError`."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""  # KeyError's own shows quotes around it


def is_full(error: OSError) -> bool:
    """Whether something could not be written for want of room."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Interrupted(KeyboardInterrupt):
    """A command was asked to stop, and did when it was safe to.

    Args:
      message: what happened, on one line; may be empty.
      status: the exit status of the command: 128 and the number of the signal.
      onward: how to go on; empty: nobody has said that yet.
    """

    def __init__(self, message: str, status: int, onward: str = ""):
        super().__init__(message, status, onward)  # all: it may come from another process
        self.message, self.status, self.onward = message, status, onward

    def __str__(self) -> str:
        return ": ".join(part for part in (self.message, self.onward) if part)


class EndedElsewhere(InputError):
    """Another process of this run has ended it and says why; this one ends without a word, with the same exit status.

    Args:
      status: the exit status.
    """

    def __init__(self, status: int):
        super().__init__("")
        self.status = status
