"""Vectors of another program, scored as a run was, in a folder that a report reads beside the runs."""

from collections.abc import Callable, Collection
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files.lines import Rules
from jaxw2v.files.results import provenance, read_result, write_result
from jaxw2v.runs import evaluation
from jaxw2v.runs.outputs import FILES, fingerprint
from jaxw2v.settings.eval import EvalSettings
from jaxw2v.study.collection import PROGRAM
from jaxw2v.vectors import formats
from jaxw2v.vectors.table import Table

_ORIGIN = ("corpus.sha256", "corpus.raw_words", "corpus.words", "code.version", "code.commit", "code.dirty")


class Asked(NamedTuple):
    """How vectors are to be scored: as a run was.

    Attributes:
      result: of the run.
      settings: of its evaluation.
      test_sets: that it was scored on.
    """

    result: dict[str, Any]
    settings: EvalSettings
    test_sets: evaluation.TestSets


def read(run: Path, say: Callable[[str], None]) -> Asked:
    """How the run in a folder was scored.

    Args:
      run: the folder.
      say: takes a line for a person.

    Raises:
      InputError: no run has ended there, or it has no test sets, or one of them cannot be read.
    """
    result = read_result(run / "result.json")
    names = [field.name for field in fields(EvalSettings)]
    needed = {*(f"eval.{name}" for name in names), *_ORIGIN, "corpus.white_space", "vectors.matrices"}
    if result is None or not needed <= result.keys():
        raise InputError(f"{run}: no run of this version that has ended; name the folder of one, with its result.json")
    settings = EvalSettings(**{name: result[f"eval.{name}"] for name in names})
    test_sets = evaluation.read_test_sets(settings, Rules(result["corpus.white_space"]), say)
    if not test_sets:
        raise InputError(f"{run}: that run was scored on no test set; name one that was")
    return Asked(result, settings, test_sets)


def write(
    folder: Path, table: Table, asked: Asked, program: str, seed: int, names: Collection[str], repository: Path
) -> evaluation.Scores:
    """Scores the vectors, and leaves what a report reads: result.json, predictions.npz and the vectors.

    In the result all settings are those of the run, so that the program alone is what differs; it says nothing of how
    the other program was called. `scored.*` says which code scored, `code.*` is that of the run.

    Args:
      folder: for these files.
      table: the vectors.
      asked: from `read`.
      program: what made the vectors.
      seed: of them: configurations are compared on the seeds that both have.
      names: of all settings.
      repository: whose commit scores.

    Returns:
      As of `evaluation.evaluate`.

    Raises:
      InputError: a file cannot be written, or `folder` has a run of this program.
    """
    if read_result(folder / "result.json") is not None:
        raise InputError(f"{folder}: has a run of this program; choose another folder")
    scores, predictions = evaluation.evaluate(table, asked.test_sets, asked.settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(folder / "predictions.npz", **predictions)  # type: ignore[arg-type]  # of its stubs
    except OSError as error:
        raise InputError(f"{folder}: cannot write ({error.strerror}); choose another folder") from error
    formats.save(table, folder / f"{FILES[asked.result['vectors.matrices'][0]]}.bin", "bin")  # where a report looks
    here = {key.replace("code.", "scored."): value for key, value in provenance(repository).items()}
    below = tuple(f"{name}." for name in names)
    result = {
        **{key: value for key, value in asked.result.items() if key in names or key.startswith(below)},
        PROGRAM: program,
        "seed": seed,
        **{f"scores.{key}": value for key, value in scores.items()},
        "vectors.sha256": fingerprint(table),
        "vocab.words": len(table.words),
        **{key: asked.result[key] for key in _ORIGIN},
        **{key: value for key, value in here.items() if not key.startswith("machine.")},
    }
    write_result(folder / "result.json", result)
    return scores
