"""Python values as words of a command line."""

import json
from typing import Any

from jaxw2v.launch.mistakes import list_settings


def as_value(value: Any) -> str:
    """As Hydra reads it back."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{','.join(map(as_value, value))}]"
    return "'" + str(value).replace("'", "\\'") + "'"


def as_word(name: str, value: Any) -> str:
    """NAME=VALUE."""
    return f"{name}={as_value(value)}"


def varies(name: str, value: Any) -> bool:
    """Whether the value is several, one for each job of a sweep."""
    return isinstance(value, list | tuple) and (name not in list_settings() or all(isinstance(v, list) for v in value))
