"""docs/presets.md: every file of conf/, its question, command, time and differences, from its header and settings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from jaxw2v.files.results import flatten
from jaxw2v.launch.places import CONF

_INTRODUCTION = """# Presets

Made by `python -m experiments.reference` from the files of `conf/`. A preset is chosen by `GROUP=NAME`. Several go
together if they are of different groups; settings given beside them come last. What a preset should reach was measured
when it was written; [results](results.md) has dates. Presets of your own: [a sweep of my own](howto/own_sweep.md).
"""
_GROUPS = {  # in the order of the page
    "experiment": "Runs that answer a question. Each has only its differences from the default.",
    "sweep": "Sweeps. Each has a folder of its own, `outputs/sweeps/NAME`, and goes on when it is started again.",
    "semantics": "The habits of other programs and of the papers; [word2vec_c.md](word2vec_c.md) compares them.",
    "optimizer": "",
    "corpus": "",
    "phrases": "",
    "baseline": "Counting instead of training.",
    "eval": "Test sets of a corpus; chosen with it.",
    "launcher": "Who runs the jobs of a sweep.",
}


class Header(NamedTuple):
    """The comment at the top of a preset.

    Attributes:
      question: what stands before the command; of a file without a command all of it.
      command: empty: there is none.
      rest: how long it takes and what to expect.
    """

    question: str
    command: str
    rest: str


def page() -> str:
    """The page, as Markdown."""
    parts = [_INTRODUCTION]
    for group, remark in _GROUPS.items():
        parts.append(f"\n## {group}\n" + (f"\n{remark}\n" if remark else ""))
        for path in sorted((CONF / group).rglob("*.yaml"), key=lambda path: (len(path.parts), path)):
            parts.append(_section(path, group))
    return "".join(parts)


def header(text: str) -> Header:
    """What the comment at the top of a preset says.

    Args:
      text: of the file. A line of the comment that is indented is a command.
    """
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        if not line.startswith("# @package"):
            lines.append(line[1:])
    at = [i for i, line in enumerate(lines) if line.startswith("   ")]
    first, last = (at[0], at[-1] + 1) if at else (len(lines), len(lines))
    words = [" ".join(line.strip() for line in some) for some in (lines[:first], lines[first:last], lines[last:])]
    return Header(*words)


def _section(path: Path, group: str) -> str:
    text = path.read_text(encoding="utf-8")
    said = header(text)
    package = "" if "# @package _global_" in text else group
    settings = ", ".join(f"`{name}={value}`" for name, value in _sets(yaml.safe_load(text) or {}, package))
    name = path.relative_to(CONF / group).with_suffix("").as_posix()
    command = f"`{said.command}`" if said.command else ""
    parts = [f"### `{group}={name}`", said.question, command, said.rest, f"Sets {settings}." if settings else ""]
    return "".join(f"\n{part}\n" for part in parts if part)


def _sets(content: dict[str, Any], group: str) -> Iterator[tuple[str, str]]:
    """What a preset changes, as words of a command line; of a sweep what varies."""
    for each in content.pop("defaults", []):
        if isinstance(each, dict):
            name, choice = next(iter(each.items()))
            yield name.removeprefix("override ").removeprefix("/").partition("@")[0], str(choice)
    params = content.get("hydra", {}).get("sweeper", {}).pop("params", {})
    for name, value in flatten({group: content} if group else content).items():
        if not name.startswith("hydra."):
            yield name, _word(value)
    yield from ((name, str(value)) for name, value in params.items())


def _word(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"[{','.join(map(_word, value))}]" if isinstance(value, list) else str(value)
