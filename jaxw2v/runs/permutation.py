"""What chance alone scores: the same vectors, dealt out to the words anew."""

import numpy as np

from jaxw2v.runs.evaluation import TestSets, evaluate
from jaxw2v.settings.eval import EvalSettings
from jaxw2v.vectors.table import Table


def scores(table: Table, test_sets: TestSets, settings: EvalSettings, deals: int, seed: int) -> dict[str, np.ndarray]:
    """By "NAME.METHOD", as of `evaluation.evaluate`, [deals] scores of the table with its rows in random order.

    Where a score lies among these says how likely chance makes it: a permutation test of words and vectors.

    Args:
      table, test_sets, settings: as of `evaluation.evaluate`.
      deals: how many.
      seed: of the draws.
    """
    rng, found = np.random.default_rng(seed), []
    for _ in range(deals):
        dealt = Table(table.words, table.vectors_VD[rng.permutation(len(table.words))])
        found.append(evaluate(dealt, test_sets, settings)[0])
    names = [name for name in found[0] if not name.endswith((".answered", ".asked"))]
    return {name: np.array([one[name] for one in found], np.float64) for name in names}
