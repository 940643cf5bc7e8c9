"""Halves of a test set: defaults are chosen by one and figures are reported of the other."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.vectors.analogies import Questions
from jaxw2v.vectors.similarity import WordPairs

HALVES = ("tuning", "reporting")
TestSet = TypeVar("TestSet", Questions, WordPairs, Questions | WordPairs)


def half(name: str, questions: TestSet, which: str | None, remedy: str) -> TestSet:
    """The questions of a half, in order; None: all.

    The half of a question is a hash of its words whatever their case, the same for every file that asks it. Word pairs
    in either order, and equal questions, are in one half. A word pair of analogies stands in questions of both.

    Args:
      name: of the test set, for the message.
      questions: Q of them.
      which: one of `HALVES`.
      remedy: what to do about a test set that is too small.

    Raises:
      InputError: a half has fewer than two questions.
    """
    if which is None:
        return questions
    tuning_Q = np.array([_is_tuning(each) for each in questions.words])
    if min(tuning_Q.sum(), (~tuning_Q).sum()) < 2:
        raise InputError(f"{name}: {len(tuning_Q)} questions are too few to split in halves; {remedy}")
    return _part(questions, tuning_Q if which == "tuning" else ~tuning_Q)


def _is_tuning(words: Sequence[str]) -> bool:
    folded = sorted(each.lower() for each in words) if len(words) == 2 else [each.lower() for each in words]
    return hashlib.sha256("\t".join(folded).encode("utf-8", "surrogateescape")).digest()[0] % 2 == 0


def _part(questions: TestSet, chosen_Q: np.ndarray) -> TestSet:
    def of(values: Sequence) -> list:
        return [value for value, is_chosen in zip(values, chosen_Q) if is_chosen]

    if isinstance(questions, WordPairs):
        return WordPairs(of(questions.words), questions.human_Q[chosen_Q])
    return questions._replace(
        words=of(questions.words), section_Q=questions.section_Q[chosen_Q], also=of(questions.also)
    )
