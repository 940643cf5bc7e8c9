"""The trainer and the hyperparameters of runs, from their settings and their text."""

from collections.abc import Sequence

from jaxw2v.settings.config import Config
from jaxw2v.text.corpus import Corpus
from jaxw2v.training import population, trainer
from jaxw2v.training.hyperparameters import Hyperparameters, make_hyperparameters


def make_trainer(configs: Sequence[Config], corpus: Corpus) -> trainer.Trainer:
    """The trainer of runs side by side; of one, without an axis of runs: the same program whatever populations do."""
    config = configs[0]
    return (trainer.make_trainer if len(configs) == 1 else population.make_population)(
        config.model,
        config.windows,
        config.negatives,
        config.optimizer,
        config.train,
        widest=max(each.windows.window for each in configs),
        given=corpus.contexts is not None,
    )


def hyperparameters(config: Config, corpus: Corpus) -> Hyperparameters:
    """The numbers of a run, arguments of the compiled program."""
    return make_hyperparameters(
        corpus.vocabulary.count_V,
        config.model,
        config.subsample,
        config.windows,
        config.negatives,
        config.optimizer,
        corpus.contexts and corpus.contexts.count_V,
    )
