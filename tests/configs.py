"""The settings of conf/ for tests that train without a command, and what training makes of them."""

import dataclasses
import functools
from typing import Any

import hydra
import numpy as np

from jaxw2v.launch.compose import register
from jaxw2v.launch.places import CONF
from jaxw2v.launch.schema import to_config
from jaxw2v.runs import platforms
from jaxw2v.settings.config import Config
from jaxw2v.training.hyperparameters import Hyperparameters, make_hyperparameters
from jaxw2v.training.population import AXIS, make_population
from jaxw2v.training.trainer import Trainer, make_trainer


@functools.cache
def compose(*overrides: str) -> Config:
    """The Config of `python -m experiments.train corpus=file corpus.path=text OVERRIDES`, as on a CPU."""
    register()
    with hydra.initialize_config_dir(str(CONF), version_base="1.3"):
        config = to_config(hydra.compose("config", ["corpus=file", "corpus.path=text", *overrides]))
    return platforms.complete(config, "cpu")


def section(section: str, /, **changes: Any) -> Any:
    """A section of the default settings, such as "negatives", with these fields changed."""
    return dataclasses.replace(getattr(compose(), section), **changes)


def settings(**changes: Any) -> Config:
    """The default settings with some changed, such as negatives__k=3."""
    fields: dict[str, dict[str, Any]] = {}
    for name, value in changes.items():
        of, _, field = name.partition("__")
        fields.setdefault(of, {})[field] = value
    return dataclasses.replace(compose(), **{name: section(name, **changed) for name, changed in fields.items()})


def trainer_of(config: Config, **static: Any) -> Trainer:
    """The trainer of these settings; no window is wider than theirs unless `static` says so."""
    sections = config.model, config.windows, config.negatives, config.optimizer, config.train
    return make_trainer(*sections, **{"widest": config.windows.window} | static)


def population_of(config: Config, **static: Any) -> Trainer:
    """The population of these settings, likewise."""
    return make_population(trainer_of(config, runs=AXIS, **static))


def hyperparameters_of(
    config: Config, count_V: np.ndarray, context_counts: np.ndarray | None = None
) -> Hyperparameters:
    """The hyperparameters of these settings."""
    optimizer = config.optimizer
    if optimizer.learning_rate is None:
        optimizer = section("optimizer", **{**vars(optimizer), "learning_rate": 0.04})
    sections = config.model, config.subsample, config.windows, config.negatives, optimizer
    return make_hyperparameters(count_V, *sections, context_counts)
