"""Checks of settings: each raises an InputError that names the setting, its value and what to use."""

import dataclasses
import os
from collections.abc import Iterator
from typing import Any

from jaxw2v.errors import InputError
from jaxw2v.files.paths import expanded

MOST = 2**31 - 1  # the greatest int32
PATH = "path"  # key of a field's metadata: its value names a file, a folder or either
A_FILE, A_FOLDER, EITHER = ({PATH: kind} for kind in ("file", "folder", "file or folder"))


def need(holds: bool, key: str, value: object, remedy: str) -> None:
    """Checks that a condition holds."""
    if not holds:
        raise InputError(f"{key}={value}: {remedy}")


def one_of(key: str, value: str, names: tuple[str, ...]) -> None:
    """Checks that a value is one of the names."""
    need(value in names, key, value, f"choose one of {', '.join(names)}")


def paths(settings: Any, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Every path among checked settings: the setting's name, what it names (see `PATH`) and the path as typed."""
    for field in dataclasses.fields(settings):
        name, value = prefix + field.name, getattr(settings, field.name)
        if dataclasses.is_dataclass(value):
            yield from paths(value, f"{name}.")
        elif PATH in field.metadata:
            for item in value if isinstance(value, list | tuple) else [value]:
                if isinstance(item, str | os.PathLike):
                    yield name, field.metadata[PATH], os.fspath(item)


def path(key: str, value: str, kind: str = "file or folder") -> None:
    """Checks that a path could be of this kind: not empty, no NUL, an existing user, and no folder instead of a file
    or the other way round."""
    place = expanded(value, key)
    try:
        need(kind != "file" or not place.is_dir(), key, value, "this is a folder; name a file")
        need(kind != "folder" or not place.is_file(), key, value, "this is a file; name a folder")
    except OSError as error:  # a name too long, perhaps
        need(False, key, value, f"{error.strerror}; check the name")
