"""A training session: a corpus through the compiled program, segment by segment. Where jit and donation stand."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.config import Config, Optimizer
from jaxw2v.errors import InputError
from jaxw2v.text import segments
from jaxw2v.text.corpus import Corpus
from jaxw2v.training import rates, trainer
from jaxw2v.training.rows import RowOptimizer
from jaxw2v.training.segment import State
from jaxw2v.vectors import formats
from jaxw2v.vectors.table import Table


class Progress(NamedTuple):
    """Where a run is, after a segment.

    Attributes:
      epoch: from 1.
      words: raw words seen of `total` in all epochs, rare words included.
      loss: nats per positive pair, its noise pairs included, over this epoch so far; starts near (1 + k) log 2. It is
        taken from one step of every chunk (`train.chunk_tokens`), drawn at random, before that step; None: no pair yet.
      segment_loss: the same over the last segment.
      rate: the learning rate.
      words_per_second: raw words, over the last segment; compilation apart.
      seconds: of training so far, compilation apart.
    """

    epoch: int
    words: int
    total: int
    loss: float | None
    segment_loss: float | None
    rate: float
    words_per_second: float
    seconds: float


class DivergedError(InputError):
    """Products of rows grew beyond all bounds."""


def make_optimizer(settings: Optimizer) -> RowOptimizer:
    """The row optimizer of the settings.

    Raises:
      InputError: optax has no such transformation, or it cannot be lifted to rows.
    """
    try:
        return trainer.make_optimizer(settings.name, settings.start, settings.transform, settings.options)
    except ValueError as error:
        raise InputError(f"optimizer.transform={settings.transform}: {error}") from error


def train(
    config: Config, optimizer: RowOptimizer, corpus: Corpus, keep: Callable[[Progress], None], folder: Path
) -> tuple[State, dict[str, Any]]:
    """The trained state, and how long it took, for result.json.

    Args:
      config: checked.
      optimizer: from `make_optimizer`.
      corpus: encoded.
      keep: takes the progress after every segment.
      folder: where tables go that diverged.

    Raises:
      InputError: subsampling leaves no pair.
      DivergedError: see there.
    """
    schedule = rates.make_schedule(config.optimizer.schedule, config.optimizer.floor, config.optimizer.warmup)
    parts = trainer.make_trainer(
        dim=config.model.dim,
        init_range=config.model.init_range,
        widest=config.windows.window,
        dynamic=config.windows.dynamic,
        k=config.negatives.k,
        shared_by=config.negatives.shared_by,
        stretch=config.negatives.stretch,
        draws=config.negatives.draws,
        optimizer=optimizer,
        schedule=schedule,
        step_tokens=config.train.step_tokens,
        chunk_tokens=config.train.step_tokens * max(1, config.train.chunk_tokens // config.train.step_tokens),
    )
    numbers = trainer.make_run(
        corpus.vocabulary.count_V,
        threshold=config.subsample.threshold,
        formula=config.subsample.formula,
        exponent=config.negatives.exponent,
        window=config.windows.window,
        k=config.negatives.k,
        rate=config.optimizer.rate,
    )
    key = jax.random.key(config.seed)
    key_init, key_train = jax.random.split(key)
    state = jax.jit(parts.init, static_argnums=1)(key_init, len(corpus.vocabulary.words))

    capacity = min(config.train.segment, len(corpus.ids_N))
    cut = segments.cut_segments(corpus.ids_N, capacity)
    pieces, epoch_words = len(cut.bounds) - 1, int(cut.words[-1])
    total = epoch_words * config.train.epochs

    def arguments(epoch: int, s: int):
        seen = epoch * epoch_words + cut.words[s : s + 2]
        key = jax.random.fold_in(jax.random.fold_in(key_train, epoch), s)
        raw_N = jnp.asarray(segments.padded(corpus.ids_N, cut, s, capacity))
        return key, state, numbers, raw_N, jnp.float32(seen[0] / total), jnp.float32(seen[1] / total)

    mark = time.perf_counter()
    compiled = jax.jit(parts.train_segment, donate_argnums=1).lower(*arguments(0, 0)).compile()
    compilation = time.perf_counter() - mark

    begin = mark = time.perf_counter()
    all_pairs = 0.0
    raw = corpus.raw_words / corpus.words  # rare words, which training never sees, count as gensim counts them
    for epoch in range(config.train.epochs):
        loss = counted = 0.0
        for s in range(pieces):
            state, info = compiled(*arguments(epoch, s))
            if not bool(info.healthy):
                _keep_diverged(state, corpus.vocabulary.words, folder)
                raise DivergedError(_diverged(config, epoch, s, cut, total, epoch_words, folder))
            loss_here, counted_here, pairs_here = (
                float(np.asarray(array_I, np.float64).sum())
                for array_I in (info.loss_I, info.loss_pairs_I, info.pairs_I)
            )
            loss, counted, all_pairs = loss + loss_here, counted + counted_here, all_pairs + pairs_here
            now = time.perf_counter()
            seen = int(epoch * epoch_words + cut.words[s + 1])
            last = Progress(
                epoch=epoch + 1,
                words=round(seen * raw),
                total=corpus.raw_words * config.train.epochs,
                loss=loss / counted if counted else None,
                segment_loss=loss_here / counted_here if counted_here else None,
                rate=config.optimizer.rate * float(schedule(seen / total)),
                words_per_second=int(cut.words[s + 1] - cut.words[s]) * raw / (now - mark),
                seconds=now - begin,
            )
            keep(last)
            mark = now
    jax.block_until_ready(state)
    seconds = time.perf_counter() - begin
    if all_pairs == 0:
        raise InputError(
            f"subsample.threshold={config.subsample.threshold:g} leaves no word a neighbour in a text of "
            f"{corpus.words:,} words: raise it, or 0 for no subsampling"
        )
    return state, {
        "loss": last.loss,
        "seconds.compilation": compilation,
        "seconds.training": seconds,
        "words_per_second": corpus.raw_words * config.train.epochs / seconds,
        "pairs_per_second": all_pairs / seconds,
    }


def _keep_diverged(state: State, words: list[str], folder: Path) -> None:
    for name, table_VD in zip(("diverged", "diverged-contexts"), state.model):
        formats.save(Table(words, np.asarray(table_VD)), folder / f"{name}.npz", "npz")


def _diverged(config, epoch, s, cut, total, epoch_words, folder) -> str:
    seen = (epoch * epoch_words + cut.words[s]) / total
    other = "" if config.optimizer.name == "damped_sgd" else ", or use optimizer=damped_sgd"
    return (
        f"training diverged in epoch {epoch + 1}, after {seen:.0%} of all words: lower "
        f"optimizer.rate={config.optimizer.rate:g} or train.step_tokens={config.train.step_tokens}{other}; "
        f"the last finite tables are in {folder}/diverged.npz and diverged-contexts.npz"
    )
