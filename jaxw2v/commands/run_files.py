"""The vectors and the vocabulary that a finished run left."""

from pathlib import Path

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.study.collection import OURS, PROGRAM, Run
from jaxw2v.text import vocabulary
from jaxw2v.text.vocabulary import Vocabulary
from jaxw2v.vectors import formats
from jaxw2v.vectors.table import index, unit_rows


def words(one: Run) -> list[str] | None:
    """The words of a run, most frequent first, or as another program's file has them; None: no vectors were saved."""
    files = _files(one)
    if not files or one.result[PROGRAM] == OURS:
        return counted_words(one).words if files else None
    return formats.load(files[0]).words


def counted_words(one: Run) -> Vocabulary:
    """The words of a run that saved its vectors, with their counts.

    Raises:
      InputError: the vectors are another program's, which has left no counts.
    """
    if one.result[PROGRAM] != OURS:
        raise InputError(
            f"{one.folder}: vectors of {one.result[PROGRAM]}, without counts of words; leave its folder out"
        )
    return vocabulary.load(one.folder / "vocabulary.txt")


def unit_vectors(one: Run, words: list[str]) -> np.ndarray:
    """[V, D] rows of length 1 of the matrix that was evaluated, for the words given."""
    table = formats.load(_files(one)[0])
    row_of = index(table)
    return unit_rows(table.vectors_VD[[row_of[word] for word in words]])


def _files(one: Run) -> list[Path]:
    """The files of that matrix, one for each format; none of a run without a vocabulary beside them."""
    name = {"input": "vectors", "output": "vectors-output", "sum": "vectors-sum"}[one.result["vectors.matrices"][0]]
    paths = [one.folder / f"{name}.{ending}" for ending in formats.FORMATS]
    if one.result[PROGRAM] == OURS and not (one.folder / "vocabulary.txt").exists():
        return []
    return [path for path in paths if path.exists()]
