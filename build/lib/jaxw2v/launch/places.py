"""Where what travels with the program lies: conf/ and the test sets, in a checkout and in an installed package."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
REPOSITORY = PACKAGE.parent  # of a checkout: the commit that results record, notebooks/


def _home(name: str) -> Path:
    """pyproject.toml puts the folder into the package that is installed; in a checkout it stands beside it."""
    return PACKAGE / name if (PACKAGE / name).is_dir() else REPOSITORY / name


CONF, TESTSETS = _home("conf"), _home("testsets")
