"""Runs with the same vectors are named, and what has no effect on them."""

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse

from jaxw2v.launch.mistakes import setting_names
from jaxw2v.runs.outputs import fingerprint
from jaxw2v.study import collection, equal_tables
from jaxw2v.study.collection import Run
from jaxw2v.vectors import formats
from jaxw2v.vectors.table import Table

ORIGIN = {"corpus.sha256": "a" * 64, "code.version": "1", "code.commit": None}


def remarks(*results: dict) -> list[str]:
    runs = [Run(f"run {at}", Path(), ORIGIN | {"seed": 1} | result) for at, result in enumerate(results)]
    (group,) = collection.group(runs, setting_names(), "refuse")
    return equal_tables.remarks(group)


def test_runs_with_the_same_vectors_are_named():
    same, other = {"vectors.sha256": "b" * 64}, {"vectors.sha256": "c" * 64}
    assert remarks({"negatives.k": 1} | same, {"negatives.k": 5} | same, {"negatives.k": 9} | other) == [
        "Runs run 0 and run 1 have the same vectors: negatives.k has no effect there."
    ]
    assert remarks({"seed": 1} | same, {"seed": 2} | same) == [
        "Runs run 0 and run 1 have the same vectors: seed has no effect there."
    ]
    assert remarks({"negatives.k": 1} | same, {"negatives.k": 5} | other) == []
    assert remarks({"negatives.k": 1}, {"negatives.k": 5}) == []  # of an older version, without a digest
    assert remarks({"eval.oov": "skip"} | same, {"eval.oov": "wrong"} | same) == []  # not meant to have one
    assert remarks(same, same) == []  # one run and its repetition


def test_many_are_counted():
    results = [{"negatives.k": k, "windows.window": w, "vectors.sha256": f"{w}" * 64} for k in (1, 5) for w in range(9)]
    said = remarks(*results)
    assert len(said) == equal_tables.SHOWN + 1
    assert said[-1] == "So have 4 more sets of runs the same vectors."
    assert remarks(*[{"negatives.k": k, "vectors.sha256": "d" * 64} for k in range(8)]) == [
        "Runs run 0, run 1, run 2, run 3, run 4 and 3 more have the same vectors: negatives.k has no effect there."
    ]


def test_a_run_records_the_digest_of_what_it_saves(trained):
    result = json.loads((trained.folder / "result.json").read_text())
    assert result["vectors.sha256"] == fingerprint(formats.load(trained.folder / "vectors.npz"))


@pytest.mark.parametrize("make", [np.asarray, scipy.sparse.csr_array])
def test_a_digest_is_of_the_words_and_every_number(make):
    array = np.float32([[0, 1], [2, 0]])
    digest = fingerprint(Table(["a", "b"], make(array)))
    assert digest == fingerprint(Table(["a", "b"], make(array.copy())))
    others = [
        Table(["a", "c"], make(array)),
        Table(["a", "b"], make(array.T)),
        Table(["a", "b"], make(array + 1e-7 * array)),
    ]
    assert len({digest, *map(fingerprint, others)}) == 4
