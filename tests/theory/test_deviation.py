"""The deviation from the optimum against the dense objective, and where it is known."""

import numpy as np
import pytest
import scipy.sparse

from jaxw2v.theory import deviation, fit, objective

V, D, K = 23, 5, 3.0


@pytest.fixture
def parts(monkeypatch):
    monkeypatch.setattr(deviation, "ROWS", 4)
    rng = np.random.default_rng(18)
    half_VV = np.triu(rng.poisson(0.7, (V, V)) * rng.random((V, V)))
    count_VV = half_VV + half_VV.T
    noise_V = rng.random(V) + 0.1
    noise_V /= noise_V.sum()
    tables = rng.standard_normal((2, V, D))
    return count_VV, noise_V, tables, objective.negative_counts(count_VV, noise_V, K)


def found(products_VV, count_VV, noise_V):
    return deviation.deviation(lambda words: products_VV[words], scipy.sparse.csr_array(count_VV), noise_V, K)


def test_against_the_dense_objective(parts):
    count_VV, noise_V, (input_VD, output_VD), negative_VV = parts
    assert 0 < (count_VV == 0).sum() < V * V
    x_VV = input_VD @ output_VD.T
    got = found(x_VV, count_VV, noise_V)
    loss, *_ = fit.value_and_gradients(input_VD, output_VD, count_VV, negative_VV)
    assert got.loss == pytest.approx(loss, rel=1e-12)
    assert got.least == pytest.approx(objective.least_loss(count_VV, negative_VV), rel=1e-12)
    unseen = (negative_VV * np.logaddexp(0, x_VV))[count_VV == 0].sum() / count_VV.sum()
    assert got.unseen == pytest.approx(unseen, rel=1e-9)
    assert got.relative == pytest.approx((loss - got.least) / got.least, rel=1e-9)
    assert got.observed == pytest.approx((loss - unseen - got.least) / got.least, rel=1e-9)


def test_it_is_0_at_pmi_less_log_k_and_of_zeros_what_a_coin_costs(parts):
    count_VV, noise_V, _, negative_VV = parts
    best = found(np.maximum(objective.optimum(count_VV, negative_VV), -1e4), count_VV, noise_V)
    assert best.relative == pytest.approx(0, abs=1e-12)
    assert best.unseen == pytest.approx(0, abs=1e-12)  # a difference of sums
    zeros = found(np.zeros((V, V)), count_VV, noise_V)
    assert zeros.loss == pytest.approx((1 + K) * np.log(2), rel=1e-12)
    assert zeros.observed < zeros.relative
