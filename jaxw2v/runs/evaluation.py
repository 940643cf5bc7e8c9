"""Evaluation: the test sets of a run and the scores of its vectors."""

import hashlib
import json
from pathlib import Path

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.settings.eval import EvalSettings
from jaxw2v.settings.heldout import SCORE
from jaxw2v.vectors import analogies, neighbors, similarity
from jaxw2v.vectors.table import Table, index, vector

TestSets = dict[str, "analogies.Questions | similarity.Pairs"]
Scores = dict[str, float | int | None]
Answers = dict[str, np.ndarray]  # what predictions.npz holds; see `evaluate`


def read_test_sets(settings: EvalSettings) -> TestSets:
    """The test sets that the settings name, by the stems of their files.

    Raises:
      InputError: a file cannot be read, two have one name, or `settings.objective` is no score of these.
    """
    found: TestSets = {}
    for read, paths in ((similarity.load_pairs, settings.similarity), (analogies.load_questions, settings.analogies)):
        for path in paths:
            name = Path(path).stem
            if name in found:
                raise InputError(f"{path}: a second test set called {name}; rename the file, scores go by its name")
            found[name] = read(Path(path))
    names = [key for name, questions in found.items() for key in _score_names(name, questions, settings)]
    if settings.objective not in (None, SCORE, *names):
        raise InputError(
            f"eval.objective={settings.objective}: choose one of {', '.join(names) or 'none, no test set is named'}"
        )
    return found


def evaluate(table: Table, test_sets: TestSets, settings: EvalSettings) -> tuple[Scores, Answers]:
    """Scores by "NAME.METHOD", each with NAME.METHOD.answered and NAME.METHOD.asked; and the single answers.

    The answers are what a bootstrap over questions needs: "NAME.spearman" [Q] float64, the cosines (NaN: unanswered),
    with "NAME.human" [Q] float64; "NAME.3cosadd" or "NAME.3cosmul" [Q] int8, 1 right, 0 wrong, -1 unanswered; and
    "NAME.sha256", by which two runs know that they were asked the same questions in the same order.
    """
    flat: Scores = {}
    answers: Answers = {}
    for name, questions in test_sets.items():
        for key in _score_names(name, questions, settings):
            if isinstance(questions, analogies.Questions):
                found = analogies.evaluate(
                    table,
                    questions,
                    method=key.rpartition(".")[2],
                    restrict_vocab=settings.restrict_vocab,
                    case=settings.case,
                    oov=settings.oov,
                )
                score, answers[key] = found.total, found.right_Q
            else:
                answers[key] = similarity.cosines(table, questions, settings.case)
                answers[f"{name}.human"] = questions.human_Q
                score = similarity.score(answers[key], questions.human_Q)
            flat |= {key: score.value, f"{key}.answered": score.answered, f"{key}.asked": score.asked}
        answers[f"{name}.sha256"] = np.array(_fingerprint(questions))
    return flat, answers


def _fingerprint(questions: "analogies.Questions | similarity.Pairs") -> str:
    human = [] if isinstance(questions, analogies.Questions) else questions.human_Q.tolist()
    return hashlib.sha256(json.dumps([questions.words, human]).encode()).hexdigest()


def shown_neighbors(table: Table, words: list[str], n: int = 6) -> list[tuple[str, list[neighbors.Neighbor] | None]]:
    """The nearest words of each of `words`, None for one that has no direction: not in the table, or a row of zeros.

    If `words` is empty, a few words of middling frequency stand in.
    """
    row_of = index(table)
    words = words or [table.words[rank] for rank in (100, 300, 1000, 3000) if rank < len(table.words)]
    known = [word in row_of and bool(vector(table, row_of[word]).any()) for word in words]
    return [(word, neighbors.nearest(table, word, n) if has else None) for word, has in zip(words, known)]


def chosen_score(scores: Scores, name: str | None) -> float | None:
    """The score called `name`, or the mean of all of test sets if it is None; None where there is none.

    Of "heldout.loss", minus the loss: of every score more is better.
    """
    if name == SCORE:
        return None if scores.get(SCORE) is None else -scores[SCORE]
    other = (".answered", ".asked")
    values = [
        value
        for key, value in scores.items()
        if name in (None, key) and value is not None and not key.endswith(other) and not key.startswith("heldout.")
    ]
    return float(np.mean(values)) if values else None


def _score_names(name: str, questions: object, settings: EvalSettings) -> list[str]:
    methods = settings.methods if isinstance(questions, analogies.Questions) else ["spearman"]
    return [f"{name}.{method}" for method in methods]


def _choice(names: list[str]) -> str:
    return f"choose one of {', '.join(names)}" if names else "there are no scores; name test sets or leave it null"
