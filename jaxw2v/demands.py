"""Demands on settings: what a value must be, and what is said if it is not."""

from jaxw2v.errors import InputError

MOST = 2**31 - 1  # of what int32 numbers count or name


def need(holds: bool, key: str, value: object, remedy: str) -> None:
    if not holds:
        raise InputError(f"{key}={value}: {remedy}")


def one_of(key: str, value: str, names: tuple[str, ...]) -> None:
    need(value in names, key, value, f"choose one of {', '.join(names)}")
