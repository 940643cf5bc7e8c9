"""The trainer and the hyperparameters of runs, from their settings and their text."""

import dataclasses
import functools
import math
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from jaxw2v.settings.config import Config
from jaxw2v.text.corpus import Corpus
from jaxw2v.training import population, schedules, trainer
from jaxw2v.training.hyperparameters import Hyperparameters, make_hyperparameters
from jaxw2v.training.subsample import keep_probabilities

LOOKED_AT = 4  # one of so many tokens, to know how many are kept
BLOCK = 2**10  # tokens looked at whose number is kept in mind


def complete(config: Config, corpus: Corpus) -> Config:
    """The settings with what depends on the text: the learning rate, where it is null."""
    if config.optimizer.learning_rate is not None:
        return config
    rate = schedules.default_learning_rate(corpus.words * config.train.epochs)
    return dataclasses.replace(config, optimizer=dataclasses.replace(config.optimizer, learning_rate=rate))


def make_trainer(configs: Sequence[Config], corpus: Corpus) -> trainer.Trainer:
    """The trainer of runs side by side; of one, without an axis of runs: the same program whatever populations do."""
    config, many = configs[0], len(configs) > 1
    one = trainer.make_trainer(
        config.model,
        config.windows,
        config.negatives,
        config.optimizer,
        config.train,
        widest=max(each.windows.window for each in configs),
        given=corpus.contexts is not None,
        runs=population.AXIS if many else None,
    )
    if config.train.order == "step":
        most = functools.partial(most_kept, configs, corpus)
        one = one._replace(train_segment=functools.partial(one.train_segment, most_kept=most))
    return population.make_population(one) if many else one


def most_kept(configs: Sequence[Config], corpus: Corpus, tokens: int) -> int:
    """How many of so many neighboring tokens subsampling keeps, wherever they stand in the text; hardly ever more.

    From the probabilities of one token of four; six standard deviations above what is expected where most are kept.
    It is asked for when static loops are traced.
    """
    keep_V = np.max([_keep_V(config, corpus) for config in configs], axis=0)
    counts, ids_N = [0.0], corpus.ids_N[::LOOKED_AT]
    for first in range(0, len(ids_N), BLOCK):
        block = ids_N[first : first + BLOCK]
        counts.append(float(keep_V[block[block >= 0]].sum()) * LOOKED_AT)
    before = np.cumsum(counts)
    blocks = min(-(-tokens // (BLOCK * LOOKED_AT)) + 1, len(counts) - 1)  # that they may touch
    expected = float((before[blocks:] - before[: len(before) - blocks]).max(initial=0.0))
    return math.ceil(expected + 6 * math.sqrt((LOOKED_AT + 1) * expected))


def _keep_V(config: Config, corpus: Corpus) -> np.ndarray:
    """The probability that a token is kept, of the words and, of given pairs, of the contexts."""
    counts = [corpus.vocabulary.count_V, *([corpus.contexts.count_V] if corpus.contexts else [])]
    settings = config.subsample
    return np.concatenate([keep_probabilities(each, settings.threshold, settings.formula) for each in counts])


def hyperparameters(config: Config, corpus: Corpus) -> Hyperparameters:
    """The numbers of a run, arguments of the compiled program."""
    made = make_hyperparameters(
        corpus.vocabulary.count_V,
        config.model,
        config.subsample,
        config.windows,
        config.negatives,
        config.optimizer,
        corpus.contexts and corpus.contexts.count_V,
    )
    if not config.optimizer.refresh:
        return made
    total = int(corpus.vocabulary.count_V.sum()) * config.train.epochs
    return made._replace(refresh=jnp.float32(config.optimizer.refresh / total))
