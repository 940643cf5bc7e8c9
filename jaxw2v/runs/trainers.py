"""What a config asks of training: its optimizer, its trainer, and the numbers that the compiled program takes."""

from collections.abc import Sequence

from jaxw2v.errors import InputError
from jaxw2v.settings.config import Config
from jaxw2v.settings.optimizer import OptimizerSettings
from jaxw2v.text.corpus import Corpus
from jaxw2v.training import population, schedules, trainer
from jaxw2v.training.rows import RowOptimizer


def make_optimizer(settings: OptimizerSettings) -> RowOptimizer:
    """The row optimizer of the settings.

    Raises:
      InputError: optax has no such transformation, or it cannot be lifted to rows.
    """
    try:
        return trainer.make_optimizer(settings)
    except ValueError as error:
        raise InputError(f"optimizer.transform={settings.transform}: {error}") from error


def make_trainer(configs: Sequence[Config], optimizer: RowOptimizer, corpus: Corpus) -> trainer.Trainer:
    """The trainer of runs side by side; of one, without an axis of runs: the same program whatever populations do."""
    config = configs[0]
    return (trainer.make_trainer if len(configs) == 1 else population.make_population)(
        dim=config.model.dim,
        init_range=config.model.init_range,
        dtype=config.model.dtype,
        output_range=config.model.output_range,
        tied=config.model.tied,
        freeze=config.model.freeze,
        architecture=config.model.architecture,
        objective=config.model.objective,
        input=config.model.input,
        pool=config.model.pool,
        memory=config.model.memory * 1e9,
        given=corpus.contexts is not None,
        widest=max(each.windows.window for each in configs),
        dynamic=config.windows.dynamic,
        k=config.negatives.k,
        shared_by=config.negatives.shared_by,
        span=config.negatives.span,
        draws=config.negatives.shared_samples,
        optimizer=optimizer,
        schedule=make_schedule(config),
        step_tokens=config.train.step_tokens,
        chunk_tokens=config.train.step_tokens * max(1, config.train.chunk_tokens // config.train.step_tokens),
    )


def make_schedule(config: Config) -> schedules.Schedule:
    """The learning rate over time, as a share of the start."""
    return schedules.make_schedule(config.optimizer.schedule, config.optimizer.final_fraction, config.optimizer.warmup)


def hyperparameters(config: Config, corpus: Corpus) -> trainer.Run:
    """The numbers of a run, arguments of the compiled program."""
    return trainer.make_hyperparameters(
        corpus.vocabulary.count_V,
        threshold=config.subsample.threshold,
        formula=config.subsample.formula,
        exponent=config.negatives.exponent,
        window=config.windows.window,
        k=config.negatives.k,
        rate=config.optimizer.learning_rate,
        objective=config.model.objective,
        context_counts=corpus.contexts and corpus.contexts.count_V,
    )
