"""The exact expected objective of SGNS over a small vocabulary: a sum over all pairs of words, nothing is sampled."""

import jax
import jax.numpy as jnp
import numpy as np
import scipy.special

from jaxw2v.training.loss import pair_loss


def negative_counts(count_VV: np.ndarray, noise_V: np.ndarray, k: float) -> np.ndarray:
    """[V, V] float64: k #(w) P_noise(c), how often each pair is expected as noise (Goldberg and Levy 2014, 3)."""
    return k * count_VV.sum(axis=1)[:, None] * noise_V[None, :]


def expected_loss(x_VV: jax.Array, positive_VV: jax.Array, negative_VV: jax.Array) -> jax.Array:
    """Mean loss in nats per positive pair with its negative pairs, a scalar: what training's reported loss estimates.

    Args:
      x_VV: products v_w . v_c of words (rows) and contexts (columns).
      positive_VV: #(w, c), expected counts of `counts.count`.
      negative_VV: of `negative_counts`.
    """
    return pair_loss(x_VV, positive_VV, negative_VV).sum() / positive_VV.sum()


def optimum(positive_VV: np.ndarray, negative_VV: np.ndarray) -> np.ndarray:
    """[V, V] float64: the products that minimize `expected_loss` if each is free: log(positive / negative).

    It is PMI - log k under the noise distribution (Levy and Goldberg 2014, equation 12, with the noise distribution in
    the place of their P_D(c)). -inf for pairs that never occur.
    """
    with np.errstate(divide="ignore"):
        return np.log(positive_VV) - np.log(negative_VV)


def least_loss(positive_VV: np.ndarray, negative_VV: np.ndarray) -> float:
    """`expected_loss` at the `optimum`, nats per positive pair: its lower bound, in float64.

    Of each pair, the entropy of whether it was observed or is noise, times how often it is either.
    """
    both_VV = positive_VV + negative_VV
    seen_VV = np.divide(positive_VV, both_VV, out=np.zeros_like(both_VV), where=both_VV > 0)
    entropy_VV = scipy.special.entr(seen_VV) + scipy.special.entr(1 - seen_VV)
    return float((both_VV * entropy_VV).sum() / positive_VV.sum())


def product_loss(
    input_VD: jax.Array, output_VD: jax.Array, positive_VV: jax.Array, negative_VV: jax.Array
) -> jax.Array:
    """`expected_loss` of two tables."""
    return expected_loss(jnp.matmul(input_VD, output_VD.T), positive_VV, negative_VV)
