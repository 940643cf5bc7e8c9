"""A baseline's learning rate, chosen on one half of the test questions, so that the other half can be reported."""

import hashlib
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from experiments.benchmarks.trials import Program, Questions, mean, run_trial
from jaxw2v.errors import InputError
from jaxw2v.vectors.similarity import WordPairs


class Tuned(NamedTuple):
    """The best learning rate, and the validation scores of each that was tried; none where there was one only."""

    rate: float
    tried: list[dict[str, Any]]

    def note(self) -> str:
        """What a table says of it."""
        by_rate = ", ".join(f"{each['learning_rate']:g}: {each['mean']:.3f}" for each in self.tried)
        best = f", the best on one half of each test set (one seed; means {by_rate})" if self.tried else ""
        return f"gensim has the learning rate {self.rate:g}{best}; the scores of all programs are of the other half."


def halves(name: str, questions: Questions) -> tuple[Questions, Questions]:
    """The questions for validation and those to report, by a hash of each question's words whatever their case.

    Word pairs in either order, and equal questions, are in one half.

    Raises:
      InputError: a half has fewer than two questions.
    """
    chosen_Q = np.array([_is_validation(each) for each in questions.words])
    if min(chosen_Q.sum(), (~chosen_Q).sum()) < 2:
        raise InputError(f"{name}: {len(chosen_Q)} questions are too few to split in halves; leave out --tune-gensim")
    return _part(questions, chosen_Q), _part(questions, ~chosen_Q)


def _is_validation(words: Sequence[str]) -> bool:
    folded = sorted(each.lower() for each in words) if len(words) == 2 else [each.lower() for each in words]
    return hashlib.sha256("\t".join(folded).encode("utf-8", "surrogateescape")).digest()[0] % 2 == 0


def _part(questions: Questions, chosen_Q: np.ndarray) -> Questions:
    def of(values: Sequence) -> list:
        return [value for value, is_chosen in zip(values, chosen_Q) if is_chosen]

    if isinstance(questions, WordPairs):
        return WordPairs(of(questions.words), questions.human_Q[chosen_Q])
    return questions._replace(
        words=of(questions.words), section_Q=questions.section_Q[chosen_Q], also=of(questions.also)
    )


def tune(
    chosen: Namespace, gensim: Program, rates: Sequence[float], test_sets: Mapping[str, Questions],
    say: Callable[[str], None],
) -> Tuned:  # fmt: skip
    """The rate with the highest mean score, trained with seed 1; one rate alone is taken as it is.

    Args:
      chosen: see `run_trial`.
      gensim: without a learning rate.
      rates: to try.
      test_sets: the validation halves.
      say: takes a line for a person.

    Raises:
      InputError: no question can be answered; training fails.
    """
    if len(rates) == 1:
        return Tuned(rates[0], [])
    tried = []
    for rate in rates:
        program = gensim._replace(words=[*gensim.words, f"--learning-rate={rate}"])
        scores = run_trial(chosen, program, 1, test_sets)["scores"]
        average = mean(scores)
        if average is None:
            raise InputError("--tune-gensim: no question for validation has known words; give other test sets")
        tried.append({"learning_rate": rate, "scores": scores, "mean": average})
        say(f"{gensim.name}, learning rate {rate:g}: mean score {average:.3f} on the half for validation")
    return Tuned(max(tried, key=lambda each: each["mean"])["learning_rate"], tried)
