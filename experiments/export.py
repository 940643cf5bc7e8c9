"""`jaxw2v export`, from a checkout: python -m experiments.export. And what it made for the notebooks."""

import sys

from jaxw2v.commands.export import main, read
from jaxw2v.launch.places import REPOSITORY
from jaxw2v.study.collection import Group


def load(name: str) -> list[Group]:
    """The runs of notebooks/results/NAME.csv; see `jaxw2v.commands.export.read`."""
    return read(REPOSITORY / "notebooks" / "results" / f"{name}.csv")


if __name__ == "__main__":
    sys.exit(main())
