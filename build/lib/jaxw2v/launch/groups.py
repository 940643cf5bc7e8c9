"""The groups of presets and what can be chosen in each: those of conf/ and those of the user's own folders."""

import os
from collections.abc import Sequence
from pathlib import Path

from jaxw2v.launch.places import CONF


def homes(words: Sequence[str] = ()) -> list[Path]:
    """The folders with presets.

    Args:
      words: of a command line, as `arguments.read` gives them.
    """
    return [CONF, *(Path(word.partition("=")[2]) for word in words if word.startswith("--config-dir="))]


def groups(words: Sequence[str] = ()) -> list[str]:
    """What can be chosen by GROUP=NAME."""
    return sorted({path.parent.name for home in homes(words) for path in home.glob("*/*.yaml")})


def names(group: str, words: Sequence[str] = ()) -> list[str]:
    """What can be chosen in a group."""
    return sorted({path.stem for home in homes(words) for path in (home / group).glob("*.yaml")})


def inner(group: str, words: Sequence[str] = ()) -> list[str]:
    """The groups within a group."""
    return sorted({path.name for home in homes(words) for path in (home / group).glob("*/")})


def not_utf8(home: Path) -> Path | None:
    """The first file of presets in a folder that is not UTF-8."""
    for path in sorted(home.rglob("*.yaml")):
        try:
            path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return path
    return None


def is_group(name: str, words: Sequence[str] = ()) -> bool:
    """Whether presets can be chosen by this name."""
    return bool(name) and not name.startswith(("/", ".")) and any(os.path.isdir(home / name) for home in homes(words))
