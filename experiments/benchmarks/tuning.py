"""A baseline's learning rate, chosen on one half of the test questions, so that the other half can be reported."""

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from experiments.benchmarks.trials import Program, Questions, mean, run_trial
from jaxw2v.errors import InputError


class Tuned(NamedTuple):
    """The best learning rate, and the scores of each that was tried, on the half for tuning; none of one alone."""

    rate: float
    tried: list[dict[str, Any]]

    def note(self) -> str:
        """What a table says of it."""
        by_rate = ", ".join(f"{each['learning_rate']:g}: {each['mean']:.3f}" for each in self.tried)
        best = f", the best on one half of each test set (one seed; means {by_rate})" if self.tried else ""
        return f"gensim has the learning rate {self.rate:g}{best}; the scores of all programs are of the other half."


def tune(
    chosen: Namespace, gensim: Program, rates: Sequence[float], test_sets: Mapping[str, Questions],
    say: Callable[[str], None],
) -> Tuned:  # fmt: skip
    """The rate with the highest mean score, trained with seed 1; one rate alone is taken as it is.

    Args:
      chosen: see `run_trial`.
      gensim: without a learning rate.
      rates: to try.
      test_sets: the halves for tuning.
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
            raise InputError("--tune-gensim: no question for tuning has known words; give other test sets")
        tried.append({"learning_rate": rate, "scores": scores, "mean": average})
        say(f"{gensim.name}, learning rate {rate:g}: mean score {average:.3f} on the half for tuning")
    return Tuned(max(tried, key=lambda each: each["mean"])["learning_rate"], tried)
