"""Hydra's side of a script: from conf/ and the command line to a checked Config, mistakes told in one line."""

import dataclasses
import difflib
import functools
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hydra
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from experiments import command
from jaxw2v.config import Config
from jaxw2v.errors import InputError

REPOSITORY = Path(__file__).resolve().parents[1]


def main(job: Callable[[Config, DictConfig], Any], *fixed: str) -> Callable[[], int]:
    """A command from a job: composes the settings, checks them, calls `job(config, settings)`.

    Args:
      job: its result goes to a sweeper.
      fixed: overrides that the command always has.

    The command returns 0, or prints one line and returns 2 if the user made a mistake. In a sweep each failing job says
    so at once and the others go on.
    """
    mistakes: list[InputError] = []

    @functools.wraps(job)
    def checked(settings: DictConfig) -> Any:
        sweep = HydraConfig.get().mode == RunMode.MULTIRUN
        number, overrides = HydraConfig.get().job.get("num"), " ".join(HydraConfig.get().overrides.task)
        if sweep:
            print(f"\njob {number}: {overrides}", flush=True)
        try:
            _refuse_unknown(settings)
            typed = OmegaConf.merge(OmegaConf.structured(Config), settings)  # a recorded config names no schema
            return job(OmegaConf.to_object(typed), settings)
        except InputError as mistake:  # Hydra would print a stack trace, and stop a sweep
            mistakes.append(mistake)
            if sweep:
                print(f"job {number} failed: {mistake}", file=sys.stderr, flush=True)
            return None

    def start() -> None:
        os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra raises instead of printing, so that the message can be ours
        words = _absolute(sys.argv[1:])
        overrides = [at for at, word in enumerate(words) if "=" in word and not word.startswith("-")]
        at = overrides[0] if overrides else len(words)  # argparse wants the overrides in one group
        sys.argv[1:] = [*words[:at], *fixed, *words[at:]]
        ConfigStore.instance().store("schema", node=Config)
        OmegaConf.register_new_resolver("repository", lambda path: str(REPOSITORY / path), replace=True)
        composed = hydra.main(version_base="1.3", config_path=str(REPOSITORY / "conf"), config_name="config")(checked)
        try:
            composed()
        except (HydraException, OmegaConfBaseException) as error:
            raise InputError(_explain(error)) from error
        except OSError as error:  # Hydra makes the folder of a run before our code runs
            raise InputError(f"{error.filename}: {error.strerror}; choose another hydra.run.dir") from error
        if len(mistakes) > 1:
            raise InputError(f"{len(mistakes)} jobs failed, the first of them: {mistakes[0]}") from mistakes[0]
        if mistakes:
            raise mistakes[0]

    return lambda: command.run(start)


def _absolute(words: list[str]) -> list[str]:
    """The words of the command line, --config-path made absolute: Hydra looks below this file, a user means here."""
    made = []
    for before, word in zip(["", *words], words):
        flag, equals, path = word.partition("=")
        if before in ("--config-path", "-cp"):
            word = os.path.abspath(word)
        elif flag in ("--config-path", "-cp") and equals:
            word = f"{flag}={os.path.abspath(path)}"
        made.append(word)
    return made


def setting_names(section: type = Config, prefix: str = "") -> list[str]:
    """Every setting's full name, such as "windows.window"."""
    names = []
    for field in dataclasses.fields(section):
        inner = dataclasses.is_dataclass(field.type)
        names += setting_names(field.type, f"{prefix}{field.name}.") if inner else [prefix + field.name]
    return names


def _refuse_unknown(settings: DictConfig, prefix: str = "") -> None:
    """A key added with + that no part of the program reads is a mistake."""
    known = setting_names()
    for key, value in settings.items_ex(resolve=False):
        name = f"{prefix}{key}"
        if name in known:
            continue
        if not any(other.startswith(f"{name}.") for other in known):
            raise InputError(_no_such_setting(name))
        _refuse_unknown(value, f"{name}.")


def _no_such_setting(name: str) -> str:
    near = difflib.get_close_matches(name, setting_names(), n=1, cutoff=0.4)
    hint = f"did you mean {near[0]}?" if near else "--help lists all"
    return f"{name}: there is no such setting; {hint}"


def _explain(error: Exception) -> str:
    """Hydra's several lines as one, with the nearest setting's name where there is no such key."""
    lines = [str(part) for part in (error, error.__cause__) if part is not None]
    text = re.sub(r"\s+", " ", " ".join(lines)).strip()
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
    if isinstance(error.__cause__, HydraException) or "mismatched input" in text or "no viable" in text:
        return f"{text}; quote a value with special characters twice: 'NAME=\"VALUE\"'"
    return text
