"""The trainer and the hyperparameters of runs, from their settings and their text."""

import dataclasses
from collections.abc import Sequence

import jax.numpy as jnp

from jaxw2v.settings.config import Config
from jaxw2v.text.corpus import Corpus
from jaxw2v.training import population, schedules, trainer
from jaxw2v.training.hyperparameters import Hyperparameters, make_hyperparameters


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
    return population.make_population(one) if many else one


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
