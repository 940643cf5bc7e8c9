"""Word vectors in hand (a stand-in)."""

import numpy as np

from jaxw2v.vectors.table import Table


class Vectors:
    def __init__(self, table: Table):
        self._table = table

    @property
    def words(self) -> list[str]:
        return self._table.words

    @property
    def matrix(self) -> np.ndarray:
        return self._table.vectors_VD


def load(path):
    from jaxw2v.vectors import formats

    return Vectors(formats.load(path))
