"""Writes docs/settings.md, the reference of all settings.

python -m experiments.reference
"""

import sys

from jaxw2v.launch import command, reference
from jaxw2v.launch.places import REPOSITORY


def main() -> None:
    """Replaces the page."""
    (REPOSITORY / "docs" / "settings.md").write_text(reference.page(), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(command.run(main))
