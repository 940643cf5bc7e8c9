"""Comparisons of the configurations of a group, two by two, by one score."""

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.study import statistics
from jaxw2v.study.collection import Configuration, Group, Run, score_of, shortened, shown
from jaxw2v.study.predictions import read_predictions
from jaxw2v.study.statistics import Comparison, SeedScores
from jaxw2v.study.tables import Choices, ReportTable, name_of, probability, scored

Resampled = Mapping[str, tuple[float, np.ndarray]]  # of `_resampled`


class Pair(NamedTuple):
    """Two configurations of a group compared by one score.

    Attributes:
      one, other: indices in `Group.configurations`.
      comparison: one minus other.
      holm: p corrected for all pairs of this score.
    """

    one: int
    other: int
    comparison: Comparison
    holm: float | None


def comparisons(group: Group, score: str, choices: Choices) -> tuple[list[Pair], str]:
    """Configurations compared two by two, and a remark on how.

    All pairs, or each with the reference: the one that `choices` names, else `group.reference`, if there is one.

    Raises:
      InputError: no configuration, or more than one, has the values of the reference.
    """
    reference = _reference(group, choices.reference)
    every = range(len(group.configurations))
    if reference is None:
        pairs = list(itertools.combinations(every, 2))
    else:
        pairs = [(at, reference) for at in every if at != reference]
    values = [scored(configuration, score) for configuration in group.configurations]
    runs = [run for each in group.configurations for run in each.runs if score_of(run, score) is not None]
    resampled, questions, remark = _resampled(runs, score, choices)
    found = []
    for one, other in pairs:
        shared = sorted(values[one].keys() & values[other].keys())
        if not shared:
            continue
        ours, theirs = (_scores(group.configurations[at], shared, values[at], resampled) for at in (one, other))
        compared = statistics.compare(
            ours, theirs, questions, seed=choices.seed, confidence=choices.confidence, power=choices.power
        )
        found.append((one, other, compared))
    corrected = statistics.holm([compared.p for _, _, compared in found])
    if reference is not None:
        named = name_of(group, group.configurations[reference])
        remark = f"Each against {'the reference' if reference == group.reference else named}. {remark}"
    return [Pair(*line, holm) for line, holm in zip(found, corrected)], remark


def _scores(
    configuration: Configuration, seeds: Sequence[int], values: Mapping[int, float], resampled: Resampled | None
) -> SeedScores:
    """The scores of the seeds: those of the common questions where there are resamples, else those of the results."""
    if resampled is None:
        return SeedScores(np.array([values[seed] for seed in seeds]))
    of_seed = {run.result["seed"]: run for run in configuration.runs}
    columns = [resampled[of_seed[seed].name] for seed in seeds]
    return SeedScores(np.array([score for score, _ in columns]), np.stack([drawn_L for _, drawn_L in columns], 1))


def _reference(group: Group, wanted: Mapping[str, str]) -> int | None:
    if not wanted:
        return group.reference
    full = {short: name for name, short in shortened(group.varied).items()} | {name: name for name in group.varied}
    for name in wanted:
        if name not in full:
            there = ", ".join(group.varied) or "no setting"
            raise InputError(f"--reference {name}: does not vary in these runs; {there} does")
    places = [group.varied.index(full[name]) for name in wanted]
    fits = [
        at
        for at, configuration in enumerate(group.configurations)
        if [shown(configuration.values[place]) for place in places] == list(wanted.values())
    ]
    if len(fits) != 1:
        said = " ".join(f"{name}={value}" for name, value in wanted.items())
        raise InputError(f"--reference {said}: {len(fits)} configurations have these values; name exactly one")
    return fits[0]


def _resampled(runs: list[Run], score: str, choices: Choices) -> tuple[Resampled | None, int, str]:
    """By name of a run, its score on the common questions and [L] scores on resamples of them; Q; and a remark."""
    if len(runs) < 2:
        return None, 0, ""
    predictions = read_predictions(runs, score)
    if isinstance(predictions, str):
        return None, 0, f"Over seeds alone, not over questions: {predictions}."
    common_Q = np.isfinite(predictions.predicted_RQ).all(axis=0)
    questions, asked = int(common_Q.sum()), common_Q.size
    if questions < 2:
        return None, 0, f"Over seeds alone: only {questions} questions are answered by all runs."
    predicted_RQ = predictions.predicted_RQ[:, common_Q]
    human_Q = None if predictions.human_Q is None else predictions.human_Q[common_Q]
    rule = statistics.accuracies(predicted_RQ) if human_Q is None else statistics.spearmans(predicted_RQ, human_Q)
    drawn_LR = statistics.resample_questions(rule, questions, choices.resamples, choices.seed)
    whole_R = rule(np.ones((1, questions), int))[0]
    if not np.isfinite(whole_R).all():
        return None, 0, "Over seeds alone: on the questions answered by all runs some have no score."
    remark = f"On the {questions} of {asked} questions that every run answered, {choices.resamples} resamples."
    return {run.name: (float(whole), drawn) for run, whole, drawn in zip(runs, whole_R, drawn_LR.T)}, questions, remark


def comparisons_table(group: Group, score: str, choices: Choices) -> ReportTable | None:
    """A row for each pair, those with the smallest p first; None where there is only one configuration."""
    pairs, remark = comparisons(group, score, choices)
    if not pairs:
        return None
    order = sorted(pairs, key=lambda pair: (2 if pair.holm is None else pair.holm, -abs(pair.comparison.difference)))
    names = [name_of(group, configuration) for configuration in group.configurations]
    rows = []
    for pair in order:
        found = pair.comparison
        seeds = f"{found.seeds}" if found.p is not None else f"{found.seeds}, no interval"
        needed = "" if found.p is None or found.difference == 0 else "more than 1000"
        needed = str(found.needed) if found.needed is not None else needed
        within = "" if found.low is None else f"{found.low:+.4f} to {found.high:+.4f}"
        effect = "" if found.effect is None else f"{found.effect:+.2f}"
        numbers = [f"{found.difference:+.4f}", within, probability(found.p), probability(pair.holm), effect]
        rows.append([names[pair.one], names[pair.other], *numbers, seeds, needed])
    remark += (
        f" Interval and p: paired bootstrap over questions and seeds; Holm: corrected for "
        f"{len(pairs)} comparison{'s' * (len(pairs) > 1)}; effect: "
        f"Hedges' g over seeds; seeds needed: of a paired t-test with power {choices.power:g} on these questions, a "
        "rough guess from few seeds."
    )
    columns = ["one", "other", "one - other", f"{choices.confidence:.0%} interval", "p", "p, Holm"]
    return ReportTable(f"Comparisons: {score}", remark.strip(), [*columns, "effect", "seeds", "seeds needed"], rows)
