"""What runs answered to the single questions of a test set."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files import npz
from jaxw2v.study.collection import Run

_LARGEST = 2**26  # bytes of an array of answers: eight million questions


class Answers(NamedTuple):
    """What R runs answered to the same Q questions.

    Attributes:
      answer_RQ: [R, Q] cosines or, of analogies, 1 right, 0 wrong; NaN where a run had no answer.
      human_Q: [Q], or None for analogies.
    """

    answer_RQ: np.ndarray
    human_Q: np.ndarray | None


def read_answers(runs: Sequence[Run], name: str) -> Answers | str:
    """The answers behind the score called `name`, or why there are none.

    Raises:
      InputError: a file of answers is broken.
    """
    test_set, _, method = name.rpartition(".")
    rows, humans, prints = [], [], set()
    for run in runs:
        path = run.folder / "predictions.npz"
        if not path.exists():
            return f"{run.name} left no predictions.npz"
        try:
            with open(path, "rb") as file:
                arrays = npz.read_arrays(file, [name, f"{test_set}.sha256", f"{test_set}.human"], _LARGEST)
            if name not in arrays:
                return f"{run.name} left no answers to {test_set}"
            row, human, print_ = (arrays.get(key) for key in (name, f"{test_set}.human", f"{test_set}.sha256"))
            human = human if method == "spearman" else None
            for array, kinds in ((row, "fi"), (human, "f")):
                if array is not None and not (array.ndim == 1 and array.dtype.kind in kinds and len(array) == len(row)):
                    raise ValueError(f"{name}: no numbers of that form")
            if print_ is None or print_.dtype.kind != "U" or print_.ndim or (human is None) == (method == "spearman"):
                raise ValueError(f"{name}: no record of what was asked")
            print_ = print_.tobytes()  # may be no text at all
            if rows and len(row) != len(rows[0]) and print_ in prints:
                raise ValueError(f"{name}: {len(row)} answers to {len(rows[0])} questions")
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: not whole ({error}); remove it and its result.json, start again") from error
        row = row.astype(np.float64)
        prints.add(print_)
        humans.append(human)
        if method != "spearman":
            unknown = 0.0 if run.result.get("eval.oov") == "wrong" else np.nan
            row = np.where(row < 0, unknown, row)
        rows.append(row)
    if len(prints) > 1:
        return f"runs were asked different questions under the name {test_set}"
    return Answers(np.stack(rows), humans[0])
