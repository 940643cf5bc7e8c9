"""Predictions of runs for the single questions of a test set."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files import npz
from jaxw2v.study.collection import Run

_LARGEST = 2**26  # bytes of an array: eight million questions


class Predictions(NamedTuple):
    """The predictions of R runs for the same Q questions.

    Attributes:
      predicted_RQ: [R, Q] cosines or, of analogies, 1 right, 0 wrong; NaN: unanswered.
      human_Q: [Q] human judgments; None: of analogies.
      pairs_Q3: [Q, 3] of analogies, the section and both word pairs, as numbers; None: of word pairs, or not recorded.
    """

    predicted_RQ: np.ndarray
    human_Q: np.ndarray | None
    pairs_Q3: np.ndarray | None


def read_predictions(runs: Sequence[Run], name: str) -> Predictions | str:
    """The predictions behind the score called `name`, or why there are none.

    Raises:
      InputError: a file predictions.npz is damaged.
    """
    test_set, _, method = name.rpartition(".")
    rows: list[np.ndarray] = []
    humans: list[np.ndarray | None] = []
    pairs_Q3: np.ndarray | None = None
    fingerprints: set[bytes] = set()
    for run in runs:
        path = run.folder / "predictions.npz"
        if not path.exists():
            return f"{run.name} has no predictions.npz"
        try:
            with open(path, "rb") as file:
                names = [name, *(f"{test_set}.{part}" for part in ("sha256", "human", "pairs"))]
                arrays = npz.read_arrays(file, names, _LARGEST)
            if name not in arrays:
                return f"{run.name} has no predictions for {test_set}"
            row_Q, human_Q, fingerprint = _checked(arrays, name)
            pairs_Q3 = arrays.get(f"{test_set}.pairs", pairs_Q3) if method != "spearman" else None
            if rows and len(row_Q) != len(rows[0]) and fingerprint in fingerprints:
                raise ValueError(f"{name}: {len(row_Q)} predictions for {len(rows[0])} questions")
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: damaged ({error}); remove it and its result.json, start again") from error
        if method != "spearman":
            unanswered = 0.0 if run.result.get("eval.oov") == "wrong" else np.nan
            row_Q = np.where(row_Q < 0, unanswered, row_Q)
        rows.append(row_Q)
        humans.append(human_Q)
        fingerprints.add(fingerprint)
    if len(fingerprints) > 1:
        return f"runs were asked different questions under the name {test_set}"
    return Predictions(np.stack(rows), humans[0], pairs_Q3)


def _checked(arrays: Mapping[str, np.ndarray], name: str) -> tuple[np.ndarray, np.ndarray | None, bytes]:
    """[Q] float64 predictions, [Q] human judgments (None: of analogies) and the questions' fingerprint.

    Raises:
      ValueError: the arrays do not fit one another.
    """
    test_set, _, method = name.rpartition(".")
    row_Q, fingerprint = arrays[name], arrays.get(f"{test_set}.sha256")
    human_Q = arrays.get(f"{test_set}.human") if method == "spearman" else None
    for array, kinds in ((row_Q, "fi"), (human_Q, "f")):
        if array is not None and not (array.ndim == 1 and array.dtype.kind in kinds and len(array) == len(row_Q)):
            raise ValueError(f"{name}: the arrays have another form")
    pairs = arrays.get(f"{test_set}.pairs")
    if pairs is not None and not (pairs.shape == (len(row_Q), 3) and pairs.dtype.kind == "i"):
        raise ValueError(f"{name}: the word pairs have another form")
    if fingerprint is None or fingerprint.dtype.kind != "U" or fingerprint.ndim:
        raise ValueError(f"{name}: no fingerprint of the questions")
    if human_Q is None and method == "spearman":
        raise ValueError(f"{name}: no human judgments")
    return row_Q.astype(np.float64), human_Q, fingerprint.tobytes()  # as bytes: a damaged string may be no text
