"""A run: Config to arrays to trained vectors and result files. The only assembly, and where jit and donation stand."""

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v import evaluation
from jaxw2v.config import Config
from jaxw2v.errors import InputError
from jaxw2v.study import figures, results
from jaxw2v.text import corpus as corpora
from jaxw2v.text import docstrings, segments, sources, text8, vocabulary
from jaxw2v.training import rates, trainer
from jaxw2v.training.segment import State
from jaxw2v.vectors import formats
from jaxw2v.vectors.table import Table


class Progress(NamedTuple):
    """Where a run is, after a segment.

    Attributes:
      epoch: from 1.
      words: raw words seen of `total` in all epochs.
      loss: nats per positive pair, its noise pairs included, over this epoch so far; starts near (1 + k) log 2.
      segment_loss: the same over the last segment.
      rate: the learning rate.
      words_per_second: raw words, over the last segment; compilation apart.
      seconds: of training so far, compilation apart.
    """

    epoch: int
    words: int
    total: int
    loss: float
    segment_loss: float
    rate: float
    words_per_second: float
    seconds: float


class Outcome(NamedTuple):
    """The first of the tables asked for, the result (as in result.json) and the score to optimize."""

    table: Table
    result: dict[str, Any]
    score: float | None


class DivergedError(InputError):
    """A gradient was not finite."""


def open_corpus(config: Config, say: Callable[[str], None]) -> tuple[corpora.Corpus, dict[str, Any]]:
    """The encoded corpus of a config, made or found in the cache, and a record of what is in it.

    Raises:
      InputError: the text, the vocabulary or the cache cannot be used.
    """
    say("reading the corpus")
    cache = Path(config.cache).expanduser()
    source = config.corpus
    record: dict[str, Any] = {}
    if source.source == "docstrings":
        made = docstrings.build(cache, source.packages, source.standard_library)
        files, record = [made.path], made.record
    elif source.source == "text8":
        files = [text8.fetch(source.url, cache, source.timeout)]
    else:
        files = sources.find_files(source.path)
    corpus = corpora.encode(
        files,
        cache,
        min_count=config.vocab.min_count,
        max_size=config.vocab.max_size,
        vocabulary_path=config.vocab.path,
        max_sentence=source.max_sentence,
        invalid_utf8=source.invalid_utf8,
        lower=source.normalise.lower,
        nfc=source.normalise.nfc,
        word_pattern=source.normalise.word_pattern,
    )
    say(
        f"corpus: {corpus.raw_words:,} words, {corpus.words:,} of them in the vocabulary of "
        f"{len(corpus.vocabulary.words):,}; sha256 {corpus.sha256[:12]}"
    )
    return corpus, record


def claim(folder: Path) -> None:
    """Makes the folder of a run.

    Raises:
      InputError: it holds a result already, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"hydra.run.dir={folder}: cannot be made ({error.strerror}); choose another") from error
    if (folder / "result.json").exists():
        raise InputError(f"{folder} holds a result already; choose another hydra.run.dir or remove its result.json")


def run(
    config: Config,
    folder: Path,
    *,
    repository: Path,
    say: Callable[[str], None],
    report: Callable[[Progress], None],
) -> Outcome:
    """Trains, saves, evaluates; everything it leaves is in `folder`.

    Args:
      config: checked.
      folder: where the run's files go; see `claim`.
      repository: whose commit is recorded.
      say: takes a line for a person.
      report: takes the progress after every segment.

    Raises:
      InputError: something the user gave cannot be used; the message says what and the remedy.
      DivergedError: training diverged; the last good tables are in `folder`/diverged.npz and diverged-contexts.npz.
    """
    begin = time.perf_counter()
    claim(folder)
    device = _device(config.train.device)
    optimizer = _optimizer(config)
    test_sets = evaluation.read_test_sets(config.eval)  # before the long part: a broken file costs nothing yet
    corpus, record = open_corpus(config, say)
    metrics: list[dict[str, Any]] = []
    (folder / "metrics.jsonl").unlink(missing_ok=True)  # of a run that did not end

    def keep(progress: Progress) -> None:
        metrics.append(progress._asdict())
        results.append(folder / "metrics.jsonl", metrics[-1])
        report(progress)

    with jax.default_device(device):
        say(f"device: {device.device_kind}; compiling")
        state, timing = _train(config, optimizer, corpus, keep, folder)

    words = corpus.vocabulary.words
    input_VD, output_VD = (np.asarray(table_VD) for table_VD in state.model)
    arrays = {"input": input_VD, "context": output_VD, "sum": input_VD + output_VD}
    names = {"input": "vectors", "context": "contexts", "sum": "sums"}
    for name in config.vectors.tables:
        for format in config.vectors.formats:
            formats.save(Table(words, arrays[name]), folder / f"{names[name]}.{format}", format)
    vocabulary.save(corpus.vocabulary, folder / "vocabulary.txt")
    saved = time.perf_counter()

    table = Table(words, arrays[config.vectors.tables[0]])
    scores = evaluation.evaluate(table, test_sets, config.eval)
    result = {
        **results.flatten(asdict(config)),
        **{f"scores.{key}": value for key, value in scores.items()},
        **timing,
        "seconds.to_saved_vectors": saved - begin,
        "corpus.sha256": corpus.sha256,
        "corpus.raw_words": corpus.raw_words,
        "corpus.words": corpus.words,
        "corpus.sentences": corpus.sentences,
        **results.flatten({"corpus.record": record}),
        "vocab.words": len(words),
        "device": device.device_kind,
        **results.provenance(repository),
    }
    if config.figures:
        figures.loss_curve([m | {"loss": m["segment_loss"]} for m in metrics], folder / "loss.png")
        figures.projection(table, folder / "projection.png")
    result["seconds.total"] = time.perf_counter() - begin
    results.write_result(folder / "result.json", result)  # last: its presence says that the rest is whole
    return Outcome(table, result, evaluation.chosen_score(scores, config.eval.score))


def _train(config, optimizer, corpus, keep, folder) -> tuple[State, dict[str, Any]]:
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
        loss_every=config.train.loss_every,
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
    last = Progress(0, 0, total, 0.0, 0.0, 0.0, 0.0, 0.0)
    all_pairs = 0.0
    for epoch in range(config.train.epochs):
        loss = pairs = 0.0
        for s in range(pieces):
            state, info = compiled(*arguments(epoch, s))
            if not bool(info.finite):
                _keep_diverged(state, corpus.vocabulary.words, folder)
                raise DivergedError(_diverged(config, epoch, s, cut, total, epoch_words, folder))
            loss_here = float(np.asarray(info.loss_I, np.float64).sum())
            pairs_here = float(np.asarray(info.pairs_I, np.float64).sum())
            loss, pairs = loss + loss_here, pairs + pairs_here
            all_pairs += pairs_here * config.train.loss_every
            now = time.perf_counter()
            seen = int(epoch * epoch_words + cut.words[s + 1])
            last = Progress(
                epoch=epoch + 1,
                words=seen,
                total=total,
                loss=loss / max(pairs, 1.0),
                segment_loss=loss_here / max(pairs_here, 1.0),
                rate=config.optimizer.rate * float(schedule(seen / total)),
                words_per_second=int(cut.words[s + 1] - cut.words[s]) / (now - mark),
                seconds=now - begin,
            )
            keep(last)
            mark = now
    jax.block_until_ready(state)
    seconds = time.perf_counter() - begin
    return state, {
        "loss": last.loss,
        "seconds.compilation": compilation,
        "seconds.training": seconds,
        "words_per_second": total / seconds,
        "pairs_per_second": all_pairs / seconds,
    }


def _device(platform: str) -> jax.Device:
    try:
        return jax.devices(None if platform == "auto" else platform)[0]
    except RuntimeError as error:
        there = ", ".join(sorted({device.platform for device in jax.devices()}))
        raise InputError(
            f"train.device={platform}: jax finds none here, only {there}; use train.device=auto"
        ) from error


def _optimizer(config: Config):
    settings = config.optimizer
    try:
        return trainer.make_optimizer(settings.name, settings.start, settings.transform, settings.options)
    except ValueError as error:
        raise InputError(f"optimizer.transform={settings.transform}: {error}") from error


def _keep_diverged(state: State, words: list[str], folder: Path) -> None:
    for name, table_VD in zip(("diverged", "diverged-contexts"), state.model):
        formats.save(Table(words, np.asarray(table_VD)), folder / f"{name}.npz", "npz")


def _diverged(config, epoch, s, cut, total, epoch_words, folder) -> str:
    seen = (epoch * epoch_words + cut.words[s]) / total
    return (
        f"training diverged in epoch {epoch + 1}, after {seen:.0%} of all words: lower "
        f"optimizer.rate={config.optimizer.rate:g} or train.step_tokens={config.train.step_tokens}, or use "
        f"optimizer=damped_sgd; the last good tables are in {folder}/diverged.npz and diverged-contexts.npz"
    )
