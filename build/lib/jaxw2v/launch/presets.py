"""Values in a user's own preset files that YAML reads as something else than what is written there."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from omegaconf import DictConfig

from jaxw2v.errors import InputError
from jaxw2v.launch.kinds import kinds
from jaxw2v.launch.places import CONF
from jaxw2v.launch.words import as_typed

_READ_AS = {"bool": "true or false", "int": "a number", "float": "a number", "null": "nothing"}
_NUMBER = re.compile(r"[-+]?\d[\d_]*(\.[\d_]*)?([eE][-+]?\d+)?")  # OmegaConf takes more for numbers than YAML does
_PARAMS = "hydra.sweeper.params"


def refuse_values(hydra: DictConfig) -> None:
    """Looks through the files of presets that were chosen, those of conf/ apart.

    Args:
      hydra: Hydra's own settings of a job.

    Raises:
      InputError: a word such as `on`, or a name such as 2024_02, stands without quotes where a setting is text.
    """
    chosen = {str(group): name for group, name in hydra.runtime.choices.items() if isinstance(name, str)}
    for source in hydra.runtime.config_sources:
        home = Path(str(source.path))
        if source.schema != "file" or home == CONF:
            continue
        for group, name in [*chosen.items(), ("", str(hydra.job.config_name))]:
            path = home / group / f"{name.removesuffix('.yaml')}.yaml"
            if path.is_file():
                _look_through(path, group.partition("@")[0], path.stat().st_mtime_ns)


@functools.lru_cache(1000)
def _look_through(path: Path, group: str, changed: int) -> None:
    text = path.read_text(encoding="utf-8")
    header = re.search(r"^# *@package +(\S+)", text, re.MULTILINE)
    package = header[1] if header else "_group_"
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    prefix = "" if package == "_global_" else f"{group.replace('/', '.')}." if package == "_group_" else f"{package}."
    for name, node in _values(root, prefix.removeprefix(".")):
        _refuse(path, name, node)


def _values(node: yaml.Node | None, prefix: str) -> Iterator[tuple[str, yaml.Node]]:
    """The full name and the value of each setting."""
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        name = f"{prefix}{key.value}"
        if name == _PARAMS and isinstance(value, yaml.MappingNode):
            yield from ((f"{_PARAMS}:{each.value}", swept) for each, swept in value.value)
        elif isinstance(value, yaml.MappingNode):
            yield from _values(value, f"{name}.")
        else:
            yield name, value


def _refuse(path: Path, name: str, node: yaml.Node) -> None:
    swept = name.startswith(f"{_PARAMS}:")
    setting = name.removeprefix(f"{_PARAMS}:")
    kind = kinds().get(setting)
    if kind is None or not kind.text:
        return
    at = f"{path}, line {node.start_mark.line + 1}: {setting}"
    if swept and isinstance(node, yaml.ScalarNode):
        typed = as_typed(setting, node.value, kind)
        if typed != node.value:
            raise InputError(f"{at}: a sweep would read {node.value} as something else; write {_in_yaml(typed)}")
        return
    for each in node.value if isinstance(node, yaml.SequenceNode) else [node]:
        if isinstance(each, yaml.ScalarNode) and (read_as := _read_as(each, inside=each is not node)):
            raise InputError(f"{at}: YAML reads {each.value} as {read_as}; quote it, {_in_yaml(each.value)}")


def _read_as(node: yaml.ScalarNode, inside: bool) -> str:
    if node.style is not None:
        return ""
    tag = node.tag.rpartition(":")[2]
    if tag == "null":
        return _READ_AS[tag] if inside else ""
    return _READ_AS.get(tag, "a number" if _NUMBER.fullmatch(node.value) else "")


def _in_yaml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
