"""Tables of a group of runs: means over seeds, effects of a grid, stability, provenance."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from jaxw2v.study import anova, marginals, stability, statistics, wording
from jaxw2v.study.collection import Group, Run, shortened, shown
from jaxw2v.study.statistics import Interval
from jaxw2v.study.tables import Choices, ReportTable, in_words, name_of, probability, scored

WORDS, QUERIES = (
    10_000,
    1_000,
)  # of the stability: common words, the most frequent, and those whose neighbors are compared
_PROVENANCE = (
    "corpus.sha256", "corpus.raw_words", "corpus.words", "vocab.words", "code.version", "code.commit", "code.dirty",
    "software.jax", "software.numpy", "software.python", "device", "machine.cpu", "machine.cpus", "machine.platform",
)  # fmt: skip


def intervals(group: Group, score: str, choices: Choices) -> list[Interval]:
    """For each configuration, the mean score and its interval over seeds."""
    values = [list(scored(configuration, score).values()) for configuration in group.configurations]
    return [statistics.interval(each, choices.confidence) for each in values]


def configurations_table(group: Group, scores: Sequence[str], choices: Choices) -> ReportTable:
    """A row for each configuration."""
    settings = [wording.of_setting(short) for short in shortened(group.varied).values()]
    columns = [*settings, "seeds", *map(wording.of_score, scores), wording.MEASURES["seconds.total"]]
    by_score = [intervals(group, score, choices) for score in scores]
    rows = []
    for at, configuration in enumerate(group.configurations):
        seconds = _seconds(configuration.runs)
        rows.append(
            [shown(value) for value in configuration.values]
            + [str(len(configuration.runs))]
            + [in_words(found[at]) for found in by_score]
            + [f"{np.mean(seconds):.1f}" if seconds else ""]
        )
    remark = f"Mean over seeds ± half of Student's {choices.confidence:.0%} interval; one seed has no interval."
    if renamed := [f"{wording.of_score(score)} is {score}" for score in scores if wording.of_score(score) != score]:
        remark += f" In the results and for --score, {', '.join(renamed)}."
    return ReportTable("Configurations", remark, columns, rows)


def is_grid(group: Group) -> bool:
    """Whether every combination of the varied values was run."""
    levels = [len({shown(each.values[at]) for each in group.configurations}) for at in range(len(group.varied))]
    return bool(levels) and int(np.prod(levels)) == len(group.configurations)


def effects_tables(group: Group, score: str, choices: Choices) -> list[ReportTable]:
    """The mean of each value of each setting, and the analysis of variance; nothing where there is no full grid."""
    if not is_grid(group) or not all(scored(configuration, score) for configuration in group.configurations):
        return []
    tables = []
    if len(group.varied) > 1:  # of one setting, the means are in the table of configurations
        tables.append(_values_table(group, score, choices))
    if variance := _variance_table(group, score):
        tables.append(variance)
    return tables


def _values_table(group: Group, score: str, choices: Choices) -> ReportTable:
    short = shortened(group.varied)
    rows = [
        [wording.of_setting(short[name]), shown(value), in_words(found), str(found.n)]
        for name in group.varied
        for value, found in marginals.curve(group, name, f"scores.{score}", confidence=choices.confidence).items()
    ]
    remark = "Mean over all configurations with this value, ± half of the interval over seeds."
    return ReportTable(f"Values: {wording.of_score(score)}", remark, ["setting", "value", "mean", "seeds"], rows)


def _variance_table(group: Group, score: str) -> ReportTable | None:
    short = shortened(group.varied)
    runs = [(each, seed, value) for each in group.configurations for seed, value in scored(each, score).items()]
    levels = {name: [shown(each.values[at]) for each, _, _ in runs] for at, name in enumerate(group.varied)}
    found = anova.effects([value for _, _, value in runs], levels, [seed for _, seed, _ in runs])
    if not found:
        return None
    rows = [
        [
            " x ".join(wording.of_setting(short.get(part, part)) for part in term.settings) or "residual",
            f"{term.eta_squared:.1%}",
            str(term.df),
            "" if term.f is None else f"{term.f:.2f}",
            probability(term.p),
        ]
        for term in found
    ]
    remark = "Analysis of variance (type II) of the scores of runs; questions are not resampled, p is not corrected."
    remark += " Eta squared: fraction of the total sum of squares."
    if found[0].p is None:
        remark += " One run for each configuration: no F and no p."
    return ReportTable(f"Effects: {wording.of_score(score)}", remark, ["effect", "eta squared", "df", "F", "p"], rows)


def stability_table(
    group: Group,
    words_of: Callable[[Run], list[str] | None],
    vectors_of: Callable[[Run, list[str]], np.ndarray],
    choices: Choices,
) -> tuple[ReportTable | None, str]:
    """How far runs that differ in the seed alone agree; or None and why.

    Args:
      words_of: the words of a run, most frequent first; None: its vectors were not saved.
      vectors_of: [V, D] rows of length 1 of a run, for the words given.
    """
    repeated = [configuration for configuration in group.configurations if len(configuration.runs) > 1]
    if not repeated:
        return None, ""
    lists = [words_of(run) for configuration in repeated for run in configuration.runs]
    known = [words for words in lists if words is not None]
    if len(known) < len(lists):
        return None, "Some runs have no vectors: no stability over seeds is given."
    common = set.intersection(*map(set, known))
    words = [word for word in known[0] if word in common][:WORDS]
    k, queries = choices.neighbors, min(QUERIES, len(words))
    if len(words) <= k:
        return None, f"Runs have {len(words)} words in common, too few for {k} neighbors: no stability is given."
    rows = []
    for configuration in repeated:
        unit = [vectors_of(run, words) for run in configuration.runs]
        overlaps, distances = _agreement(unit, queries, k)
        chance = [f"{value:.3f}" for value in stability.by_chance(unit[0], queries, k)]
        cells = [str(len(overlaps)), _mean_and_range(overlaps), chance[0], _mean_and_range(distances), chance[1]]
        rows.append([name_of(group, configuration), *cells])
    remark = (
        f"Between runs that differ in the seed alone, mean (range) over pairs of seeds: fraction of the {k} nearest "
        f"neighbors in common, of the {queries:,} most frequent words among {len(words):,}; and sqrt(1 - mean cosine) "
        f"of these {len(words):,} after the best rotation (0: the same but for a rotation). By chance: of the first "
        "seed's vectors and the same vectors with the words shuffled, which is what unrelated vectors have."
    )
    columns = ["configuration", "pairs", f"{k} neighbors shared", "by chance", "distance", "distance by chance"]
    return ReportTable("Stability over seeds", remark, columns, rows), ""


def _agreement(tables: list[np.ndarray], queries: int, k: int) -> tuple[list[float], list[float]]:
    """For each pair of tables, the overlap of neighbors and the distance after rotation."""
    near = [stability.neighbor_rows(unit_VD, queries, k) for unit_VD in tables]
    pairs = list(itertools.combinations(range(len(tables)), 2))
    overlaps = [stability.overlap(near[one], near[other]) for one, other in pairs]
    return overlaps, [stability.procrustes_distance(tables[one], tables[other]) for one, other in pairs]


def _mean_and_range(values: Sequence[float]) -> str:
    spread = f" ({min(values):.3f} to {max(values):.3f})" if len(values) > 1 else ""
    return f"{np.mean(values):.3f}{spread}"


def provenance_table(group: Group, price: float | None) -> ReportTable:
    """Where the results come from and what the runs cost.

    Args:
      price: of an hour of the machine, in any currency; None: no cost is given.
    """
    rows = [["runs", str(len(group.runs))]]
    for key in _PROVENANCE:
        values = sorted({shown(run.result[key]) for run in group.runs if run.result.get(key) is not None})
        rows.append([key, "; ".join(values) or "not recorded"])
    seconds = _seconds(group.runs)
    whole = "" if len(seconds) == len(group.runs) else f", of {len(seconds)} runs"
    rows.append(["wall time", f"{_duration(sum(seconds))} in all{whole}, added up over the runs"])
    if price is not None:
        rows.append(["cost", f"{sum(seconds) / 3600 * price:.4f} at {price:g} an hour"])
    return ReportTable("Provenance", "", ["", ""], rows)


def _duration(seconds: float) -> str:
    return f"{seconds:,.1f} s" + (f" ({seconds / 3600:.1f} h)" if seconds >= 3600 else "")


def _seconds(runs: Sequence[Run]) -> list[float]:
    return [run.result["seconds.total"] for run in runs if run.result.get("seconds.total") is not None]
