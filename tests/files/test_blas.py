"""The bytes of a result do not depend on how many threads BLAS has."""

from collections.abc import Callable

import numpy as np
import pytest
import scipy.sparse
import threadpoolctl

from jaxw2v.files import blas
from jaxw2v.runs import heldout_loss
from jaxw2v.study import stability
from jaxw2v.text.corpus import Corpus
from jaxw2v.theory import agreement, svd
from jaxw2v.vectors import anisotropy
from jaxw2v.vectors.table import unit_rows
from tests.runs.test_heldout_loss import corpus, make_model, settings  # noqa: F401

RNG = np.random.default_rng(0)
TABLE_VD, OTHER_VD = RNG.normal(size=(2, 9001, 107)).astype(np.float32)
LONG_3N = RNG.normal(size=(3, 30_011))
SPARSE_VV = scipy.sparse.random_array((4001, 4001), density=0.004, rng=RNG, format="csr")

RESULTS: dict[str, Callable[[], object]] = {
    "svd": lambda: [array.tobytes() for array in svd.factorize(SPARSE_VV, 37)],
    "agreement": lambda: agreement.agreement(*LONG_3N[:2], np.abs(LONG_3N[2])),
    "stability": lambda: (
        np.sort(stability.neighbor_rows(unit_rows(TABLE_VD), 900, 10), axis=1).tobytes(),
        stability.procrustes_distance(unit_rows(TABLE_VD), unit_rows(OTHER_VD)),
    ),
    "anisotropy": lambda: anisotropy.mean_cosine(LONG_3N),
}


def with_threads(result: Callable[[], object], threads: int) -> object:
    with threadpoolctl.threadpool_limits(threads, "blas"):
        return result()


def test_every_blas_is_bound():
    """numpy and scipy bring one each."""

    @blas.one_thread
    def threads() -> list[int]:
        return [each["num_threads"] for each in threadpoolctl.threadpool_info() if each["user_api"] == "blas"]

    assert set(with_threads(threads, 3)) == {1}


@pytest.mark.parametrize("name", RESULTS)
def test_one_thread_and_three(name):
    assert with_threads(RESULTS[name], 1) == with_threads(RESULTS[name], 3)


def test_the_heldout_loss(corpus: Corpus):  # noqa: F811
    """More pairs than BLAS adds up with one thread."""
    given = corpus._replace(contexts=corpus.vocabulary)
    ids_N = np.stack([RNG.integers(0, 11, 30_011), RNG.integers(11, 22, 30_011), np.full(30_011, -1)], 1).reshape(-1)
    measure, _ = heldout_loss.make_measure(settings(memory=1.0, threshold=0.1), 7, given, ids_N.astype(np.int32))
    assert with_threads(lambda: measure(make_model(), None), 1) == with_threads(lambda: measure(make_model(), None), 3)
