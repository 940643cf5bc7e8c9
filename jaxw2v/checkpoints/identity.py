"""What the bytes of a run's tables depend on: a checkpoint is continued with the same only."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files import results
from jaxw2v.settings.config import Config
from jaxw2v.text import vocabulary
from jaxw2v.text.corpus import Corpus

PACKAGE = Path(__file__).parents[1]
# what makes the bytes of the tables out of ids
CODE = (
    "runs/program.py", "runs/session.py", "runs/trainers.py", "runs/walk.py", "runs/heldout_loss.py",
    "checkpoints/warm_start.py", "text/segments.py", "text/split.py", "training/*.py",
)  # fmt: skip
JAX = ("jax_default_prng_impl", "jax_enable_x64", "jax_threefry_partitionable", "jax_default_matmul_precision")

# settings that leave no trace in the tables, or whose meaning is in the identity by itself (the text, its vocabulary)
FREE = {
    "name", "cache", "figures", "projection", "compilation_cache", "corpus.path", "corpus.url", "corpus.timeout",
    "phrases.path", "vocab.path", "train.device", "train.replicas", "train.log_every", "train.checkpoint_every",
    "train.checkpoint_unit", "corpus.verify", "train.resume", "train.init_from", "train.save_state",
}  # fmt: skip
ELSEWHERE = "train.resume=never starts anew, hydra.run.dir=FOLDER (in a sweep hydra.sweep.dir) names another folder"
_WHAT = {"corpus.sha256": "text", "vocab.sha256": "vocabulary", "code.sha256": "version of this program"}
FREE_SECTIONS = ("vectors.", "eval.")


def make_identity(config: Config, corpus: Corpus, shared: Mapping[str, Any], replicas: int) -> dict[str, Any]:
    """All that the bytes of a run's tables depend on, by name.

    Args:
      config: of the run.
      corpus: its text.
      shared: provenance and device, as for result.json.
      replicas: how many there are.
    """
    settings = results.flatten(asdict(config))
    kept = ("corpus.sha256", "corpus.raw_words", "corpus.words", "corpus.sentences", "vocab.words", "vocab.sha256",
            "ids.sha256", "device", "code.version", "code.sha256", "software.numpy", "software.jax",
            "software.jax_settings", "machine.cpu")  # fmt: skip
    return {
        **{key: settings[key] for key in settings if key not in FREE and not key.startswith(FREE_SECTIONS)},
        **{key: shared[key] for key in kept},
        "init.sha256": shared.get("init.sha256"),
        "replicas": replicas,
    }


def provenance(corpus: Corpus) -> dict[str, Any]:
    """What else results and checkpoints record: the vocabulary, the ids, the code that trains, how JAX was set."""
    code = hashlib.sha256()
    for path in sorted(path for pattern in CODE for path in PACKAGE.glob(pattern)):
        code.update(f"{path.name}\n".encode() + path.read_bytes())
    settings = [f"{name}={getattr(jax.config, name, None)}" for name in JAX]
    settings += [f"XLA_FLAGS={os.environ['XLA_FLAGS']}"] if os.environ.get("XLA_FLAGS") else []
    return {
        "vocab.sha256": vocabulary.fingerprint(corpus.vocabulary),
        "ids.sha256": corpus.ids_sha256 or hashlib.sha256(np.ascontiguousarray(corpus.ids_N).data).hexdigest(),
        "code.sha256": code.hexdigest(),
        "software.jax_settings": " ".join(settings),
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


def refuse_mixture(config: Config, shared: Mapping[str, Any], beside: Iterable[Path]) -> None:
    """Names what differs between a finished run and one that shall stand beside it in a sweep.

    Args:
      config: of the run.
      shared: as for `make_identity`.
      beside: result.json of finished runs. The first with the same settings of the text is compared: it was compared
        with the one before.

    Raises:
      InputError: what the settings name is another text, vocabulary or program than it was then.
    """
    settings = results.flatten(asdict(config))
    named = [key for key in settings if key.startswith(("corpus.", "phrases.", "vocab.", "train.init_from"))]
    for path in beside:
        result = results.read_result(path)
        if result is None or any(result.get(key) != settings[key] for key in named):
            continue
        for key in ("corpus.sha256", "vocab.sha256", "code.sha256"):
            if key in result and result[key] != shared[key]:
                raise InputError(
                    f"{path.parent} was trained with another {_WHAT[key]} ({key}={result[key][:12]} there, "
                    f"{shared[key][:12]} here): choose another hydra.sweep.dir, or remove what is finished there"
                )
        return


def digest(identity: dict[str, Any]) -> str:
    """16 hexadecimal digits that stand for an identity."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()[:16]
