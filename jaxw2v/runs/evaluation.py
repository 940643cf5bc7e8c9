"""Evaluation: the test sets of a run, the scores of its vectors and their predictions."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files.lines import PLAIN, Rules
from jaxw2v.files.writing import printable
from jaxw2v.settings.eval import EvalSettings
from jaxw2v.settings.heldout import SCORE
from jaxw2v.vectors import analogies, neighbors, pair_files, question_files, similarity
from jaxw2v.vectors.halves import half
from jaxw2v.vectors.lookup import Lookup, lookup
from jaxw2v.vectors.table import Table, vector
from jaxw2v.vectors.unanswered import NO_RANKS, reason

_NO_HALF = "leave out eval.half"
Questions = analogies.Questions | similarity.WordPairs
TestSets = dict[str, Questions]
Scores = dict[str, float | int | None]
Predictions = dict[str, np.ndarray]  # the arrays of predictions.npz; see `evaluate`


def read_test_sets(
    settings: EvalSettings, rules: Rules = PLAIN, say: Callable[[str], None] = lambda line: None
) -> TestSets:
    """The test sets that the settings name, by the stems of their files.

    Args:
      settings: of the evaluation.
      rules: by which lines become words.
      say: takes a line for a person: what was passed over in a file.

    Raises:
      InputError: a file cannot be read, two have the same name, one is too small for halves, or `settings.objective` is
        not one of their scores.
    """
    found: TestSets = {}
    for is_pairs, paths in ((True, settings.similarity), (False, settings.analogies)):
        for path in paths:
            name = printable(question_files.section_of(path))
            if name in found:
                raise InputError(f"{path}: a second test set called {name}; rename the file, scores go by its name")
            if is_pairs:
                pairs = pair_files.load(path, settings.columns, rules, say)
                found[name] = half(path, pairs, settings.half, _NO_HALF)
            else:
                found[name] = half(path, question_files.load(path, rules, say), settings.half, _NO_HALF)
    names = [key for name, questions in found.items() for key in _score_names(name, questions, settings)]
    if settings.objective not in (None, SCORE, *names):
        raise InputError(
            f"eval.objective={settings.objective}: choose one of {', '.join(names) or 'none, no test set is named'}"
        )
    return found


def evaluate(table: Table | Lookup, test_sets: TestSets, settings: EvalSettings) -> tuple[Scores, Predictions]:
    """Scores by "NAME.METHOD", with "NAME.METHOD.answered" and "NAME.METHOD.asked"; and the single predictions.

    Predictions are for statistics over questions: "NAME.spearman" [Q] float64, the cosines (NaN: unanswered), with
    "NAME.human" [Q] float64; "NAME.3cosadd" or "NAME.3cosmul" [Q] int8, 1 right, 0 wrong, -1 unanswered, with
    "NAME.pairs" [Q, 3] of `analogies.word_pairs`; and "NAME.sha256", which is equal for runs that were asked the same
    questions in the same order.
    """
    asked = lookup(table)
    flat: Scores = {}
    predictions: Predictions = {}
    for name, questions in test_sets.items():
        for key in _score_names(name, questions, settings):
            if isinstance(questions, analogies.Questions):
                found = analogies.evaluate(
                    asked,
                    questions,
                    method=key.rpartition(".")[2],
                    restrict_vocab=settings.restrict_vocab,
                    case=settings.case,
                    oov=settings.oov,
                )
                score, predictions[key] = found.total, found.right_Q
                predictions[f"{name}.pairs"] = analogies.word_pairs(questions)
            else:
                predictions[key] = similarity.cosines(asked.table, questions, settings.case)
                predictions[f"{name}.human"] = questions.human_Q
                score = similarity.score(predictions[key], questions.human_Q)
            flat |= {key: score.value, f"{key}.answered": score.answered, f"{key}.asked": score.asked}
        predictions[f"{name}.sha256"] = np.array(_fingerprint(questions))
    return flat, predictions


def unanswered(table: Table, test_sets: TestSets, scores: Scores, settings: EvalSettings) -> list[str]:
    """A line for each test set of which no question could be answered: why, and what to do."""
    lines = []
    for name, questions in test_sets.items():
        key = _score_names(name, questions, settings)[0]
        if not scores[f"{key}.answered"]:
            limit = settings.restrict_vocab if isinstance(questions, analogies.Questions) else None
            why = reason(table.words, questions.words, settings.case, limit)
            lines.append(f"{name}: none of its {scores[f'{key}.asked']:,} questions could be answered: {why}")
        elif scores[key] is None:
            lines.append(f"{name}: {NO_RANKS}")
    return lines


def _fingerprint(questions: Questions) -> str:
    human: list[Any] = [] if isinstance(questions, analogies.Questions) else questions.human_Q.tolist()
    if isinstance(questions, analogies.Questions) and questions.also:
        human = list(questions.also)
    return hashlib.sha256(json.dumps([questions.words, human]).encode()).hexdigest()


def shown_neighbors(table: Table, words: list[str], n: int = 6) -> list[tuple[str, list[neighbors.Neighbor] | None]]:
    """The nearest words of each of `words`; None for one that is not in the table or has a row of zeros.

    If `words` is empty: of a few words of medium frequency.
    """
    asked = Lookup(table)
    words = words or [table.words[rank] for rank in (100, 300, 1000, 3000) if rank < len(table.words)]
    known = [word in asked.row_of and bool(vector(table, asked.row(word)).any()) for word in words]
    return [(word, neighbors.nearest(asked, word, n) if has else None) for word, has in zip(words, known)]


def chosen_score(scores: Scores, name: str | None) -> float | None:
    """The score called `name`, or if it is None the mean of all scores of test sets; None where there is none.

    For "heldout.loss", minus the loss: a greater score is better.
    """
    if name == SCORE:
        loss = scores.get(SCORE)
        return None if loss is None else -loss
    other = (".answered", ".asked")
    values = [
        value
        for key, value in scores.items()
        if name in (None, key) and value is not None and not key.endswith(other) and not key.startswith("heldout.")
    ]
    return float(np.mean(values)) if values else None


def _score_names(name: str, questions: Questions, settings: EvalSettings) -> list[str]:
    methods = settings.methods if isinstance(questions, analogies.Questions) else ["spearman"]
    return [f"{name}.{method}" for method in methods]
