"""Comparisons of the settings of a group, two by two, by one score."""

import itertools
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.study import statistics
from jaxw2v.study.collection import Group, Run, score_of, shortened, shown
from jaxw2v.study.predictions import read_answers
from jaxw2v.study.statistics import Comparison
from jaxw2v.study.tables import Choices, ReportTable, name_of, probability, scored


class Pair(NamedTuple):
    """Two settings of a group compared by one score.

    Attributes:
      one, other: places in `Group.settings`.
      comparison: one minus other.
      holm: p corrected for all pairs of this score.
    """

    one: int
    other: int
    comparison: Comparison
    holm: float | None


def comparisons(group: Group, score: str, choices: Choices) -> tuple[list[Pair], str]:
    """Settings compared two by two, and what a reader must know of it.

    All pairs, or each with the reference: the one that `choices` names, else the one that all others differ from in one
    name only (an ablation study), if there is one.

    Raises:
      InputError: no setting, or several, are the reference.
    """
    reference = _reference(group, choices.reference)
    every = range(len(group.settings))
    pairs = (
        list(itertools.combinations(every, 2))
        if reference is None
        else [(at, reference) for at in every if at != reference]
    )
    values = [scored(setting, score) for setting in group.settings]
    runs = [run for setting in group.settings for run in setting.runs if score_of(run, score) is not None]
    resampled, questions, remark = _resampled(runs, score, choices)
    found = []
    for one, other in pairs:
        shared = sorted(values[one].keys() & values[other].keys())
        if not shared:
            continue
        sides = []
        for at in (one, other):
            of_seed = {run.result["seed"]: run for run in group.settings[at].runs}
            columns = [resampled[of_seed[seed].name] for seed in shared] if resampled else None
            if columns is None:
                sides.append((np.array([values[at][seed] for seed in shared]), None))
            else:
                sides.append((np.array([first for first, _ in columns]), np.stack([drawn for _, drawn in columns], 1)))
        (one_G, one_LG), (other_G, other_LG) = sides
        compared = statistics.compare(
            one_G, other_G, one_LG, other_LG, questions,
            seed=choices.seed, confidence=choices.confidence, power=choices.power,
        )  # fmt: skip
        found.append((one, other, compared))
    corrected = statistics.holm([compared.p for _, _, compared in found])
    if reference is not None:
        remark = f"Each against {name_of(group, group.settings[reference])}. {remark}"
    return [Pair(*line, holm) for line, holm in zip(found, corrected)], remark


def _reference(group: Group, wanted: Mapping[str, str]) -> int | None:
    if wanted:
        full = {short: name for name, short in shortened(group.varied).items()} | {name: name for name in group.varied}
        for name in wanted:
            if name not in full:
                there = ", ".join(group.varied) or "no setting"
                raise InputError(f"--reference {name}: does not vary in these runs; {there} does")
        places = [group.varied.index(full[name]) for name in wanted]
        fits = [
            at
            for at, setting in enumerate(group.settings)
            if [shown(setting.values[place]) for place in places] == list(wanted.values())
        ]
        if len(fits) != 1:
            said = " ".join(f"{name}={value}" for name, value in wanted.items())
            raise InputError(f"--reference {said}: {len(fits)} settings have these values; name exactly one")
        return fits[0]
    return group.center


def _resampled(
    runs: list[Run], score: str, choices: Choices
) -> tuple[dict[str, tuple[float, np.ndarray]] | None, int, str]:
    """By run, the score on the common questions and [L] scores on questions drawn from them; how many; a remark."""
    if len(runs) < 2:
        return None, 0, ""
    answers = read_answers(runs, score)
    if isinstance(answers, str):
        return None, 0, f"Over seeds alone, not over questions: {answers}."
    common_Q = np.isfinite(answers.answer_RQ).all(axis=0)
    questions, asked = int(common_Q.sum()), common_Q.size
    if questions < 2:
        return None, 0, f"Over seeds alone: only {questions} questions are answered by all runs."
    answer_RQ = answers.answer_RQ[:, common_Q]
    human_Q = None if answers.human_Q is None else answers.human_Q[common_Q]
    rule = statistics.accuracies(answer_RQ) if human_Q is None else statistics.spearmans(answer_RQ, human_Q)
    drawn_LR = statistics.resample_questions(rule, questions, choices.resamples, choices.seed)
    whole_R = rule(np.ones((1, questions), int))[0]
    if not np.isfinite(whole_R).all():
        return None, 0, "Over seeds alone: on the questions answered by all runs some have no score."
    remark = f"On the {questions} of {asked} questions that every run answered, {choices.resamples} resamples."
    return {run.name: (float(whole), drawn) for run, whole, drawn in zip(runs, whole_R, drawn_LR.T)}, questions, remark


def comparisons_table(group: Group, score: str, choices: Choices) -> ReportTable | None:
    """A line for each pair, those with the smallest p first; None where there is but one setting."""
    pairs, remark = comparisons(group, score, choices)
    if not pairs:
        return None
    order = sorted(pairs, key=lambda pair: (2 if pair.holm is None else pair.holm, -abs(pair.comparison.difference)))
    names = [name_of(group, setting) for setting in group.settings]
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
