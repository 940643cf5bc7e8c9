"""What the bytes of a run's tables depend on: a checkpoint is continued with the same, or knowingly with another."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from jaxw2v.checkpoints import environment
from jaxw2v.errors import InputError
from jaxw2v.files import results
from jaxw2v.settings.config import Config
from jaxw2v.text import vocabulary
from jaxw2v.text.corpus import Corpus

# settings that leave no trace in the tables, or whose meaning is in the identity by itself (the text, its vocabulary)
FREE = {
    "name", "cache", "figures", "projection", "compilation_cache", "corpus.path", "corpus.url", "corpus.timeout",
    "phrases.path", "vocab.path", "train.device", "train.replicas", "train.log_every", "train.checkpoint_every",
    "train.checkpoint_unit", "corpus.verify", "train.resume", "train.init_from", "train.save_state",
}  # fmt: skip
ELSEWHERE = "train.resume=never starts anew, hydra.run.dir=FOLDER (in a sweep hydra.sweep.dir) names another folder"
_WHAT = {"corpus.sha256": "text", "vocab.sha256": "vocabulary", "code.sha256": "version of this program"}
FREE_SECTIONS = ("vectors.", "eval.", "train.hosts.")
# with other values of these the same training goes on, though its bytes may be others
ENVIRONMENT = (
    "code.sha256", "device", "machine.arithmetic", "software.jax", "software.jaxlib", "software.jax_settings",
    "software.numpy",
)  # fmt: skip


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
            "ids.sha256", *ENVIRONMENT)  # fmt: skip
    return {
        **{key: settings[key] for key in settings if key not in FREE and not key.startswith(FREE_SECTIONS)},
        **{key: shared[key] for key in kept},
        "software.numpy": ".".join(str(shared["software.numpy"]).split(".")[:2]),  # its patches change no sums
        "machine.arithmetic": _arithmetic(config, shared),
        "init.sha256": shared.get("init.sha256"),
        "replicas": replicas,
    }


def _arithmetic(config: Config, shared: Mapping[str, Any]) -> str | None:
    """The instructions on which a run's bytes may depend: of a CPU, and of bfloat16 only where there is some."""
    if shared["device"] != "cpu":
        return None
    names = shared["machine.arithmetic"].split()
    return " ".join(name for name in names if config.model.dtype == "bfloat16" or name not in environment.OF_BFLOAT16)


def provenance(corpus: Corpus) -> dict[str, Any]:
    """What else results and checkpoints record: the vocabulary, the ids, and the `environment`."""
    return {
        "vocab.sha256": vocabulary.fingerprint(corpus.vocabulary),
        "ids.sha256": corpus.ids_sha256 or hashlib.sha256(np.ascontiguousarray(corpus.ids_N).data).hexdigest(),
        **environment.environment(),
    }


def refuse_another(there: dict[str, Any], here: dict[str, Any], place: Path, resume: str) -> list[str]:
    """What differs between an unfinished run in the folder `place` and the run that shall continue it, in words.

    Args:
      there, here: their identities; see `make_identity`.
      place: for messages.
      resume: the setting `train.resume`; with anyway what is of `ENVIRONMENT` may differ.

    Raises:
      InputError: something differs, and names it.
    """
    keys = [key for key in sorted(there.keys() | here.keys()) if there.get(key) != here.get(key)]
    if other := [key for key in keys if key not in ENVIRONMENT]:
        what = "; ".join(_difference(key, there, here) for key in other[:3])
        raise InputError(f"{place} holds an unfinished run of something else ({what}): {ELSEWHERE}")
    differences = [_difference(key, there, here) for key in keys]
    if differences and resume != "anyway":
        raise InputError(
            f"{place} holds an unfinished run, and what differs here may change its numbers "
            f"({'; '.join(differences)}): train.resume=anyway goes on, and result.json says so; {ELSEWHERE}"
        )
    return differences


def _difference(key: str, there: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    before, now = there.get(key), here.get(key)
    if key == "machine.arithmetic" and isinstance(before, str) and isinstance(now, str):  # a dozen names, most alike
        one, other = set(before.split()), set(now.split())
        before, now = (" ".join(sorted(more)) or "none more" for more in (one - other, other - one))
    elif key == "code.sha256":
        before, now = str(before)[:12], str(now)[:12]
    return f"{key}={before} there, {now} here"


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
    """16 hexadecimal digits that stand for the run of an identity, wherever it goes on."""
    own = {key: value for key, value in identity.items() if key not in ENVIRONMENT}
    return hashlib.sha256(json.dumps(own, sort_keys=True, default=str).encode()).hexdigest()[:16]
