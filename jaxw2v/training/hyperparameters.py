"""Hyperparameters: the numbers of a run that the compiled program takes as arguments."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.settings.model import ModelSettings
from jaxw2v.settings.negatives import NegativeSettings
from jaxw2v.settings.optimizer import OptimizerSettings
from jaxw2v.settings.subsample import SubsampleSettings
from jaxw2v.settings.windows import WindowSettings
from jaxw2v.training.huffman import Tree, build_tree
from jaxw2v.training.negatives import AliasTable, noise_table
from jaxw2v.training.subsample import keep_probabilities


class Hyperparameters(NamedTuple):
    """What may differ between the runs of a population: numbers, arguments of the compiled program.

    Attributes:
      keep_V: [V] float32, the probability that a token of a word is kept; of given pairs, contexts follow the words.
      noise: the noise distribution.
      window: int32 scalar, the farthest context; at most the trainer's `widest`.
      k: float32 scalar, negative pairs for a positive pair; used where spans share samples, elsewhere k is a shape.
      learning_rate: float32 scalar, the highest.
      tree: of hierarchical softmax, else None.
      max_sentence: int32 scalar, kept tokens after which a sentence is cut; None: never.
      refresh: float32 scalar, of all words the fraction after which the learning rate is refreshed; None: at each step.
    """

    keep_V: jax.Array
    noise: AliasTable
    window: jax.Array
    k: jax.Array
    learning_rate: jax.Array
    tree: Tree | None = None
    max_sentence: jax.Array | None = None
    refresh: jax.Array | None = None


def make_hyperparameters(
    count_V: np.ndarray,
    model: ModelSettings,
    subsample: SubsampleSettings,
    windows: WindowSettings,
    negatives: NegativeSettings,
    optimizer: OptimizerSettings,
    context_counts: np.ndarray | None = None,
) -> Hyperparameters:
    """The numbers of a run.

    Args:
      count_V: [V] positive counts; of hierarchical softmax in descending order.
      model, subsample, windows, negatives, optimizer: sections of the run's settings.
      context_counts: of given pairs, whose contexts are no words: theirs.

    Raises:
      ValueError: the learning rate is null.
    """
    if optimizer.learning_rate is None:
        raise ValueError("the learning rate is null: see schedules.default_learning_rate")
    tree = build_tree(count_V) if model.objective == "hierarchical_softmax" else None
    noise = noise_table(count_V if context_counts is None else context_counts, negatives)
    keep_V = keep_probabilities(count_V, subsample.threshold, subsample.formula)
    if context_counts is not None:
        keep_V = np.append(keep_V, keep_probabilities(context_counts, subsample.threshold, subsample.formula))
    scalars = np.int32(windows.window), np.float32(negatives.k), np.float32(optimizer.learning_rate)
    longest = None if subsample.max_sentence is None else np.int32(subsample.max_sentence)
    return Hyperparameters(*jax.tree.map(jnp.asarray, (keep_V, noise, *scalars, tree, longest)))
