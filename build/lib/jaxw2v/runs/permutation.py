"""Permutation baseline: scores of the same vectors with words shuffled. Used by notebook 9 only."""

import numpy as np

from jaxw2v.runs.evaluation import TestSets, evaluate
from jaxw2v.settings.eval import EvalSettings
from jaxw2v.vectors.table import Table


def permuted_scores(
    table: Table, test_sets: TestSets, settings: EvalSettings, permutations: int, seed: int
) -> dict[str, np.ndarray]:
    """By "NAME.METHOD", as of `evaluation.evaluate`, [permutations] scores of the table with its rows in random order.

    The rank of a score among these is a permutation test of whether vectors fit their words.

    Args:
      table, test_sets, settings: as of `evaluation.evaluate`.
      permutations: how many.
      seed: of the permutations.
    """
    rng, found = np.random.default_rng(seed), []
    for _ in range(permutations):
        shuffled = Table(table.words, table.vectors_VD[rng.permutation(len(table.words))])
        found.append(evaluate(shuffled, test_sets, settings)[0])
    names = [name for name in found[0] if not name.endswith((".answered", ".asked"))]
    return {name: np.array([one[name] for one in found], np.float64) for name in names}
