"""What the cache knows of a file: a JSON object with a checksum of its own."""

import hashlib
import json
from pathlib import Path
from typing import Any

_KEY = "note_sha256"


def encoded(values: dict[str, Any]) -> bytes:
    """The bytes of such a file; JSON must have a form for the values."""
    return json.dumps(values | {_KEY: _sha256(values)}, indent=1).encode()


def read_note(path: Path) -> dict[str, Any] | None:
    """What was encoded; None if it is missing, cut or altered."""
    try:
        values = json.loads(path.read_bytes())
        return values if values.pop(_KEY) == _sha256(values) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _sha256(values: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
