"""Between Hydra and the settings: the types that Hydra checks, and the Config that a composed tree makes.

OmegaConf takes a frozen dataclass for a read-only config and refuses every override, so it gets a twin that is not.
"""

import dataclasses
from typing import Any

from omegaconf import DictConfig, OmegaConf

from jaxw2v.settings.config import Config


def make_schema(section: type = Config) -> type:
    """A dataclass with the fields and types of a section of the settings, neither frozen nor checked."""
    fields = dataclasses.fields(section)
    types = [make_schema(field.type) if dataclasses.is_dataclass(field.type) else field.type for field in fields]
    return dataclasses.make_dataclass(section.__name__, [(field.name, type_) for field, type_ in zip(fields, types)])


SCHEMA = make_schema()


def to_config(settings: DictConfig) -> Config:
    """The Config of composed settings, interpolations resolved, every value of its type and in its range.

    Raises:
      InputError: a value is out of range.
      OmegaConfBaseException: a value is of another type, or missing.
    """
    typed = OmegaConf.merge(OmegaConf.structured(SCHEMA), settings)  # a recorded config names no schema
    return _make(Config, OmegaConf.to_container(typed, resolve=True, throw_on_missing=True))


def _make(section: type, values: dict[str, Any]) -> Any:
    fields = dataclasses.fields(section)
    inner = {field.name: field.type for field in fields if dataclasses.is_dataclass(field.type)}
    return section(**{key: _make(inner[key], value) if key in inner else value for key, value in values.items()})
