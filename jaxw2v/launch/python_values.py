"""What a Python program gives, told apart: a text, settings in words, and settings by name."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jaxw2v.errors import InputError
from jaxw2v.launch import arguments
from jaxw2v.launch.given import parsed, settings_given
from jaxw2v.launch.kinds import kinds, lists


def told_apart(given: Sequence[Any]) -> tuple[Any, list[str]]:
    """The text, if the first is none of the settings, else None; and the settings as Hydra takes them.

    The text is a path or an iterable.

    Raises:
      InputError: something is neither.
    """
    text, words = None, list(given)
    if words and not isinstance(words[0], str):
        text = words.pop(0)
        if isinstance(text, bytes | Mapping) or not isinstance(text, Iterable | Path):
            raise InputError(f"{str(text)[:60]!r}: give sentences, an iterable of lines or of lists of words")
        if hasattr(text, "columns"):  # a table's iterator gives the names of its columns
            raise InputError(f"{type(text).__name__}: give one of its columns as the sentences, table[NAME]")
    for word in words:
        if not isinstance(word, str):
            why = "give settings as NAME=VALUE or in settings={NAME: VALUE}; sentences come first, and once"
            raise InputError(f"{str(word)[:60]!r}: {why}")
        if word.startswith("-"):
            raise InputError(f"{word}: a flag of the command; give settings, NAME=VALUE; config_dir= is an argument")
        if "=" not in word and not word.startswith("~"):
            raise InputError(f"{word[:60]!r}: give NAME=VALUE, such as corpus.path=FILE; sentences are a list of them")
    return text, arguments.read(words)


def flat(settings: Mapping[str, Any] | None) -> dict[str, Any]:
    """Settings by their full names: {"model": {"dim": 50}} is {"model.dim": 50}. Arrays and ranges are lists.

    Raises:
      InputError: no mapping; a name that is none.
    """
    if settings is not None and not isinstance(settings, Mapping):
        raise InputError(f"settings={str(settings)[:60]}: give a dict, such as settings={{'model.dim': 50}}")
    return _flat(settings or {}, "")


def _flat(settings: Mapping[str, Any], section: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in settings.items():
        if not isinstance(key, str) or not key.strip():
            raise InputError(f"settings: {key!r} is no name; give names of settings, such as 'model.dim'")
        name = section + key
        if isinstance(value, Mapping) and value:
            found |= _flat(value, f"{name}.")
        elif isinstance(value, range):
            found[name] = list(value)
        else:
            found[name] = value.tolist() if hasattr(value, "tolist") else value
    return found


def as_words(settings: Mapping[str, Any]) -> list[str]:
    """Flat settings as words of a command line.

    Raises:
      InputError: a value that none can have.
    """
    return [arguments.as_word(_added(name), value) for name, value in settings.items()]


def _added(name: str) -> str:
    """The name with what Hydra wants before that of a key of a setting which is a dictionary."""
    inside = any(name.startswith(f"{setting}.") for setting, kind in kinds().items() if not kind.text)
    return f"++{name}" if inside else name


def varies(name: str, value: Any) -> bool:
    """Whether the value of a flat setting is several, one for each job of a sweep.

    Raises:
      InputError: there is none.
    """
    if not isinstance(value, list | tuple):
        return False
    if not value and name not in lists():
        raise InputError(f"{name}={value}: there is no value; give one or more")
    return name not in lists() or (bool(value) and all(isinstance(each, list | tuple) for each in value))


def swept(name: str, values: Sequence[Any]) -> str:
    """A setting of several values as a word of a command line."""
    first, *others = (arguments.as_word(_added(name), value) for value in values)
    return ",".join([first, *(other.partition("=")[2] for other in others)])


def refuse_text(words: Sequence[str], text: Any) -> None:
    """Raises InputError where settings name a text, too. A path may be of any corpus that reads files."""
    what = "path is" if isinstance(text, Path) else "sentences are"
    names = ("corpus.path",) if isinstance(text, Path) else ("corpus.path", "corpus.source")
    for each in settings_given(words):
        if each.name in names:
            raise InputError(f"{each.word}: the {what} the text; leave one of them out")


def place(words: Sequence[str], setting: str, folder: str | Path | None) -> str | None:
    """The setting's own word among these; None: nothing names it, or `folder` does.

    Raises:
      InputError: both do.
    """
    named = next((str(each.input_line) for each in parsed(words) if each.key_or_group == setting), None)
    if named is not None and folder is not None:
        raise InputError(f"{named}: folder= names the folder, too; give one of them")
    return named
