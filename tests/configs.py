"""The settings of conf/ for tests that train without a command: a whole Config, or one section with changes."""

import dataclasses
import functools
from typing import Any

import hydra

from jaxw2v.launch.compose import register
from jaxw2v.launch.repository import REPOSITORY
from jaxw2v.launch.schema import to_config
from jaxw2v.settings.config import Config


@functools.cache
def compose(*overrides: str) -> Config:
    """The Config of `python -m experiments.train corpus=file corpus.path=text OVERRIDES`."""
    register()
    with hydra.initialize_config_dir(str(REPOSITORY / "conf"), version_base="1.3"):
        return to_config(hydra.compose("config", ["corpus=file", "corpus.path=text", *overrides]))


def section(section: str, /, **changes: Any) -> Any:
    """A section of the default settings, such as "negatives", with these fields changed."""
    return dataclasses.replace(getattr(compose(), section), **changes)
