"""A user's mistakes in settings, told in one line."""

import dataclasses
import difflib
import os
import re
import typing
from collections.abc import Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from jaxw2v.errors import InputError
from jaxw2v.launch.repository import REPOSITORY
from jaxw2v.settings.config import Config

EXTRAS = {  # plugins of Hydra, by what a user chooses, and the extra of pyproject.toml that installs each
    "launcher/joblib": "joblib", "launcher/submitit_local": "submitit", "launcher/submitit_slurm": "submitit",
    "launcher/ray": "ray", "sweeper/optuna": "optuna",
}  # fmt: skip


def setting_names(section: type = Config, prefix: str = "") -> list[str]:
    """Every setting's full name, such as "windows.window"."""
    names = []
    for field in dataclasses.fields(section):
        inner = dataclasses.is_dataclass(field.type)
        names += setting_names(field.type, f"{prefix}{field.name}.") if inner else [prefix + field.name]
    return names


def refuse_unknown(settings: DictConfig, prefix: str = "") -> None:
    """A key added with + that no part of the program reads is a mistake."""
    known = setting_names()
    for key, value in settings.items_ex(resolve=False):
        name = f"{prefix}{key}"
        if name in known:
            continue
        if not any(other.startswith(f"{name}.") for other in known):
            raise InputError(_no_such_setting(name))
        refuse_unknown(value, f"{name}.")


def _no_such_setting(name: str) -> str:
    near = difflib.get_close_matches(name, setting_names(), n=1, cutoff=0.4)
    hint = f"did you mean {near[0]}?" if near else "--help lists all"
    return f"{name}: there is no such setting; {hint}"


def _lists(section: type = Config, prefix: str = "") -> list[str]:
    """The settings that are lists, by name."""
    names = []
    for field in dataclasses.fields(section):
        name, kinds = prefix + field.name, (field.type, *typing.get_args(field.type))
        if dataclasses.is_dataclass(field.type):
            names += _lists(field.type, f"{name}.")
        elif any(kind is list or typing.get_origin(kind) is list for kind in kinds):
            names.append(name)
    return names


def of_settings(error: Exception) -> bool:
    """Whether Hydra or OmegaConf has raised it: some mistakes they let through as whatever Python made of them."""
    if isinstance(error, HydraException | OmegaConfBaseException):
        return True
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    module = trace.tb_frame.f_globals.get("__name__", "") if trace is not None else ""
    return not isinstance(error, OSError) and module.partition(".")[0] in ("hydra", "omegaconf")


def refuse_uncaught(words: Sequence[str]) -> None:
    """Words of a command line that Hydra would not refuse but break at.

    Numbers of more digits than Python reads (4,300), nothing before the =, a name below a list, and a group for which
    something else than a name is chosen.
    """
    for word in words:
        if re.search(r"\d{1000}", word):
            raise InputError(f"{word[:40]}...: no setting has so many digits")
        group = word.partition("=")[0].lstrip("+~").partition("@")[0]
        if "=" in word and not group:
            raise InputError(f"{word}: nothing is named before the =; give SETTING=VALUE")
        if listed := re.fullmatch(rf"({'|'.join(map(re.escape, _lists()))})\.[^.]*[^\d.].*", group, re.DOTALL):
            raise InputError(f"{word}: {listed.group(1)} is a list, {listed.group(1)}=[A,B]")
        if "=" not in word or not (group.startswith("hydra/") or os.path.isdir(f"{REPOSITORY}/conf/{group}")):
            continue
        try:
            override = OverridesParser.create().parse_override(word)
            values = list(override.sweep_iterator()) if override.is_sweep_override() else [override.value()]
        except HydraException:
            continue  # as Hydra will say
        if any(value is None or isinstance(value, (bool, int, float)) for value in values):
            choices = f": {', '.join(_names(group))}" if _names(group) else ""
            raise InputError(f"{word}: this is no name; choose {group}=NAME{choices}")


def _names(group: str) -> list[str]:
    """What can be chosen in a group of conf/."""
    return sorted(path.stem for path in (REPOSITORY / "conf").glob("*/*.yaml") if path.parent.name == group)


def explain(error: Exception) -> str:
    """Hydra's several lines as one, with the nearest setting's name where there is no such key."""
    quote = "quote a value with special characters twice: 'NAME=\"VALUE\"'"
    if at := re.match(r"LexerNoViableAltException: (.*)\n *\^", str(error), re.DOTALL):
        mark = at.group(0).rpartition("\n")[2].index("^") - at.start(1)  # below the character, as Hydra prints it
        return f"{at.group(1)}: {at.group(1)[mark]} cannot stand there; {quote}"
    lines = [str(part) for part in (error, error.__cause__) if part is not None]
    text = re.sub(r"\s+", " ", " ".join(lines)).strip()
    if (plugin := re.search(r"hydra/((?:launcher|sweeper)/\w+)", text)) and plugin.group(1) in EXTRAS:
        return f"{plugin.group(1)} is not installed: pip install -e '.[{EXTRAS[plugin.group(1)]}]'"
    if unknown := re.search(r"Could not override '([^']+)'", text):
        name = unknown.group(1)
        if name in setting_names():
            return f"{name}: add its parts one by one, +{name}.PART=VALUE"
        if any(name.startswith(f"{known}.") for known in setting_names()):
            return f"{name}: not set so far; add it, +{name}=VALUE"
        return _no_such_setting(name)
    text = re.sub(r" (?:Config search path:|full_key:|See https:).*", "", text)
    text = re.sub(r"^(Error merging override|Error parsing override|In 'config':) ", "", text)
    if "is not a subclass of" in text:
        key, _, value = text.split(" ")[0].partition("=")
        group = key.rpartition(".")[2]
        choose = f", or choose {group}=NAME" if (REPOSITORY / "conf" / group).is_dir() else ""
        return f"{key}={value}: this is a section; set its parts, {key}.PART=VALUE{choose}"
    if "is not a ListConfig" in text:
        key, _, value = text.split(" ")[0].partition("=")
        return f"{key}={value}: this is a list, {key}=[{value}]"
    if "could not be converted to" in text:
        return f"{text}; give a value of that kind"
    grammar = ("mismatched input", "no viable", "extraneous input")
    if isinstance(error.__cause__, HydraException) or any(words in text for words in grammar):
        return f"{text.partition(' expecting {')[0]}; {quote}"
    return text
