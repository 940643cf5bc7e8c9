"""The one exception that a user is meant to read."""


class InputError(ValueError):
    """What the user gave cannot be used: the message names the file, line or setting and the remedy, on one line.

    Commands print it without a stack trace and exit with status 2.
    """
