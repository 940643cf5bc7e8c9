"""Between Hydra and the settings: the types that Hydra checks, and the Config that a composed tree makes.

OmegaConf takes a frozen dataclass for a read-only config and refuses every override, so it gets a twin that is not.
"""

import dataclasses
import functools
import hashlib
from collections.abc import Sequence
from typing import Any, TypeGuard, cast

from hydra.core.config_store import ConfigStore
from omegaconf import Container, DictConfig, OmegaConf

from jaxw2v.launch import published, reference
from jaxw2v.launch.places import TESTSETS
from jaxw2v.settings.config import Config


def is_section(kind: Any) -> TypeGuard[type]:
    """Whether the type of a setting is itself a section of settings."""
    return isinstance(kind, type) and dataclasses.is_dataclass(kind)


@functools.cache
def make_schema(section: type = Config) -> type:
    """A dataclass with the fields and types of a section of the settings, neither frozen nor checked."""
    fields = dataclasses.fields(section)
    types = [make_schema(field.type) if is_section(field.type) else field.type for field in fields]
    typed = [(field.name, type_) for field, type_ in zip(fields, types)]
    made = dataclasses.make_dataclass(f"{section.__name__}Schema", typed, namespace={"__module__": __name__})
    globals()[made.__name__] = made  # another process imports it: pickled by value, its fields without default get one
    return made


SCHEMA = make_schema()


def register() -> None:
    """Tells Hydra of the schema, and of the resolvers in conf/. Needed once in each process."""
    ConfigStore.instance().store("schema", node=SCHEMA)
    OmegaConf.register_new_resolver("testset", lambda name: str(TESTSETS / name), replace=True)
    OmegaConf.register_new_resolver("digest", _digest, replace=True)
    OmegaConf.register_new_resolver("published", published.needed, replace=True)
    OmegaConf.register_new_resolver("uses", reference.by_choice, replace=True)


def _digest(words: Sequence[str]) -> str:
    """8 hexadecimal digits that stand for the words, in any order, but for those that say how to go on and where."""
    words = [word for word in words if not word.startswith(("train.resume=", "train.checkpoint_", "train.hosts."))]
    return hashlib.sha256("\n".join(sorted(words)).encode(errors="surrogateescape")).hexdigest()[:8]


def to_config(settings: DictConfig) -> Config:
    """The Config of composed settings, interpolations resolved, every value of its type and in its range.

    Raises:
      InputError: a value is out of range.
      OmegaConfBaseException: a value is of another type, or missing.
    """
    typed = OmegaConf.merge(OmegaConf.structured(SCHEMA), settings)  # a recorded config names no schema
    return _make(Config, to_dict(typed, resolve=True, throw_on_missing=True))


def to_dict(settings: Container, **options: bool) -> dict[str, Any]:
    """The same as plain dictionaries and lists; options of `OmegaConf.to_container`."""
    return cast(dict[str, Any], OmegaConf.to_container(settings, **options))  # type: ignore[arg-type]


def _make(section: type, values: dict[str, Any]) -> Any:
    fields = dataclasses.fields(section)
    inner = {field.name: field.type for field in fields if is_section(field.type)}
    return section(**{key: _make(inner[key], value) if key in inner else value for key, value in values.items()})
