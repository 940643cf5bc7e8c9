"""The minimum of the exact objective in float64, over both tables or over one while the other is fixed."""

from typing import NamedTuple

import numpy as np
import scipy.optimize
import scipy.special

from jaxw2v.files import blas


class Fit(NamedTuple):
    """A minimum.

    Attributes:
      input_VD, output_VD: the tables.
      loss: `objective.product_loss` of them, nats per positive pair.
      slope: the largest of the gradient's absolute values; 0 at a minimum.
    """

    input_VD: np.ndarray
    output_VD: np.ndarray
    loss: float
    slope: float


def value_and_gradients(
    input_VD: np.ndarray, output_VD: np.ndarray, positive_VV: np.ndarray, negative_VV: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """`objective.product_loss` in float64, and its gradients with respect to both tables.

    Args:
      input_VD, output_VD: v_w and v_c.
      positive_VV, negative_VV: as of `objective.expected_loss`.
    """
    x_VV, pairs = input_VD @ output_VD.T, positive_VV.sum()
    value = ((positive_VV + negative_VV) * np.logaddexp(0, x_VV) - positive_VV * x_VV).sum() / pairs
    slope_VV = ((positive_VV + negative_VV) * scipy.special.expit(x_VV) - positive_VV) / pairs
    return float(value), slope_VV @ output_VD, slope_VV.T @ input_VD


@blas.one_thread
def fit(
    input_VD: np.ndarray,
    output_VD: np.ndarray,
    positive_VV: np.ndarray,
    negative_VV: np.ndarray,
    fixed: str = "none",
    steps: int = 5000,
) -> Fit:
    """The minimum that L-BFGS reaches from these tables.

    Args:
      input_VD, output_VD, positive_VV, negative_VV: as of `value_and_gradients`.
      fixed: the table that stays as it is: none, input or output.
      steps: of L-BFGS, at most.
    """
    input_VD, output_VD = np.asarray(input_VD, np.float64), np.asarray(output_VD, np.float64)
    free = [name for name in ("input", "output") if name != fixed]
    start = {"input": input_VD, "output": output_VD}
    sizes = np.cumsum([start[name].size for name in free])[:-1]

    def tables(x):
        found = {name: part.reshape(start[name].shape) for name, part in zip(free, np.split(x, sizes))}
        return (start | found)["input"], (start | found)["output"]

    def objective(x):
        value, *gradients = value_and_gradients(*tables(x), positive_VV, negative_VV)
        by_name = dict(zip(("input", "output"), gradients))
        return value, np.concatenate([by_name[name].ravel() for name in free])

    first = np.concatenate([start[name].ravel() for name in free])
    options = {"maxiter": steps, "maxfun": 2 * steps, "ftol": 0.0, "gtol": 1e-8, "maxcor": 30}
    end = scipy.optimize.minimize(objective, first, method="L-BFGS-B", jac=True, options=options)
    input_VD, output_VD = tables(end.x)
    return Fit(input_VD, output_VD, float(end.fun), float(np.abs(objective(end.x)[1]).max()))
