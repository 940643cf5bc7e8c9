"""What a finished run left in its folder that another can start from: its vocabulary and its state."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.checkpoints import files, folder
from jaxw2v.errors import InputError
from jaxw2v.files import results
from jaxw2v.files.paths import expanded
from jaxw2v.settings.config import Config
from jaxw2v.text import vocabulary
from jaxw2v.text.vocabulary import Vocabulary
from jaxw2v.training import storage
from jaxw2v.training.segment import State
from jaxw2v.vectors import formats

INPUT, OUTPUT = ".model.input_VD", ".model.output_VD"  # of the state's arrays, see `named`
WORDS, CONTEXTS = "vocabulary.txt", "vocabulary-contexts.txt"
MUST_AGREE = ("model.dim", "model.dtype", "model.tied", "model.objective")


class WarmStart(NamedTuple):
    """What a finished run left.

    Attributes:
      place: "train.init_from=FOLDER", for messages.
      vocabulary: its words, which the rows of the input table are of.
      contexts: of given pairs, which the rows of the output table are of; None: of the words.
      nodes: the rows of the output table are of nodes, see `huffman`.
      arrays: of its state, by name; `start.take_over` takes them out. Without the optimizer's where they begin anew.
      sha256: of the words and the arrays.
      corpus: sha256 of its text.
    """

    place: str
    vocabulary: Vocabulary
    contexts: Vocabulary | None
    nodes: bool
    arrays: dict[str, np.ndarray]
    sha256: str
    corpus: str | None


def keep(place: Path, state: State) -> None:
    """Writes the state of a run into its folder, whole or not at all, beside its vocabularies.

    Args:
      place: the folder; its vocabularies are there.
      state: of this run, in the host's memory.

    Raises:
      InputError: it cannot be written.
    """
    path = place / folder.STATE
    try:
        files.write(path, {"words": _fingerprint(place)}, named(state))
    except OSError as error:
        raise InputError(f"{path}: cannot write ({error.strerror}); choose a folder with room to write in") from error


def named(state: State) -> dict[str, Any]:
    """The arrays of a state by name, such as ".model.input_VD" and, of the optimizer, ".input_rows"."""
    return {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree_util.tree_flatten_with_path(state)[0]}


def known_vocabulary(config: Config) -> Vocabulary | None:
    """The vocabulary that shall grow by the text of this run; None: none."""
    if not config.vocab.grow or config.train.init_from is None:
        return None
    place = expanded(config.train.init_from, "train.init_from")
    _result(place)
    return _vocabulary(place, WORDS)


def read(config: Config) -> WarmStart | None:
    """What `train.init_from` names; None: nothing.

    Its state comes from state.checkpoint, or the tables alone from vectors and contexts in any format.

    Raises:
      InputError: it is no folder of a finished run, its tables are of another kind, what is needed is not there or not
        what the run left; the message says what and the remedy.
    """
    if config.train.init_from is None:
        return None
    place = expanded(config.train.init_from, "train.init_from")
    result = _result(place)
    at = _at(place)
    for key in MUST_AGREE:
        here = getattr(config.model, key.removeprefix("model."))
        if result[key] != here:
            raise InputError(f"{at}: its tables have {key}={result[key]}, this run {here}; use {key}={result[key]}")
    given = result["corpus.source"] == "pairs"
    if given != (config.corpus.source == "pairs"):
        kinds = {True: "contexts of pairs", False: "words"}
        raise InputError(f"{at}: its output rows are of {kinds[given]}, those of this run of {kinds[not given]}")
    words = _vocabulary(place, WORDS, bool(result.get("vocab.sentence_end")))
    contexts = _vocabulary(place, CONTEXTS) if given else None
    read_arrays = _from_state if (place / folder.STATE).exists() else _from_vectors
    arrays = read_arrays(place, result, config, words, contexts or words)
    return WarmStart(
        place=at,
        vocabulary=words,
        contexts=contexts,
        nodes=config.model.objective == "hierarchical_softmax",
        arrays=arrays,
        sha256=_digest(words, contexts, arrays),
        corpus=result.get("corpus.sha256"),
    )


def _at(place: Path) -> str:
    return f"train.init_from={place}"


def _its_folder(file: Path) -> str:
    """Where a file of a finished run is: that folder, in words."""
    return f", such as {file.parent}" if (file.parent / "result.json").is_file() else ""


def _result(place: Path) -> dict[str, Any]:
    """What result.json says, which is written last.

    Raises:
      InputError: this is not the folder of a finished run.
    """
    at = _at(place)
    if place.is_file():
        raise InputError(f"{at}: this is a file; name the folder of a finished run{_its_folder(place)}")
    if not place.is_dir():
        raise InputError(f"{at}: there is no such folder; name the folder of a finished run")
    try:
        result = json.loads((place / "result.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        if (place / "metrics.jsonl").exists() or list(place.glob(folder.CHECKPOINTS)):
            raise InputError(f"{at}: that run is not finished; give its command again, it goes on by itself") from None
        raise InputError(f"{at}: there is no result.json; name the folder of a finished run") from None
    except OSError as error:
        raise InputError(f"{at}: result.json cannot be read ({error.strerror})") from error
    except ValueError:
        result = None
    absent = [key for key in (*MUST_AGREE, "corpus.source") if not isinstance(result, dict) or key not in result]
    if absent:
        raise InputError(f"{at}: its result.json is no result of a run, without {absent[0]}; name another folder")
    return result


def _vocabulary(place: Path, name: str, sentence_end: bool = False) -> Vocabulary:
    try:
        return vocabulary.load(place / name, sentence_end)
    except InputError as error:
        raise InputError(f"{_at(place)}: its {name} cannot be used: {error}") from error


def _from_state(place: Path, result: dict, config: Config, words: Vocabulary, contexts: Vocabulary) -> dict:
    at = f"{_at(place)}: its {folder.STATE}"
    remedy = "train that run again with train.save_state=true, or remove the file to start from its vectors"
    try:
        meta, arrays = files.read(place / folder.STATE)
    except OSError as error:
        raise InputError(f"{at} cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{at} cannot be used: {error}; {remedy}") from error
    if meta.get("words") != _fingerprint(place):
        raise InputError(f"{at} is of another {WORDS} than the one there; {remedy}")
    dtype = np.float32 if config.model.dtype == "float32" else np.uint16
    tables = {INPUT: words} if config.model.tied else {INPUT: words, OUTPUT: contexts}
    for name, rows in tables.items():
        found = arrays.get(name)
        if found is None or found.shape != (len(rows.words), config.model.dim) or found.dtype != dtype:
            raise InputError(f"{at} does not hold what result.json says; {remedy}")
    if _optimizer(result) != _optimizer(results.flatten(asdict(config))):
        return {name: arrays[name] for name in tables}  # sums of another kind
    return dict(arrays)


def _optimizer(flat: dict[str, Any]) -> dict[str, Any]:
    """The settings that say what the numbers mean which an optimizer keeps for each row."""
    keys = ("optimizer.name", *(("optimizer.transform", "optimizer.options") * (flat.get("optimizer.name") == "optax")))
    return {key: value for key, value in flat.items() if key.startswith(keys)}


def _from_vectors(place: Path, result: dict, config: Config, words: Vocabulary, contexts: Vocabulary) -> dict:
    at = _at(place)
    if config.model.objective == "hierarchical_softmax":
        raise InputError(f"{at}: there is no {folder.STATE}; train that run with train.save_state=true")
    arrays = {}
    for name, stem, rows in ((INPUT, "vectors", words), (OUTPUT, "vectors-output", contexts)):
        if name == OUTPUT and config.model.tied:
            continue
        paths = [path for format in formats.FORMATS if (path := place / f"{stem}.{format}").exists()]
        if not paths:
            raise InputError(
                f"{at}: there is neither {folder.STATE} nor {stem}.bin; train that run with train.save_state=true "
                "or vectors.matrices=[input,output]"
            )
        table = formats.load(paths[0])
        if table.words != rows.words or table.vectors_VD.shape[1] != config.model.dim:
            raise InputError(f"{at}: its {paths[0].name} is not of its vocabulary and model.dim; train that run again")
        arrays[name] = np.asarray(storage.stored(jnp.asarray(table.vectors_VD), config.model.dtype))
    return arrays


def _fingerprint(place: Path) -> str:
    """64 hexadecimal digits that stand for the vocabularies in a folder."""
    paths = [path for path in (place / WORDS, place / CONTEXTS) if path.exists()]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def _digest(words: Vocabulary, contexts: Vocabulary | None, arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for rows in (words.words, contexts.words if contexts else []):
        digest.update("\n".join(rows).encode() + b"\0")
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.name} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
