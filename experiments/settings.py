"""Hydra's side of a script: from conf/ and the command line to a checked Config, mistakes told in one line."""

import dataclasses
import difflib
import functools
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hydra
from hydra.core.config_store import ConfigStore
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from experiments import command
from jaxw2v.config import Config
from jaxw2v.errors import InputError

REPOSITORY = Path(__file__).resolve().parents[1]


def main(job: Callable[[Config, DictConfig], Any]) -> Callable[[], int]:
    """A command from a job: composes the settings, checks them, calls `job(config, settings)`.

    The command returns 0, or prints one line and returns 2 if the user made a mistake.
    """

    mistakes: list[InputError] = []

    @functools.wraps(job)
    def checked(settings: DictConfig) -> Any:
        try:
            _refuse_unknown(settings)
            typed = OmegaConf.merge(OmegaConf.structured(Config), settings)  # a recorded config names no schema
            return job(OmegaConf.to_object(typed), settings)
        except InputError as mistake:  # Hydra would print a stack trace, and stop a sweep
            mistakes.append(mistake)
            return None

    def start() -> None:
        os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra raises instead of printing, so that the message can be ours
        ConfigStore.instance().store("schema", node=Config)
        OmegaConf.register_new_resolver("repository", lambda path: str(REPOSITORY / path), replace=True)
        composed = hydra.main(version_base="1.3", config_path=str(REPOSITORY / "conf"), config_name="config")(checked)
        try:
            composed()
        except (HydraException, OmegaConfBaseException) as error:
            raise InputError(_explain(error)) from error
        if mistakes:
            also = f" (and {len(mistakes) - 1} more jobs failed)" if len(mistakes) > 1 else ""
            raise InputError(f"{mistakes[0]}{also}") from mistakes[0]

    return lambda: command.run(start)


def setting_names(section: type = Config, prefix: str = "") -> list[str]:
    """Every setting's full name, such as "windows.window"."""
    names = []
    for field in dataclasses.fields(section):
        inner = dataclasses.is_dataclass(field.type)
        names += setting_names(field.type, f"{prefix}{field.name}.") if inner else [prefix + field.name]
    return names


def _refuse_unknown(settings: DictConfig) -> None:
    """A key added with + that no part of the program reads is a mistake."""
    known = setting_names()
    for section, values in settings.items():
        names = [f"{section}.{key}" for key in values] if isinstance(values, DictConfig) else [section]
        for name in names:
            if not any(key == name or key.startswith(f"{name}.") for key in known):
                raise InputError(_no_such_setting(name))


def _no_such_setting(name: str) -> str:
    near = difflib.get_close_matches(name, setting_names(), n=1, cutoff=0.4)
    hint = f"did you mean {near[0]}?" if near else "--help lists all"
    return f"{name}: there is no such setting; {hint}"


def _explain(error: Exception) -> str:
    """Hydra's several lines as one, with the nearest setting's name where there is no such key."""
    lines = [str(part) for part in (error, error.__cause__) if part is not None]
    text = re.sub(r"\s+", " ", " ".join(lines)).strip()
    if unknown := re.search(r"Could not override '([^']+)'", text):
        return _no_such_setting(unknown.group(1))
    text = re.sub(r" (?:Config search path:|full_key:).*", "", text)
    return re.sub(r"^(Error merging override|In 'config':) ", "", text)
