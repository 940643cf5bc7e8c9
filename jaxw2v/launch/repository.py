"""Where the repository lies: its conf/, its test sets, the commit that results record."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
