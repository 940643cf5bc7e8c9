"""PMI by hand, the SVD against numpy's, and the exact objective against its optimum."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse

from jaxw2v.theory import objective, pmi, svd
from jaxw2v.training.negatives import noise_probabilities

COUNT_VV = np.array([[0.0, 6.0, 2.0], [6.0, 4.0, 0.0], [2.0, 0.0, 0.0]])


def test_pmi_by_hand():
    count_VV = scipy.sparse.csr_array(COUNT_VV)
    context_V = pmi.context_probabilities(count_VV, 1)
    np.testing.assert_allclose(context_V, [0.4, 0.5, 0.1])
    found = pmi.pmi(count_VV, context_V).toarray()
    assert found[0, 1] == pytest.approx(np.log((6 / 20) / (8 / 20 * 10 / 20)))
    assert found[1, 1] == pytest.approx(np.log((4 / 20) / (10 / 20 * 10 / 20)))
    assert found[2, 0] == pytest.approx(np.log((2 / 20) / (2 / 20 * 8 / 20)))
    assert (found[COUNT_VV == 0] == 0).all()
    np.testing.assert_allclose(found, found.T)


def test_context_distribution_smoothing():
    weights = np.array([8.0, 10.0, 2.0]) ** 0.75
    smoothed_V = pmi.context_probabilities(scipy.sparse.csr_array(COUNT_VV), 0.75)
    np.testing.assert_allclose(smoothed_V, weights / weights.sum())
    lonely = pmi.context_probabilities(scipy.sparse.csr_array(np.diag([0.0, 3.0])), -1)
    np.testing.assert_allclose(lonely, [0, 1])


@pytest.mark.parametrize("k", [1, 2, 5])
def test_shifted_positive_pmi(k):
    count_VV = scipy.sparse.csr_array(COUNT_VV)
    plain = pmi.pmi(count_VV, pmi.context_probabilities(count_VV, 1))
    shifted = pmi.positive(plain, k)
    with np.errstate(divide="ignore"):
        full = np.log(COUNT_VV * 20 / np.outer(COUNT_VV.sum(1), COUNT_VV.sum(0)))
    np.testing.assert_allclose(shifted.toarray(), np.maximum(full - np.log(k), 0), atol=1e-12)
    assert (shifted.data > 0).all()
    assert plain.nnz == 5  # untouched


def matrix(seed: int) -> scipy.sparse.csr_array:
    return scipy.sparse.random_array((60, 50), density=0.2, rng=np.random.default_rng(seed), format="csr")


def test_svd_against_numpy():
    found = svd.factorize(matrix(1), 7)
    left, values, right = np.linalg.svd(matrix(1).toarray())
    np.testing.assert_allclose(found.value_D, values[:7], rtol=1e-9)
    np.testing.assert_allclose(np.abs(np.sum(found.word_VD * left[:, :7], axis=0)), 1, rtol=1e-6)
    nearest = (left[:, :7] * values[:7]) @ right[:7]
    np.testing.assert_allclose(found.word_VD * found.value_D @ found.context_VD.T, nearest, atol=1e-6)
    largest = found.word_VD[np.abs(found.word_VD).argmax(axis=0), np.arange(7)]
    assert (largest > 0).all()
    again = svd.factorize(matrix(1), 7)
    np.testing.assert_array_equal(found.word_VD, again.word_VD)
    np.testing.assert_array_equal(found.context_VD, again.context_VD)


def test_eigenvalue_exponents():
    factors = svd.factorize(matrix(2), 5)
    words_VD, contexts_VD = svd.vectors(factors, 0)
    np.testing.assert_allclose(words_VD.T @ words_VD, np.eye(5), atol=1e-5)
    words_VD, contexts_VD = svd.vectors(factors, 0.5)
    np.testing.assert_allclose(
        words_VD @ contexts_VD.T, factors.word_VD * factors.value_D @ factors.context_VD.T, atol=1e-5
    )
    words_VD, _ = svd.vectors(factors, 1)
    # cosines of W = U S are those of the rows of the matrix of rank D, as contexts are orthonormal
    low_VV = factors.word_VD * factors.value_D @ factors.context_VD.T
    np.testing.assert_allclose(words_VD @ words_VD.T, low_VV @ low_VV.T, atol=1e-5)


def test_factors_that_cannot_be():
    with pytest.raises(ValueError, match="use fewer"):
        svd.factorize(matrix(1), 50)
    with pytest.raises(ValueError, match="is 0"):
        svd.factorize(scipy.sparse.csr_array((9, 9)), 3)


@pytest.mark.parametrize(("exponent", "k"), [(0.75, 5), (1, 1), (-0.5, 2)])
def test_the_optimum_of_the_objective_is_shifted_pmi_under_the_noise(key, exponent, k):
    rng = np.random.default_rng(9)
    count_VV = rng.uniform(0.5, 9, (6, 6))
    noise_V = noise_probabilities(np.array([90, 50, 40, 7, 5, 2]), exponent)
    negative_VV = objective.negative_counts(count_VV, noise_V, k)
    best_VV = objective.optimum(count_VV, negative_VV)
    pmi_VV = pmi.pmi(scipy.sparse.csr_array(count_VV), noise_V).toarray()
    np.testing.assert_allclose(best_VV, pmi_VV - np.log(k), rtol=1e-12)

    counted = [jnp.asarray(array, jnp.float32) for array in (count_VV, negative_VV)]
    best = jnp.asarray(best_VV, jnp.float32)
    gradient_VV = jax.grad(objective.expected_loss)(best, *counted)
    # float32: each element is the difference of two equal terms of at most counts / sum of counts
    assert np.abs(np.asarray(gradient_VV)).max() < 1e-6
    least = float(objective.expected_loss(best, *counted))
    assert objective.least_loss(count_VV, negative_VV) == pytest.approx(least, rel=1e-6)
    for step in jax.random.normal(key, (20, 6, 6)):
        assert float(objective.expected_loss(best + 0.3 * step, *counted)) > least
    down = jax.jit(lambda x_VV: x_VV - 20 * jax.grad(objective.expected_loss)(x_VV, *counted))
    moved = jax.lax.fori_loop(0, 2000, lambda _, x_VV: down(x_VV), jnp.zeros((6, 6)))  # from nowhere, downhill
    np.testing.assert_allclose(np.asarray(moved), best_VV, atol=2e-3)


def test_the_objective_is_the_sum_over_pairs_and_starts_at_one_plus_k_log_2():
    rng = np.random.default_rng(10)
    count_VV, noise_V, k = rng.uniform(0, 5, (4, 4)), np.full(4, 0.25), 3
    negative_VV = objective.negative_counts(count_VV, noise_V, k)
    assert negative_VV.sum() == pytest.approx(k * count_VV.sum())
    zero = objective.product_loss(jnp.zeros((4, 2)), jnp.zeros((4, 2)), jnp.asarray(count_VV), jnp.asarray(negative_VV))
    assert float(zero) == pytest.approx((1 + k) * np.log(2), rel=1e-6)
    x_VV = rng.normal(size=(4, 4))
    plain = sum(
        count_VV[w, c] * np.log1p(np.exp(-x_VV[w, c])) + negative_VV[w, c] * np.log1p(np.exp(x_VV[w, c]))
        for w in range(4)
        for c in range(4)
    )
    found = objective.expected_loss(*(jnp.asarray(array) for array in (x_VV, count_VV, negative_VV)))
    assert float(found) == pytest.approx(plain / count_VV.sum(), rel=1e-5)


def test_pairs_that_never_occur_have_no_finite_optimum():
    negative_VV = objective.negative_counts(COUNT_VV, np.full(3, 1 / 3), 1)
    best_VV = objective.optimum(COUNT_VV, negative_VV)
    assert (np.isneginf(best_VV) == (COUNT_VV == 0)).all()
    far = [jnp.asarray(array, jnp.float32) for array in (np.maximum(best_VV, -80), COUNT_VV, negative_VV)]
    assert objective.least_loss(COUNT_VV, negative_VV) == pytest.approx(float(objective.expected_loss(*far)), rel=1e-6)
