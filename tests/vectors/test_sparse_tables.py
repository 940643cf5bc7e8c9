"""A table of sparse vectors scores as the same table, dense."""

import numpy as np
import pytest
import scipy.sparse

from jaxw2v.vectors import analogies, neighbors, similarity
from jaxw2v.vectors.table import Table, unit_rows

RNG = np.random.default_rng(0)
WORDS = [f"x{i}" for i in range(21)]
SPARSE_VD = scipy.sparse.random_array((21, 30), density=0.4, rng=RNG, format="csr").astype(np.float32)
SPARSE_VD = scipy.sparse.vstack([SPARSE_VD[:20], scipy.sparse.csr_array((1, 30), dtype=np.float32)], format="csr")
SPARSE, DENSE = Table(WORDS, SPARSE_VD), Table(WORDS, SPARSE_VD.toarray())


def test_unit_rows():
    np.testing.assert_allclose(unit_rows(SPARSE_VD).toarray(), unit_rows(SPARSE_VD.toarray()), rtol=1e-6)
    assert not unit_rows(SPARSE_VD)[[20]].nnz


def test_similarity():
    pairs = [tuple(WORDS[i] for i in RNG.integers(0, 21, 2)) for _ in range(40)]
    asked = similarity.WordPairs(pairs, RNG.uniform(size=40))
    sparse, dense = (similarity.evaluate(table, asked, "lower") for table in (SPARSE, DENSE))
    assert sparse.value == pytest.approx(dense.value, abs=1e-9)
    assert sparse.answered == dense.answered == 40


@pytest.mark.parametrize("method", analogies.METHODS)
def test_analogies(method):
    abc = [RNG.permutation(20)[:4] for _ in range(400)]
    right = analogies.Questions(
        words=[tuple(WORDS[i] for i in q) for q in abc], sections=["all"], section_Q=np.zeros(400, int)
    )
    sparse, dense = (analogies.evaluate(table, right, method, None, "lower", "skip").total for table in (SPARSE, DENSE))
    assert dense.value > 0
    assert sparse == dense


def test_neighbors():
    for find in (lambda table: neighbors.nearest(table, "x3"), lambda table: neighbors.solve(table, "x0 - x1 + x2")):
        assert [n.word for n in find(SPARSE)] == [n.word for n in find(DENSE)]
        assert [n.cosine for n in find(SPARSE)] == pytest.approx([n.cosine for n in find(DENSE)], abs=1e-6)
