"""Analysis of variance of a grid of runs: main effects, interactions and the residual."""

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

_ROUNDING = 1e-20  # of the total sum of squares: what is left is a sum of squared rounding errors


class Term(NamedTuple):
    """A term of an analysis of variance: a main effect, an interaction, the block of seeds or the residual.

    Attributes:
      settings: their names: one of a main effect, several of an interaction, none of the residual.
      squares: sum of squares; with equally many runs for each configuration, all terms add up to the total.
      eta_squared: fraction of the total sum of squares.
      df: degrees of freedom.
      f, p: None where each configuration has one run, or all of its runs agree: there is no estimate of the error.
    """

    settings: tuple[str, ...]
    squares: float
    eta_squared: float
    df: int
    f: float | None
    p: float | None


def effects(scores: Sequence[float], levels: Mapping[str, Sequence[object]], seeds: Sequence[int]) -> list[Term]:
    """Main effects and interactions of a full grid, and the residual, by an analysis of variance (type II).

    Args:
      scores: of n runs.
      levels: for each varied setting, its value in each run; every combination must occur.
      seeds: of each run. Where every combination has the same seeds, they are a block, ("seed",).

    Returns:
      Nothing where all scores are equal, or where one setting varies and each value has one run.
    """
    import pandas
    from statsmodels.formula.api import ols
    from statsmodels.stats.anova import anova_lm

    names = list(levels)
    short = [f"f{place}" for place in range(len(names))]
    frame = pandas.DataFrame({at: [str(value) for value in levels[name]] for at, name in zip(short, names)})
    frame["score"] = np.asarray(scores, np.float64)
    frame["seed"] = [str(seed) for seed in seeds]
    sets = frame.groupby(short)["seed"].apply(frozenset)
    blocked = len(set(sets)) == 1 and len(sets.iloc[0]) > 1
    replicated = len(frame) > len(sets)
    if (not replicated and len(names) == 1) or np.ptp(frame["score"]) == 0:
        return []
    most = len(names) if replicated else len(names) - 1  # without replicates the highest interaction is the residual
    terms = [term for size in range(1, most + 1) for term in itertools.combinations(range(len(names)), size)]
    parts = [":".join(f"C({short[at]})" for at in term) for term in terms] + ["C(seed)"] * blocked
    table = anova_lm(ols("score ~ " + " + ".join(parts), frame).fit(), typ=2)
    table = table.loc[[*parts, "Residual"]]  # statsmodels sorts terms by their size
    total, residual = float(table["sum_sq"].sum()), float(table.loc["Residual", "sum_sq"])
    labels = [tuple(names[at] for at in term) for term in terms] + [("seed",)] * blocked + [()]
    found = []
    for label, (squares, df, f, p) in zip(labels, table[["sum_sq", "df", "F", "PR(>F)"]].to_numpy()):
        left = residual > _ROUNDING * total  # else all runs of a combination agree, and F is a quotient of rounding
        tested = (float(f), float(p)) if label and replicated and left else (None, None)
        found.append(Term(label, float(squares), float(squares) / total, round(df), *tested))
    return found
