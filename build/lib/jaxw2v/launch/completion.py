"""What a command leaves to be understood: corpus.path=TEXT alone means a file."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import hydra

from jaxw2v.launch.given import parsed
from jaxw2v.launch.places import CONF
from jaxw2v.launch.schema import register

_CHOSEN = ("corpus", "corpus.source")
_MAY_CHOOSE = ("experiment", "sweep", "hydra.searchpath")


def completed(words: Sequence[str], folders: Sequence[str | Path] = ()) -> list[str]:
    """The words of a command line, or of a call in Python, with corpus=file where corpus.path stands alone.

    Words that choose a corpus choose it, and so do presets that they name. A recorded config (--config-path) has a
    corpus and no choice.

    Args:
      words: settings and flags of Hydra.
      folders: with presets, besides those of --config-dir.
    """
    flags, overrides = _apart(words)
    keys = {each.key_or_group: each for each in parsed(overrides) if not each.is_delete()}
    path = keys.get("corpus.path")
    if path is None or path.value() is None or any(key in keys for key in _CHOSEN):
        return list(words)
    if any(flag in flags for flag in ("--config-path", "--config-name")):
        return list(words)
    folders = [*folders, *flags.get("--config-dir", [])]
    if (folders or any(key in keys for key in _MAY_CHOOSE)) and _chosen(overrides, folders) != "docstrings":
        return list(words)
    return ["corpus=file", *words]


def _apart(words: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Flags with their values, as `arguments.read` writes them, and overrides."""
    flags: dict[str, list[str]] = {}
    overrides: list[str] = []
    for word in words:
        if word.startswith("-"):
            flag, _, value = word.partition("=")
            flags.setdefault(flag, []).append(value)
        else:
            overrides.append(word)
    return flags, overrides


def _chosen(overrides: Sequence[str], folders: Sequence[str | Path]) -> str | None:
    """The corpus that presets choose; None: they cannot be composed, and Hydra will say why."""
    ours = [word for word in overrides if not word.startswith("hydra.") or word.startswith("hydra.searchpath=")]
    words = [next(_values(word)) for word in ours]
    places = [f"hydra.searchpath=[{','.join(f'file://{Path(folder).absolute()}' for folder in folders)}]"]
    register()
    with contextlib.suppress(Exception), hydra.initialize_config_dir(str(CONF), version_base="1.3"):
        return hydra.compose("config", [*words, *(places if folders else ())]).corpus.source
    return None


def _values(word: str) -> Iterator[str]:
    """A word that sweeps as those of its jobs; any other as it is."""
    for override in parsed([word]):
        if override.is_sweep_override():
            yield from (f"{override.get_key_element()}={value}" for value in override.sweep_string_iterator())
    yield word
