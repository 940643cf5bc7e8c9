"""What kind of value each setting takes, derived from the dataclasses of settings/."""

import dataclasses
import functools
import types
import typing
from collections.abc import Iterator
from typing import Any, NamedTuple

from jaxw2v.launch.schema import is_section
from jaxw2v.settings.checks import PATH
from jaxw2v.settings.config import Config


class Kind(NamedTuple):
    """The values of a setting.

    Attributes:
      text: words as typed, such as a name or a path; else numbers, true or false.
      single: one value may stand alone.
      listed: a list, [A,B].
      optional: null is a value.
      path: "file", "folder", "file or folder", or "" where it names none.
      number: int, float or bool; None: another.
      pattern: a regular expression, whose backslashes are its own.
    """

    text: bool
    single: bool
    listed: bool
    optional: bool
    path: str
    number: type | None
    pattern: bool = False


OF_HYDRA = {  # settings of Hydra that are words as typed, and none that a sweep varies
    "hydra.run.dir": "folder", "hydra.sweep.dir": "folder", "hydra.sweep.subdir": "folder", "hydra.job.name": "",
}  # fmt: skip

A_NAME = Kind(text=True, single=True, listed=True, optional=True, path="", number=None)  # of a choice from a group


@functools.cache
def kinds() -> dict[str, Kind]:
    """The kind of every setting, by its full name, such as "windows.window"."""
    hydra = {name: Kind(True, True, False, False, path, None) for name, path in OF_HYDRA.items()}
    return {name: _kind(field) for name, field in fields()} | hydra


def fields(section: type = Config, prefix: str = "") -> Iterator[tuple[str, dataclasses.Field]]:
    """Every setting's full name and field."""
    for field in dataclasses.fields(section):
        if is_section(field.type):
            yield from fields(field.type, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name, field


def setting_names() -> list[str]:
    """Every setting's full name."""
    return [name for name, _ in fields()]


def lists() -> list[str]:
    """The settings that are lists, by name."""
    return [name for name, kind in kinds().items() if kind.listed and not kind.single]


def _kind(field: dataclasses.Field) -> Kind:
    path = field.metadata.get(PATH, "")
    if field.type is Any:
        return Kind(True, True, True, True, path, None)
    union = isinstance(field.type, types.UnionType)
    parts = set(typing.get_args(field.type)) if union else {field.type}
    optional, parts = type(None) in parts, parts - {type(None)}
    listed = any(part is list or typing.get_origin(part) is list for part in parts)
    inside = {each for part in parts for each in (typing.get_args(part) or (part,))}
    number = next((each for each in (bool, int, float) if each in inside), None)
    return Kind(inside == {str}, not listed, listed, optional, path, number, field.name == "word_pattern")
