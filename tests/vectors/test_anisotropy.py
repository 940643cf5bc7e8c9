import numpy as np
import pytest

from jaxw2v.vectors import anisotropy


def test_mean_cosine_is_that_of_all_pairs():
    rows = np.random.default_rng(0).normal(size=(9, 4))
    cosine = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for i, a in enumerate(rows) for b in rows[:i]]
    assert anisotropy.mean_cosine(rows) == pytest.approx(np.mean(cosine), abs=1e-6)
    assert anisotropy.mean_cosine(np.outer([1.0, 2.0, 3.0], [1.0, 1.0])) == pytest.approx(1)
    assert anisotropy.mean_cosine(np.array([[1.0, 0.0], [-2.0, 0.0]])) == pytest.approx(-1)
