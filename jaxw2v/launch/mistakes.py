"""A user's mistakes in settings, each explained in one line."""

import difflib
import os
import re
from collections.abc import Sequence

import yaml
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig
from omegaconf.errors import (
    ConfigAttributeError,
    ConfigKeyError,
    ConfigTypeError,
    InterpolationResolutionError,
    OmegaConfBaseException,
    ValidationError,
)

from jaxw2v.errors import InputError
from jaxw2v.files.results import flatten
from jaxw2v.launch import groups, quoting
from jaxw2v.launch import words as values
from jaxw2v.launch.kinds import lists, setting_names
from jaxw2v.launch.schema import to_dict

OPTIONAL = ("eval",)  # groups of which Hydra passes over a choice that is none
FILES_OF = {"corpus": "corpus.path", "phrases": "phrases.path", "eval": "eval.similarity"}  # by the group of presets
EXTRAS = {  # plugins of Hydra, by what a user chooses, and the extra of pyproject.toml that installs each
    "hydra/launcher/joblib": "joblib", "hydra/launcher/submitit_local": "submitit",
    "hydra/launcher/submitit_slurm": "submitit", "hydra/launcher/ray": "ray", "hydra/sweeper/optuna": "optuna",
}  # fmt: skip


def refuse_unknown(settings: DictConfig, prefix: str = "") -> None:
    """A key added with + that no part of the program reads is a mistake."""
    known = setting_names()
    for key, value in settings.items_ex(resolve=False):
        name = prefix + str(key)
        if name in known:
            continue
        if not any(other.startswith(f"{name}.") for other in known):
            raise InputError(_no_such_setting(name, [*known, *groups.groups()]))
        refuse_unknown(value, f"{name}.")


def _no_such_setting(name: str, known: Sequence[str], value: str = "", words: Sequence[str] = ()) -> str:
    """Names the likely one, or else what the section has."""
    section, _, last = name.rpartition(".")
    if section and name in known:  # a key of a file
        return (
            f"{name}: a point in a key means nothing in a file; write {section.replace('.', ': {')}: {{{last}: VALUE}}"
        )
    all_groups = [] if section else groups.groups(words)
    chosen = [f"{group}={value}" for group in all_groups if value in groups.names(group, words)]
    if near := nearest(name, known) or chosen:
        return f"{name}: there is no such setting; did you mean {' or '.join(near)}?"
    inside = [other.removeprefix(f"{section}.") for other in known if section and other.startswith(f"{section}.")]
    return f"{name}: there is no such setting; " + (
        f"{section} has {', '.join(inside)}" if inside else "--help lists all"
    )


def nearest(name: str, known: Sequence[str]) -> list[str]:
    """The names whose last part is most like that of this one, in the most similar section or in any."""
    section, _, last = name.rpartition(".")

    def same_section(other: str) -> float:
        return difflib.SequenceMatcher(None, section, other.rpartition(".")[0]).ratio()

    def likeness(other: str) -> float:
        other_section, _, other_last = other.rpartition(".")
        ratio = difflib.SequenceMatcher(None, last, other_last).ratio()
        if section == other_section and _share_a_word(last, other_last):
            ratio = max(ratio, 0.8)
        return ratio + 0.2 * same_section(other)

    best = max(known, key=likeness, default="")
    if likeness(best) < 0.9:
        return []
    if same_section(best) > 0.6:
        return [best]
    return [other for other in known if other.rpartition(".")[2] == best.rpartition(".")[2]]


def _share_a_word(name: str, other: str) -> bool:
    """Whether a word of one, such as `rate` of `learning_rate`, is the beginning of one of the other."""
    pairs = [(a, b) for a in name.split("_") for b in other.split("_") if min(len(a), len(b)) >= 4]
    return any(a.startswith(b) or b.startswith(a) for a, b in pairs)


def of_settings(error: Exception) -> bool:
    """Whether Hydra or OmegaConf has raised it: some mistakes they let through as whatever Python made of them."""
    if isinstance(error, HydraException | OmegaConfBaseException | yaml.YAMLError):
        return True
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    module = trace.tb_frame.f_globals.get("__name__", "") if trace is not None else ""
    tops = ("hydra", "omegaconf", "codecs" * isinstance(error, UnicodeDecodeError))
    return not isinstance(error, OSError) and module.partition(".")[0] in tops


def refuse_uncaught(words: Sequence[str]) -> None:
    """Words of a command line that Hydra would not refuse but break at.

    Numbers of more digits than Python reads (4,300), nothing before the =, a name below a list, a launcher of Hydra's
    that would know nothing of finished jobs, and a group for which something else than a name is chosen.
    """
    for word in words:
        if re.search(r"\d{1000}", word):
            raise InputError(f"{word[:40]}...: no setting has so many digits")
        group = word.partition("=")[0].lstrip("+~").partition("@")[0]
        if "=" in word and not group:
            raise InputError(f"{word}: nothing is named before the =; give SETTING=VALUE")
        if word.startswith("~") and group in setting_names():
            raise InputError(f"{word}: a setting cannot be taken out; leave the word out for the default")
        if word.startswith("~") and not groups.is_group(group, words) and _is_section(group):
            raise InputError(f"{word}: a section cannot be taken out; leave the word out for the defaults")
        if group == "hydra/launcher" and "@" not in word:
            raise InputError(f"{word}: choose launcher=NAME: {', '.join(groups.names('launcher', words))}")
        if listed := re.fullmatch(rf"({'|'.join(map(re.escape, lists()))})\.[^.]*[^\d.].*", group, re.DOTALL):
            raise InputError(f"{word}: {listed.group(1)} is a list, {listed.group(1)}=[A,B]")
        if "=" not in word or not (group.startswith("hydra/") or groups.is_group(group, words)):
            continue
        try:
            override = values.parser().parse_override(word)
            chosen = list(override.sweep_iterator()) if override.is_sweep_override() else [override.value()]
        except HydraException:
            continue  # as Hydra will say
        if any(value is None or isinstance(value, (bool, int, float)) for value in chosen):
            choices = f": {', '.join(inside)}" if (inside := groups.names(group, words)) else ""
            raise InputError(f"{word}: this is no name; choose {group}=NAME{choices}")
        inside = groups.names(group, words)
        if absent := [each for each in chosen if group in OPTIONAL and str(each).removesuffix(".yaml") not in inside]:
            raise InputError(_no_such_choice(f"{group}/{absent[0]}", inside, words))


def _is_section(name: str) -> bool:
    return any(other.startswith(f"{name}.") for other in setting_names())


def explain(error: Exception, words: Sequence[str] = ()) -> str:
    """Hydra's several lines as one, with the nearest setting's name where there is no such key.

    Args:
      error: of Hydra or OmegaConf.
      words: of the command line.
    """
    return " ".join(_explain(error, words).split())


def _explain(error: Exception, words: Sequence[str]) -> str:
    if ours := _of_resolver(error):
        return str(ours)
    if isinstance(error, MissingConfigException) and error.missing_cfg_file is not None:
        return _no_such_choice(error.missing_cfg_file, error.options or [], words)
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        at = error.problem_mark
        return f"{at.name}, line {at.line + 1}: cannot be read as YAML ({error.problem}); mend the file"
    if isinstance(error, UnicodeDecodeError):
        where = next(filter(None, (groups.not_utf8(home) for home in groups.homes(words)[1:])), "a preset")
        return f"{where}: not UTF-8; convert it to UTF-8"
    if isinstance(error, OverrideParseException):
        name = error.override.partition("=")[0].lstrip("+~")
        if not re.fullmatch(r"[\w.$@/-]+", name, re.ASCII):
            return _no_such_setting(name, [*setting_names(), *groups.groups(words)], words=words)
        why = str(error.__context__).partition(" expecting ")[0]  # all that may stand there; in no field apart
        return f"{error.override}: cannot be read ({why}); {quoting.remedy(error.override)}"
    if several := re.match(r"Ambiguous value for argument '(.*?)'\s+1\. To use it as", str(error), re.DOTALL):
        return quoting.several(several.group(1))  # the word is in no field
    inner = error if isinstance(error, OmegaConfBaseException) else error.__cause__ or error.__context__
    if not isinstance(inner, OmegaConfBaseException):
        return str(error)
    in_file = inner is not error and error.__cause__ is None
    place = f"{str(error).partition(': ')[0]}: " if in_file else ""  # "In 'experiment/NAME'"; in no field
    top = (inner.full_key or "").partition(".")[0]
    group = groups.is_group(top, words) and not any(name.startswith(f"{top}.") for name in setting_names())
    if in_file and group and isinstance(inner, ConfigKeyError | ConfigAttributeError):
        return f"{place}its settings would be those of {top}; begin the file with the line # @package _global_"
    return place + _explain_setting(inner, words)


def _of_resolver(error: BaseException | None) -> InputError | None:
    """What a resolver of ours refused to do; OmegaConf tells it as an error of its own, without `from`."""
    while error is not None and not isinstance(error, InputError):
        error = error.__cause__ or error.__context__
    return error


def _no_such_choice(missing: str, options: Sequence[str], words: Sequence[str]) -> str:
    if extra := EXTRAS.get(missing):
        how = f"pip install 'jaxw2v[{extra}]'; in a checkout, pip install -e '.[{extra}]'"
        return f"{missing.removeprefix('hydra/')} is not installed: {how}"
    group = missing.rpartition("/")[0]
    top, _, below = missing.partition("/")
    if below.startswith("{") and _is_section(top):
        return f"{top}={below}: this is a section; set its parts, {top}.PART=VALUE"
    if top in FILES_OF and (os.path.exists(below) or re.search(r"[./~]", below)):
        return f"{top}={below}: there is no such choice; for a file, {values.shell_word(FILES_OF[top], below)}"
    choices = [*options, *(f"{inner}/NAME" for inner in groups.inner(group, words))]  # Hydra lists none
    return f"{missing}: there is no such choice" + (f"; use {', '.join(choices)}" if choices else "")


def _explain_setting(error: OmegaConfBaseException, words: Sequence[str]) -> str:
    """What OmegaConf refuses to do with a setting, from the fields of the exception."""
    name, known = (error.full_key or "").partition("[")[0], setting_names()
    given = {key.lstrip("+"): value for key, _, value in (word.partition("=") for word in words)}
    if isinstance(error, ConfigKeyError | ConfigAttributeError):
        if any(name.startswith(f"{other}.") for other in known):
            return f"{name}: not set so far; add it, +{name}=VALUE"
        name = next((key for key in given if key.startswith(f"{name}.")), name)  # OmegaConf names the first part only
        known = _names_beside(error) if name.startswith("hydra.") else [*known, *groups.groups(words)]
        return _no_such_setting(name, known, given.get(name, ""), words)
    if isinstance(error, ValidationError | ConfigTypeError):
        if any(other.startswith(f"{name}.") for other in known):
            return f"{name}={error.value}: this is a section; set its parts, {name}.PART=VALUE"
        if name in lists():
            return f"{name}: this is a list, {name}=[{'A,B' if error.value is None else error.value}]"
        if error.value is None and name in setting_names():
            return f"{name}=null: this setting needs a value; give {name}=VALUE"
        if isinstance(error.value, Sequence) and not isinstance(error.value, str) and name in setting_names():
            several = ",".join(str(each) for each in error.value)
            return f"{name}={error.value}: this is one value; several are a sweep, -m {name}={several}{quoting.CALL}"
        if error.value == "":
            return f"{name}=: nothing follows the =; give {name}=VALUE"
    text = (error.msg or str(error)).partition("\n    full_key: ")[0]
    if isinstance(error, ValidationError) and not isinstance(error, InterpolationResolutionError):
        return f"{name}={error.value}: {text}; give a value of that kind" if error.value is not None else text
    if isinstance(error, InterpolationResolutionError):
        name = name if "${" in given.get(name, "") else next((key for key in given if "${" in given[key]), "")
        characters = given.get(name, "").strip("[]\"'")
        if name and "'" not in characters:
            return f"{name}={given[name]}: {text}; for these very characters, {values.shell_word(name, characters)}"
    return text


def _names_beside(error: OmegaConfBaseException) -> list[str]:
    """The full names of what the section has in which OmegaConf did not find a key, all levels of it."""
    section = str(error.full_key).rpartition(".")[0]
    if not isinstance(error.parent_node, DictConfig):
        return []
    names = flatten(to_dict(error.parent_node), f"{section}.")
    return [name for name in names if not name.rpartition(".")[2].startswith("_")]
