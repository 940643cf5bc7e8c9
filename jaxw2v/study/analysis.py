"""An analysis of a group of runs: means over seeds, effects of a grid, stability."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from jaxw2v.study import marginals, stability, statistics
from jaxw2v.study.collection import Group, Run, shortened, shown
from jaxw2v.study.statistics import Interval
from jaxw2v.study.tables import Choices, ReportTable, in_words, name_of, probability, scored

WORDS, QUERIES = 10_000, 1_000  # of the stability: most frequent common words, and those whose neighbors are compared
_PROVENANCE = (
    "corpus.sha256", "corpus.raw_words", "corpus.words", "vocab.words", "code.version", "code.commit", "code.dirty",
    "software.jax", "software.numpy", "software.python", "device", "machine.cpu", "machine.cpus", "machine.platform",
)  # fmt: skip


def intervals(group: Group, score: str, choices: Choices) -> list[Interval]:
    """For each setting, the mean score and its interval over seeds."""
    return [
        statistics.interval(list(scored(setting, score).values()), choices.confidence) for setting in group.settings
    ]


def settings_table(group: Group, scores: Sequence[str], choices: Choices) -> ReportTable:
    """A line for each setting."""
    short = shortened(group.varied)
    columns = [*(short[name] for name in group.varied), "seeds", *scores, "s, whole run"]
    by_score = [intervals(group, score, choices) for score in scores]
    rows = []
    for at, setting in enumerate(group.settings):
        seconds = [run.result.get("seconds.total") for run in setting.runs]
        seconds = [value for value in seconds if value is not None]
        rows.append(
            [shown(value) for value in setting.values]
            + [str(len(setting.runs))]
            + [in_words(found[at]) for found in by_score]
            + [f"{np.mean(seconds):.1f}" if seconds else ""]
        )
    remark = f"Mean over seeds ± half of Student's {choices.confidence:.0%} interval; one seed has no interval."
    return ReportTable("Settings", remark, columns, rows)


def is_grid(group: Group) -> bool:
    """Whether every combination of the varied values is there."""
    levels = [len({shown(setting.values[at]) for setting in group.settings}) for at in range(len(group.varied))]
    return bool(levels) and int(np.prod(levels)) == len(group.settings)


def effects_tables(group: Group, score: str, choices: Choices) -> list[ReportTable]:
    """The mean of each value of each setting, and the analysis of variance; nothing where there is no full grid."""
    complete = all(scored(setting, score) for setting in group.settings)
    if not is_grid(group) or not complete:
        return []
    short = shortened(group.varied)
    levels = [
        [short[name], shown(value), in_words(found), str(found.n)]
        for name in group.varied
        for value, found in marginals.curve(group, name, f"scores.{score}", confidence=choices.confidence).items()
    ]
    remark = "Mean over all settings with this value, ± half of the interval over seeds."
    tables = [ReportTable(f"Values: {score}", remark, ["setting", "value", "mean", "seeds"], levels)]
    tables *= len(group.varied) > 1  # of one setting they are in the first sheet
    runs = [(setting, seed, value) for setting in group.settings for seed, value in scored(setting, score).items()]
    names = {name: [shown(setting.values[at]) for setting, _, _ in runs] for at, name in enumerate(group.varied)}
    found = statistics.effects([value for _, _, value in runs], names, [seed for _, seed, _ in runs])
    rows = [
        [
            " x ".join(short.get(part, part) for part in effect.term) or "what is left",
            f"{effect.share:.1%}",
            str(effect.df),
            "" if effect.f is None else f"{effect.f:.2f}",
            probability(effect.p),
        ]
        for effect in found
    ]
    if rows:
        remark = (
            "Analysis of variance (type II); share: of the total sum of squares. Of the runs as they are: the test "
        )
        remark += "set's questions are fixed."
        if found[0].p is None:
            remark += " One run for each setting: no F and no p."
        tables.append(ReportTable(f"Effects: {score}", remark, ["effect", "share", "freedom", "F", "p"], rows))
    return tables


def stability_table(
    group: Group,
    words_of: Callable[[Run], list[str] | None],
    vectors_of: Callable[[Run, list[str]], np.ndarray],
    choices: Choices,
) -> tuple[ReportTable | None, str]:
    """How far runs that differ in the seed alone agree; or None and why.

    Args:
      words_of: the words of a run, most frequent first; None: it kept no vectors.
      vectors_of: [V, D] rows of length 1 of a run, for the words given.
    """
    settings = [setting for setting in group.settings if len(setting.runs) > 1]
    if not settings:
        return None, ""
    lists = [words_of(run) for setting in settings for run in setting.runs]
    if any(words is None for words in lists):
        return None, "Some runs kept no vectors: no stability over seeds is given."
    common = set.intersection(*map(set, lists))
    words = [word for word in lists[0] if word in common][:WORDS]
    k = choices.neighbors
    if len(words) <= k:
        return None, f"Runs have {len(words)} words in common, too few for {k} neighbors: no stability is given."
    queries, rows = min(QUERIES, len(words)), []
    for setting in settings:
        tables = [vectors_of(run, words) for run in setting.runs]
        near = [stability.neighbors(unit_VD, queries, k) for unit_VD in tables]
        pairs = list(itertools.combinations(range(len(tables)), 2))
        overlap = [stability.overlap(near[one], near[other]) for one, other in pairs]
        distance = [stability.procrustes_distance(tables[one], tables[other]) for one, other in pairs]
        rows.append(
            [name_of(group, setting), str(len(pairs))]
            + [
                f"{np.mean(x):.3f}" + (f" ({min(x):.3f} to {max(x):.3f})" if len(x) > 1 else "")
                for x in (overlap, distance)
            ]
        )
    remark = (
        f"Between runs that differ in the seed alone, mean (range) over pairs of seeds: share of the {k} nearest "
        f"neighbors in common, of the {queries:,} most frequent words among {len(words):,}; and sqrt(1 - mean cosine) "
        f"of these {len(words):,} after the best rotation (0: the same but for a rotation, 1: nothing in common)."
    )
    return ReportTable(
        "Stability over seeds", remark, ["setting", "pairs", f"{k} neighbors shared", "distance"], rows
    ), ""


def _with_range(values: Sequence[float]) -> str:
    spread = f" ({min(values):.3f} to {max(values):.3f})" if len(values) > 1 else ""
    return f"{np.mean(values):.3f}{spread}"


def provenance_table(group: Group, price: float | None) -> ReportTable:
    """Where the results come from and what they cost.

    Args:
      price: of an hour of the machine, in any currency; None: no cost is given.
    """
    rows = [["runs", str(len(group.runs))]]
    for key in _PROVENANCE:
        values = sorted({shown(run.result[key]) for run in group.runs if run.result.get(key) is not None})
        rows.append([key, "; ".join(values) or "not recorded"])
    seconds = [run.result["seconds.total"] for run in group.runs if run.result.get("seconds.total") is not None]
    whole = "" if len(seconds) == len(group.runs) else f", of {len(seconds)} runs"
    rows.append(["wall time", f"{sum(seconds):.1f} s in all{whole}, added up over the runs"])
    if price is not None:
        rows.append(["cost", f"{sum(seconds) / 3600 * price:.4f} at {price:g} an hour"])
    return ReportTable("Provenance", "", ["", ""], rows)
