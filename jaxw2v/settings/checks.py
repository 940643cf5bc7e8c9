"""Checks of settings: each raises an InputError that names the setting, its value and what to use."""

from pathlib import Path

from jaxw2v.errors import InputError

MOST = 2**31 - 1  # the greatest int32


def need(holds: bool, key: str, value: object, remedy: str) -> None:
    """Checks that a condition holds."""
    if not holds:
        raise InputError(f"{key}={value}: {remedy}")


def one_of(key: str, value: str, names: tuple[str, ...]) -> None:
    """Checks that a value is one of the names."""
    need(value in names, key, value, f"choose one of {', '.join(names)}")


def path(key: str, value: str) -> None:
    """Checks that a file or folder of this name could exist: it has no NUL, and the user of ~NAME exists."""
    need("\0" not in value, key, repr(value), "a file name has no NUL")
    try:
        Path(value).expanduser()
    except RuntimeError:
        need(False, key, value, "there is no such user; write the folder out")
