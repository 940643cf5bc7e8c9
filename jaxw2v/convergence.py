"""Convergence: how near the products of a run's vectors come to the optimum of the exact objective as it trains."""

from collections.abc import Collection
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import scipy.sparse

from jaxw2v import snapshots
from jaxw2v.config import Config
from jaxw2v.text.corpus import Corpus
from jaxw2v.theory import agreement, counts, fit, objective, svd
from jaxw2v.theory.agreement import Agreement
from jaxw2v.training.negatives import noise_probabilities
from jaxw2v.training.subsample import keep_probabilities


class Target(NamedTuple):
    """The exact objective of a run over a small vocabulary, see `theory.objective`.

    Attributes:
      positive_VV: expected counts of an epoch under the run's subsampling and windows.
      negative_VV: under its k and noise distribution.
      optimum_VV: PMI - log k under that distribution; -inf for words that do not co-occur.
      least: the loss at the optimum, nats per positive pair: what no model's expected loss is below.
    """

    positive_VV: np.ndarray
    negative_VV: np.ndarray
    optimum_VV: np.ndarray
    least: float


def target(config: Config, corpus: Corpus) -> Target:
    """What a run of these settings is drawn to.

    Args:
      config: of skip-gram with negative sampling, the centre its input.
      corpus: encoded; memory is about 40 bytes for each two of its words.
    """
    count_V = corpus.vocabulary.count_V
    keep_V = keep_probabilities(count_V, config.subsample.threshold, config.subsample.formula)
    counted = counts.count(corpus.ids_N, keep_V, config.windows.window, config.windows.dynamic)
    positive_VV = counted.count_VV.toarray()
    noise_V = noise_probabilities(count_V, config.negatives.exponent)
    negative_VV = objective.negative_counts(positive_VV, noise_V, config.negatives.k)
    optimum_VV = objective.optimum(positive_VV, negative_VV)
    return Target(positive_VV, negative_VV, optimum_VV, objective.least_loss(positive_VV, negative_VV))


class Point(NamedTuple):
    """How near some tables are to the optimum.

    Attributes:
      dim: their dimension.
      epoch: after how many of training; None: they are not trained.
      loss: the exact objective, nats per positive pair.
      least: its least, see `Target`.
      agreement: over all pairs that co-occur.
      by_count: over pairs that co-occur so often in an epoch, see `EDGES`.
    """

    dim: int
    epoch: int | None
    loss: float
    least: float
    agreement: Agreement
    by_count: list[Agreement]


EDGES = (0, 0.5, 1, 2, 5, 10, 100, np.inf)  # expected counts


def point(input_VD: np.ndarray, output_VD: np.ndarray, target: Target, epoch: int | None = None) -> Point:
    """How near two tables are to the optimum."""
    x_VV = input_VD.astype(np.float64) @ output_VD.astype(np.float64).T
    counted = [jnp.asarray(array, jnp.float32) for array in (x_VV, target.positive_VV, target.negative_VV)]
    compared = (x_VV, target.optimum_VV, target.positive_VV)
    return Point(
        input_VD.shape[1],
        epoch,
        float(objective.expected_loss(*counted)),
        target.least,
        agreement.agreement(*compared),
        agreement.by_count(*compared, EDGES),
    )


def training(config: Config, corpus: Corpus, target: Target, epochs: Collection[int]) -> list[Point]:
    """A run after each of these epochs, see `snapshots.take`."""
    models = snapshots.take(config, corpus, epochs)
    return [point(*models[epoch], target, epoch) for epoch in sorted(models)]


def minimum(target: Target, dim: int, steps: int, seed: int) -> Point:
    """The least that the exact objective comes to with so many dimensions, by `fit.fit` from rows of length 3."""
    start = np.random.default_rng(seed).normal(size=(2, len(target.positive_VV), dim)) * (3 / np.sqrt(dim))
    found = fit.fit(*start, target.positive_VV, target.negative_VV, steps=steps)
    return point(found.input_VD, found.output_VD, target)


def decomposition(target: Target, dim: int) -> Point:
    """The SVD of PMI - log k with 0 for words that never co-occur, as Levy and Goldberg 2014, section 4.2, have it."""
    stored = scipy.sparse.csr_array(np.where(target.positive_VV > 0, target.optimum_VV, 0))
    factors = svd.factorise(stored, dim)
    return point(factors.word_VD * factors.value_D, factors.context_VD, target)
