"""The reference of all settings for --help and docs/settings.md, from conf/config.yaml and the table of their uses."""

import textwrap

from jaxw2v.launch.places import CONF
from jaxw2v.settings import uses

_WIDTH = 118


def by_choice() -> str:
    """A line for each choice with the settings that only it uses; longer ones are folded."""
    return "\n".join(
        textwrap.fill(f"{choice}: {', '.join(names)}", _WIDTH, initial_indent="  ", subsequent_indent="      ")
        for choice, names in uses.by_choice().items()
    )


def page() -> str:
    """docs/settings.md: every setting, its default, what it means and which choices use it."""
    lines = [
        "# Settings",
        "",
        "Made by `python -m experiments.reference` from `conf/config.yaml` and `jaxw2v/settings/uses.py`.",
        "Give a setting as `NAME=VALUE`. One that the choices of a run do not use is refused when it is given, even",
        "with its default; what a preset sets may stay unused. In a sweep some job must use it.",
        "",
        "| setting | default | meaning | used with |",
        "|---|---|---|---|",
    ]
    for name, (value, remark) in remarks().items():
        with_ = "; ".join(f"`{choice.words}`" for choice in uses.USES[name])
        remark = remark.replace("[^", "\\[^")  # a pattern, no footnote
        cells = [f"`{name}`", f"`{value}`" if value else "", remark, with_]
        lines.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def remarks() -> dict[str, tuple[str, str]]:
    """The value of every setting in conf/config.yaml and the comment on it, as written, by name."""
    return {name: found for name, found in comments().items() if name in uses.USES}


def comments() -> dict[str, tuple[str, str]]:
    """The same of all names there, of sections, too. A comment goes on in the lines below that have nothing else."""
    found: dict[str, tuple[str, str]] = {}
    parts: list[str] = []
    for line in (CONF / "config.yaml").read_text(encoding="utf-8").splitlines():
        text, _, comment = line.partition("# ")
        depth = (len(text) - len(text.lstrip())) // 2
        key, colon, value = text.strip().partition(":")
        if colon and not key.startswith("-"):
            parts = [*parts[:depth], key]
            found[".".join(parts)] = (value.strip(), comment.strip())
        elif comment and not text.strip() and ".".join(parts) in found:
            value, before = found[".".join(parts)]
            found[".".join(parts)] = (value, f"{before} {comment.strip()}".strip())
    return found
