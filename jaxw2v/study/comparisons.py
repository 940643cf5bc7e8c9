"""Comparisons of the configurations of a group, two by two, by one score."""

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.study import statistics, wording
from jaxw2v.study.collection import Configuration, Group, Run, score_of, shortened, shown
from jaxw2v.study.predictions import read_predictions
from jaxw2v.study.questions import QuestionSpread, by_resampling, by_word_pairs, spearmans
from jaxw2v.study.statistics import Comparison
from jaxw2v.study.tables import Choices, ReportTable, name_of, probability, scored


class Pair(NamedTuple):
    """Two configurations of a group compared by one score.

    Attributes:
      one, other: indices in `Group.configurations`.
      comparison: one minus other.
      holm: p corrected for the family that `corrected` was given; None: no p, or not yet corrected.
    """

    one: int
    other: int
    comparison: Comparison
    holm: float | None = None


class Compared(NamedTuple):
    """The comparisons of a group by one score, and a remark on how they were made."""

    score: str
    pairs: list[Pair]
    remark: str


class Answers(NamedTuple):
    """What runs answered: by name, the place of a run in `spread.rows_RX`, and its score on the common questions."""

    place: Mapping[str, int]
    score_R: np.ndarray
    spread: QuestionSpread


def comparisons(group: Group, score: str, choices: Choices) -> Compared:
    """Configurations compared two by two.

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
    asked, remark = answers(runs, score, choices)
    found = []
    for one, other in pairs:
        shared = sorted(values[one].keys() & values[other].keys())
        if not shared:
            continue
        ours, theirs = (np.array([values[at][seed] for seed in shared]) for at in (one, other))
        spread = None
        if asked is not None:
            mine, yours = (_places(group.configurations[at], shared, asked) for at in (one, other))
            ours, theirs = asked.score_R[mine], asked.score_R[yours]
            rows_RX = asked.spread.rows_RX
            spread = asked.spread._replace(rows_RX=rows_RX[mine] - rows_RX[yours])
        compared = statistics.compare(ours, theirs, spread, confidence=choices.confidence, power=choices.power)
        found.append(Pair(one, other, compared))
    if reference is not None:
        named = name_of(group, group.configurations[reference])
        remark = f"Each against {'the reference' if reference == group.reference else named}. {remark}"
    return Compared(score, found, remark)


def corrected(families: Sequence[Sequence[Compared]]) -> tuple[list[list[Compared]], int]:
    """The same comparisons with p corrected by Holm's method for all of them together, and how many have a p.

    Args:
      families: of each group of a report, the comparisons by each score.
    """
    p_values = [pair.comparison.p for of_group in families for compared in of_group for pair in compared.pairs]
    holm = iter(statistics.holm(p_values))
    with_holm = [
        [each._replace(pairs=[pair._replace(holm=next(holm)) for pair in each.pairs]) for each in of_group]
        for of_group in families
    ]
    return with_holm, sum(p is not None for p in p_values)


def _places(configuration: Configuration, seeds: Sequence[int], asked: Answers) -> list[int]:
    of_seed = {run.result["seed"]: run for run in configuration.runs}
    return [asked.place[of_seed[seed].name] for seed in seeds]


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


def answers(runs: Sequence[Run], score: str, choices: Choices) -> tuple[Answers | None, str]:
    """The scores on the questions that every run answered and how far they vary with them; None: why, in the remark."""
    if len(runs) < 2:
        return None, ""
    predictions = read_predictions(runs, score)
    if isinstance(predictions, str):
        return None, f"Over seeds alone, not over questions: {predictions}."
    common_Q = np.isfinite(predictions.predicted_RQ).all(axis=0)
    questions, asked = int(common_Q.sum()), common_Q.size
    if questions < 2:
        return None, f"Over seeds alone: only {questions} questions are answered by all runs."
    predicted_RQ = predictions.predicted_RQ[:, common_Q]
    if predictions.human_Q is not None:
        human_Q = predictions.human_Q[common_Q]
        spread = by_resampling(predicted_RQ, human_Q, choices.resamples, choices.seed)
        score_R = spearmans(predicted_RQ, human_Q)(np.ones((1, questions), int))[0]
        how = f"questions resampled {choices.resamples} times."
    else:
        score_R = predicted_RQ.mean(axis=1)
        if predictions.pairs_Q3 is None:
            each = np.arange(questions)
            spread = by_word_pairs(predicted_RQ, np.stack([0 * each, 2 * each, 2 * each + 1], axis=1))
            how = "questions as if independent, since these runs recorded no word pairs: the intervals are too narrow."
        else:
            pairs_Q3 = predictions.pairs_Q3[common_Q]
            spread = by_word_pairs(predicted_RQ, pairs_Q3)
            pairs, sections = (len(np.unique(part)) for part in (pairs_Q3[:, 1:], pairs_Q3[:, 0]))
            how = f"word pairs resampled within sections ({pairs} pairs, {sections} section{'s' * (sections > 1)}), in "
            how += "closed form, since questions that share a pair are not independent."
    if not np.isfinite(score_R).all():
        return None, "Over seeds alone: on the questions answered by all runs some have no score."
    remark = f"On the {questions} of {asked} questions that every run answered, {how}"
    return Answers({run.name: at for at, run in enumerate(runs)}, score_R, spread), remark


def comparisons_table(group: Group, compared: Compared, family: str, choices: Choices) -> ReportTable | None:
    """A row for each pair, those with the smallest p first; None where there is only one configuration.

    Args:
      family: what p was corrected for, in words.
    """
    score, pairs, remark = compared
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
        f" Intervals and p are of paired differences, over questions and seeds. p, Holm: corrected for {family}. "
        f"Effect: Hedges' g over seeds. Seeds needed: by a paired t-test with power {choices.power:g} on these "
        "questions, a rough guess where there are few seeds."
    )
    columns = ["one", "other", "one - other", f"{choices.confidence:.0%} interval", "p", "p, Holm"]
    return ReportTable(
        f"Comparisons: {wording.of_score(score)}", remark.strip(), [*columns, "effect", "seeds", "seeds needed"], rows
    )
