"""What the bytes of a run's tables depend on: a checkpoint is continued with the same only."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jaxw2v.config import Config
from jaxw2v.errors import InputError
from jaxw2v.study import results
from jaxw2v.text import vocabulary
from jaxw2v.text.corpus import Corpus

PACKAGE = Path(__file__).parent
# what makes the bytes of the tables out of ids
CODE = ("session.py", "trainers.py", "start.py", "text/segments.py", "text/heldout.py", "training/*.py")

# settings that leave no trace in the tables, or whose meaning is in the identity by itself (the text, its vocabulary)
FREE = {
    "name", "cache", "figures", "corpus.path", "corpus.url", "corpus.timeout", "corpus.phrases.path", "vocab.path",
    "train.device", "train.replicas", "train.report_seconds", "train.checkpoint_every", "train.checkpoint_unit",
    "train.resume", "train.start_from", "train.keep_state",
}  # fmt: skip
ELSEWHERE = "train.resume=never starts anew, hydra.run.dir=FOLDER names another folder"
FREE_SECTIONS = ("vectors.", "eval.", "factorise.")


def make_identity(config: Config, corpus: Corpus, shared: Mapping[str, Any], replicas: int) -> dict[str, Any]:
    """All that the bytes of a run's tables depend on, by name.

    Args:
      config: of the run.
      corpus: its text.
      shared: provenance and device, as for result.json.
      replicas: how many there are.
    """
    settings = results.flatten(asdict(config))
    code = hashlib.sha256()
    for path in sorted(path for pattern in CODE for path in PACKAGE.glob(pattern)):
        code.update(f"{path.name}\n".encode() + path.read_bytes())
    kept = ("corpus.sha256", "corpus.raw_words", "corpus.words", "corpus.sentences", "vocab.words", "device",
            "code.version", "software.numpy", "software.jax", "machine.cpu")  # fmt: skip
    return {
        **{key: settings[key] for key in settings if key not in FREE and not key.startswith(FREE_SECTIONS)},
        **{key: shared[key] for key in kept},
        "start.sha256": shared.get("start.sha256"),
        "vocab.sha256": vocabulary.sha256(corpus.vocabulary),
        "code.sha256": code.hexdigest(),
        "replicas": replicas,
    }


def refuse_another(there: dict[str, Any], here: dict[str, Any], place: Path) -> None:
    """Names what differs between an unfinished run in the folder `place` and the run that shall continue it.

    Raises:
      InputError: something does.
    """
    keys = [key for key in sorted(there.keys() | here.keys()) if there.get(key) != here.get(key)]
    if keys:
        differences = "; ".join(f"{key}={there.get(key)} there, {here.get(key)} here" for key in keys[:3])
        raise InputError(f"{place} holds an unfinished run of something else ({differences}): {ELSEWHERE}")


def digest(identity: dict[str, Any]) -> str:
    """16 hexadecimal digits that stand for an identity."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()[:16]
