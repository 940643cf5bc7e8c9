"""A command line as Hydra takes it: flags with their values, settings as typed; what Hydra takes from the process."""

import contextlib
import numbers
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException

from jaxw2v.errors import InputError
from jaxw2v.files.paths import expanded
from jaxw2v.launch import groups, slips, words
from jaxw2v.launch.kinds import A_NAME, OF_HYDRA, kinds

VERSION = "--version"
# Hydra's, but for --experimental-rerun, which would run whatever a file holds: long name, short one, and what follows:
# None, one of these words, or any word
_FLAGS = [
    ("--help", "-h", None), ("--hydra-help", "", None), (VERSION, "", None), ("--resolve", "", None),
    ("--run", "-r", None), ("--multirun", "-m", None), ("--shell-completion", "-sc", None),
    ("--cfg", "-c", ("job", "hydra", "all")), ("--package", "-p", ()), ("--config-path", "-cp", ()),
    ("--config-name", "-cn", ()), ("--config-dir", "-cd", ()),
    ("--info", "-i", ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath")),
]  # fmt: skip
_FOLDERS = ("--config-path", "--config-dir")
_one = threading.RLock()  # Hydra's state, sys.argv and the environment are of the process


@contextlib.contextmanager
def given(words: Sequence[str]) -> Iterator[None]:
    """Inside, `hydra.main` reads these words, and raises errors instead of printing them.

    It has no arguments for either: hydra.main of 1.3.8 parses sys.argv (its `_run_hydra(args=...)` is private), and
    only HYDRA_FULL_ERROR=1 makes it raise. Both are as before afterwards.
    """
    argv, full = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv, os.environ["HYDRA_FULL_ERROR"] = [argv[0], *words], "1"
    try:
        yield
    finally:
        sys.argv = argv
        os.environ.pop("HYDRA_FULL_ERROR", None)
        if full is not None:
            os.environ["HYDRA_FULL_ERROR"] = full


@contextlib.contextmanager
def apart() -> Iterator[None]:
    """Inside, Hydra is free for us, one thread at a time; afterwards it is as before: a program of Hydra's may have
    called."""
    with _one:
        theirs, config = GlobalHydra.instance().hydra, HydraConfig.instance().cfg
        GlobalHydra.instance().clear()
        try:
            yield
        finally:
            GlobalHydra.instance().clear()
            HydraConfig.instance().cfg = config
            if theirs is not None:
                GlobalHydra.instance().initialize(theirs)


def read(typed: Sequence[str]) -> list[str]:
    """The words of a command line: settings that are text as typed (see `words.as_typed`), flags by their long names.

    The value of a flag is joined to it by =, and folders among them are absolute: a relative one is one from here; for
    Hydra --config-path would be one from the file that calls hydra.main.

    Raises:
      InputError: a word is neither a flag nor NAME=VALUE; a flag lacks its value; its folder is none.
    """
    typed, flags, rest, at = [str(word) for word in typed], {}, [], 0
    while at < len(typed):
        start, word = at, typed[at]
        at += 1
        if not word.startswith("-"):
            rest.append(start)
            continue
        flag, equals, value = word.partition("=")
        name, choices = _flag(flag, typed, start)
        if choices is not None and not equals and at < len(typed) and _follows(typed[at], name, choices):
            value, equals = typed[at], "="
            at += 1
        if choices is None or (name == "--info" and not equals):
            slips.refuse(f"{word}: {name} takes no value" if equals else "")
            flags[start] = name
        else:
            flags[start] = f"{name}={_checked(name, value if equals else None, choices)}"
    known = groups.groups(list(flags.values()))
    return [flags[at] if at in flags else _setting(typed, at, known) for at in sorted([*flags, *rest])]


def arranged(words: Sequence[str], fixed: Sequence[str]) -> list[str]:
    """Words of `read` as Hydra takes them, `fixed` overrides before those of the user.

    Hydra's argparse wants the overrides in one group: here a flag may stand among them.
    """
    overrides = [word for word in words if not word.startswith("-")]
    return [*fixed, *overrides, *(word for word in words if word.startswith("-"))]


def as_word(name: str, value: Any) -> str:
    """A value of Python as a word of the command line, NAME=VALUE, that Hydra reads as this very value.

    Args:
      name: of a setting or a group.
      value: a string or a path, whose characters stand for themselves, a number, a bool, None, or lists, tuples and
        dictionaries of these. One string where a setting is a list is a list of one.

    Raises:
      InputError: it is of another type, or Hydra's grammar has no way to write it.
    """
    key = name.lstrip("+")
    kind = kinds().get(key)
    if kind is not None and kind.text and not kind.single and isinstance(value, str | os.PathLike):
        value = [value]
    word = f"{name}={_written(name, value)}"
    try:
        back = words.parser().parse_override(word)
    except (HydraException, ValueError, RecursionError):
        back = None
    if not name or back is None or back.key_or_group != key or back.is_sweep_override():
        raise InputError(f"{name}: {value!r} cannot be given as a setting; use plain names, numbers and lists")
    return word


def _written(name: str, value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str | os.PathLike):
        text = os.fsdecode(value)
        if text == "???":
            raise InputError(f"{name}=???: these three characters mean a value that is missing; use another name")
        return words.literal(text) if text and text.lower() != "null" else words.quoted(text)
    value = value.tolist() if hasattr(value, "tolist") else value  # of NumPy
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        return repr(float(value))
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_key(name, key)}:{_written(name, each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_written(name, each) for each in value) + "]"
    raise InputError(f"{name}={value!r}: {type(value).__name__} is no type of a setting; give text, a number or a list")


def _key(name: str, key: object) -> str:
    if not isinstance(key, str) or not key.isascii() or not key.replace("_", "").isalnum() or key[0].isdigit():
        raise InputError(f"{name}: {key!r} is no name; use letters, digits and _")
    return key


def _setting(typed: Sequence[str], at: int, known: Sequence[str]) -> str:
    """A setting or a choice from a group as Hydra takes it.

    Args:
      known: the groups.
    """
    word = typed[at]
    key, equals, value = word.partition("=")
    if word.startswith("~"):
        return word
    if not equals:
        raise InputError(slips.of_word(typed, at))
    slips.refuse(slips.of_setting(typed, at))
    name = key.lstrip("+")
    kind = A_NAME if name.partition("@")[0] in known else kinds().get(name)
    if kind is None or not kind.text:
        return word
    if name in OF_HYDRA:
        slips.refuse(f"{word}: nothing follows the =; name a folder" if not value.strip() else "")
        if kind.path:
            expanded(value.strip(), name)
    return f"{key}={words.as_typed(name, value, kind)}"


def _flag(flag: str, typed: Sequence[str], at: int) -> tuple[str, tuple[str, ...] | None]:
    """The long name of a flag, and what may follow it; long names may be cut short, as argparse has it."""
    kinds_of = {name: choices for name, _, choices in _FLAGS}
    exact = [name for name, short, _ in _FLAGS if flag in (name, short)]
    found = exact or [name for name in kinds_of if flag.startswith("--") and len(flag) > 2 and name.startswith(flag)]
    if len(found) != 1:
        raise InputError(f"{flag}: this may be {', '.join(found)}" if found else slips.of_flag(typed, at))
    return found[0], kinds_of[found[0]]


def _follows(word: str, name: str, choices: tuple[str, ...]) -> bool:
    """Whether the next word is the flag's value."""
    return word in choices if name == "--info" else not word.startswith("--") or word in choices


def _checked(name: str, value: str | None, choices: tuple[str, ...]) -> str:
    if not value:
        what = "FOLDER" if name in _FOLDERS else "|".join(choices) or "VALUE"
        raise InputError(f"{name}: nothing follows it; give {name} {what}")
    if choices and value not in choices:
        raise InputError(f"{name} {value}: choose one of {', '.join(choices)}")
    if name not in _FOLDERS or value.startswith("pkg://"):
        return value
    place = os.path.abspath(expanded(value, name))
    if os.path.isfile(place):
        raise InputError(f"{name} {value}: this is a file; name its folder, {os.path.dirname(value) or '.'}")
    if not os.path.isdir(place):
        raise InputError(f"{name} {value}: there is no such folder; check the name")
    return place
