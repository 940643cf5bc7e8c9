"""Demands on settings: what a value must be, and what is said if it is not."""

from pathlib import Path

from jaxw2v.errors import InputError

MOST = 2**31 - 1  # of what int32 numbers count or name


def need(holds: bool, key: str, value: object, remedy: str) -> None:
    if not holds:
        raise InputError(f"{key}={value}: {remedy}")


def one_of(key: str, value: str, names: tuple[str, ...]) -> None:
    need(value in names, key, value, f"choose one of {', '.join(names)}")


def path(key: str, value: str) -> None:
    """A name of a file or folder that exists or not, but can: no NUL in it, and of ~NAME there is such a user."""
    need("\0" not in value, key, repr(value), "a name has no NUL in it")
    try:
        Path(value).expanduser()
    except RuntimeError:
        need(False, key, value, "there is no such user; write the folder out")
