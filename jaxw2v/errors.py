"""The one exception that a user is meant to read."""


class InputError(ValueError):
    """What the user gave cannot be used: the message names the file, line or setting and the remedy, on one line.

    Commands print it without a stack trace and exit with status 2.
    """


class Interrupted(KeyboardInterrupt):
    """A run was asked to stop, and did when it was safe to.

    Args:
      message: how to go on, on one line.
      status: the exit status of the command: 128 and the number of the signal.
    """

    def __init__(self, message: str, status: int):
        super().__init__(message, status)  # both: it may come from another process
        self.message, self.status = message, status

    def __str__(self) -> str:
        return self.message
