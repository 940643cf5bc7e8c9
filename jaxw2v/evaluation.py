"""Evaluation: the test sets of a run and the scores of its vectors."""

from pathlib import Path

import numpy as np

from jaxw2v.config import Eval
from jaxw2v.errors import InputError
from jaxw2v.vectors import analogies, neighbours, similarity
from jaxw2v.vectors.table import Table

TestSets = dict[str, "analogies.Questions | similarity.Pairs"]
Scores = dict[str, float | int | None]


def read_test_sets(settings: Eval) -> TestSets:
    """The test sets that the settings name, by the stems of their files.

    Raises:
      InputError: a file cannot be read, or two have one name.
    """
    found: TestSets = {}
    for read, paths in ((similarity.load_pairs, settings.similarity), (analogies.load_questions, settings.analogies)):
        for path in paths:
            name = Path(path).stem
            if name in found:
                raise InputError(f"{path}: a second test set called {name}; rename the file, scores go by its name")
            found[name] = read(Path(path))
    return found


def evaluate(table: Table, test_sets: TestSets, settings: Eval) -> Scores:
    """Scores by "NAME.METHOD", each with NAME.METHOD.answered and NAME.METHOD.asked."""
    found = {}
    for name, questions in test_sets.items():
        if isinstance(questions, analogies.Questions):
            for method in settings.methods:
                found[f"{name}.{method}"] = analogies.evaluate(
                    table,
                    questions,
                    method=method,
                    vocabulary=settings.vocabulary,
                    case=settings.case,
                    unanswerable=settings.unanswerable,
                ).total
        else:
            found[f"{name}.spearman"] = similarity.evaluate(table, questions, case=settings.case)
    flat = {}
    for key, score in found.items():
        flat |= {key: score.value, f"{key}.answered": score.answered, f"{key}.asked": score.asked}
    return flat


def shown_neighbours(table: Table, words: list[str], n: int = 6) -> list[tuple[str, list[tuple[str, float]]]]:
    """Nearest words of those of `words` that the table has; of a few words of middling frequency if none is named."""
    known = set(table.words)
    if not words:
        words = [table.words[rank] for rank in (100, 300, 1000, 3000) if rank < len(table.words)]
    return [(word, neighbours.nearest(table, word, n)) for word in words if word in known]


def chosen_score(scores: Scores, name: str | None) -> float | None:
    """The score called `name`, or the mean of all that there are if it is None; None where there is none.

    Raises:
      InputError: no score has that name.
    """
    values = {key: value for key, value in scores.items() if not key.endswith((".answered", ".asked"))}
    if name is not None and name not in values:
        raise InputError(f"eval.score={name}: choose one of {', '.join(values) or 'none: no test sets are named'}")
    known = [value for key, value in values.items() if value is not None and name in (None, key)]
    return float(np.mean(known)) if known else None
