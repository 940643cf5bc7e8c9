"""Writes docs/settings.md and docs/presets.md, the reference of all settings and presets.

python -m experiments.reference
"""

import sys

from jaxw2v.launch import command, presets_page, reference
from jaxw2v.launch.places import REPOSITORY


def main() -> None:
    """Replaces the pages."""
    for name, text in (("settings", reference.page()), ("presets", presets_page.page())):
        (REPOSITORY / "docs" / f"{name}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(command.run(main))
