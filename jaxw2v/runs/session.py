"""A training session: a corpus through the compiled program, segment by segment. Where jit and donation stand."""

import operator
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.checkpoints import warm_start
from jaxw2v.checkpoints.finished import WarmStart
from jaxw2v.checkpoints.manager import CheckpointManager, TrainState
from jaxw2v.errors import InputError
from jaxw2v.runs import memory, tables, trainers
from jaxw2v.runs.divergence import diverged
from jaxw2v.runs.heldout import Measure, Measured
from jaxw2v.settings.config import Config
from jaxw2v.text import segments
from jaxw2v.text.corpus import Corpus
from jaxw2v.training import population, replicas, schedules, storage
from jaxw2v.training.model import Model
from jaxw2v.training.segment import State

_PROGRAMS = 4  # kept by a process
_programs: dict[Any, jax.stages.Compiled] = {}


class Progress(NamedTuple):
    """Where a run is, after a segment.

    Attributes:
      epoch: from 1.
      words: raw words seen of `total` in all epochs, rare words included.
      loss: nats per positive pair, its negative pairs included, over this epoch so far; starts near (1 + k) log 2. It is
        taken from one step of every chunk (`train.chunk_tokens`), drawn at random, before that step; None: no pair yet.
      segment_loss: the same over the last segment.
      learning_rate: at the end of the last segment.
      words_per_second: raw words, over the last segment; compilation apart.
      seconds: of training so far, compilation apart.
      heldout: after the last segment of an epoch, if sentences are held out; its seconds are apart.
    """

    epoch: int
    words: int
    total: int
    loss: float | None
    segment_loss: float | None
    learning_rate: float
    words_per_second: float
    seconds: float
    heldout: Measured | None = None


class Trained(NamedTuple):
    """What training made of a run: tables by the names of `vectors.matrices`, what it took, for result.json, and its
    state, where that is to be kept."""

    arrays: dict[str, np.ndarray]
    timing: dict[str, Any]
    state: State | None


def train(
    configs: Sequence[Config],
    corpus: Corpus,
    keep: Callable[[int, Progress], None],
    folders: Sequence[Path],
    devices: Sequence[jax.Device],
    manager: CheckpointManager,
    measure: Measure | None = None,
    finished: WarmStart | None = None,
) -> list[Trained | InputError]:
    """What became of each of R runs, trained side by side in one compiled program: see `population`.

    A run that fails leaves the others alone: an InputError stands in its place if subsampling leaves no pair, a
    DivergedError if products of rows grew beyond all bounds.

    Args:
      configs: checked, R of them; what `trainer.make_trainer` takes, but for the window, is the same in all.
      corpus: encoded.
      keep: takes the number of a run, from 0, and its progress, after every segment.
      folders: of each run, where tables go that diverged.
      devices: one for each replica of the tables: see `replicas`.
      keeper: makes checkpoints, and knows where to go on.
      measure: of the held-out loss, from `heldout.make_measure`; the corpus is then without those sentences.
      finished: what the tables begin with; its arrays are taken out.

    Raises:
      Interrupted: a person or the system asked for the end; there is a checkpoint.
    """
    config, runs = configs[0], range(len(configs))
    join = operator.itemgetter(0) if len(configs) == 1 else population.stack
    tables.check_memory(config, len(corpus.vocabulary.words))
    parts = trainers.make_trainer(configs, corpus)
    schedule = schedules.make_schedule(config.optimizer)
    everywhere, apart = replicas.everywhere(devices), replicas.apart(devices)
    numbers = jax.device_put(join([trainers.hyperparameters(each, corpus) for each in configs]), everywhere)
    keys = [jax.random.split(jax.random.key(each.seed)) for each in configs]
    text_keys = [key[1] if finished is None else warm_start.fold_in(key[1], finished) for key in keys]
    words, first_keys = len(corpus.vocabulary.words), join([key[0] for key in keys])
    contexts = corpus.contexts and len(corpus.contexts.words)
    wanted = segment_tokens(config.train.segment_tokens, words)
    shapes = jax.eval_shape(lambda key: parts.init(key, words, contexts), first_keys)
    widest, segment = max(each.windows.window for each in configs), min(wanted, len(corpus.ids_N))
    memory.refuse_too_much(shapes, devices, segment, words, config, widest, len(runs))
    state = jax.jit(parts.init, static_argnums=(1, 2))(first_keys, words, contexts)
    if finished is not None:
        state = warm_start.take_over(finished, state, corpus, len(runs))
    state = jax.device_put(state, everywhere)

    cut = segments.cut_segments(corpus.ids_N, wanted, len(devices))
    capacity = int(np.diff(cut.bounds).max())
    starts = range(0, len(cut.bounds) - 1, len(devices))  # of the pieces that replicas train on at a time
    epoch_words = int(cut.words[-1])
    total = epoch_words * config.train.epochs
    rounds = len(starts) * config.train.epochs
    first, state, loss_R, counted_R, all_pairs_R, before, failed = manager.restore(state)

    copies = replicas.make_replicas(parts.train_segment, devices)
    keep_part = jax.jit(copies.keep)

    def arguments(epoch: int, s: int):
        seen = (epoch * epoch_words + cut.words[[s, s + len(devices)]]) / total
        pieces = range(s, s + len(devices))
        key = jnp.stack(
            [join([jax.random.fold_in(jax.random.fold_in(key, epoch), p) for key in text_keys]) for p in pieces]
        )
        raw_RN = np.stack([segments.padded(corpus.ids_N, cut, p, capacity) for p in pieces])
        start, end = jax.device_put((np.float32(seen[0]), np.float32(seen[1])), everywhere)
        return jax.device_put(key, apart), state, keep_part(state), numbers, jax.device_put(raw_RN, apart), start, end

    mark = time.perf_counter()
    if first < rounds:
        lowered = jax.jit(copies.train_segment, donate_argnums=1).lower(*arguments(0, 0))
        compiled = _compile(lowered, tuple(devices), config.train.deterministic)
        memory.refuse_program(compiled, devices, config)
    compilation = time.perf_counter() - mark

    mark = time.perf_counter()
    begin = mark - before
    raw = corpus.raw_words / corpus.words  # rare words, which training never sees, count as gensim counts them
    with manager.listening():
        for done in range(first, rounds):
            epoch, s = done // len(starts), starts[done % len(starts)]
            if s == 0:
                loss_R, counted_R = np.zeros(len(runs)), np.zeros(len(runs))
            state, info = compiled(*arguments(epoch, s))
            for r in np.flatnonzero(~np.asarray(info.healthy).reshape(len(devices), -1).all(0)):
                if r not in failed:
                    seen = (epoch * epoch_words + cut.words[s]) / total
                    when = f"in epoch {epoch + 1}, after {seen:.0%} of all words"
                    arrays = tables.named(config, _model(state, r, len(runs)))
                    failed[r] = diverged(configs[r], arrays, corpus, folders[r], when)
            if len(failed) == len(runs):
                return [failed[r] for r in runs]
            loss_here_R, counted_here_R, pairs_here_R = (
                np.asarray(array, np.float64).reshape(len(devices), len(runs), -1).sum((0, 2))
                for array in (info.loss_I, info.loss_pairs_I, info.pairs_I)
            )
            loss_R, counted_R = loss_R + loss_here_R, counted_R + counted_here_R
            all_pairs_R = all_pairs_R + pairs_here_R
            now, measuring, found = time.perf_counter(), 0.0, {}
            if measure is not None and s == starts[-1]:
                alive = [r for r in runs if r not in failed]
                found = {r: measure(state.model, r if len(runs) > 1 else None) for r in alive}
                measuring = time.perf_counter() - now
            seen = int(epoch * epoch_words + cut.words[s + len(devices)])
            for r in [r for r in runs if r not in failed]:
                last = Progress(
                    epoch=epoch + 1,
                    words=round(seen * raw),
                    total=corpus.raw_words * config.train.epochs,
                    loss=float(loss_R[r] / counted_R[r]) if counted_R[r] else None,
                    segment_loss=float(loss_here_R[r] / counted_here_R[r]) if counted_here_R[r] else None,
                    learning_rate=configs[r].optimizer.learning_rate * float(schedule(seen / total)),
                    words_per_second=int(cut.words[s + len(devices)] - cut.words[s]) * raw / (now - mark),
                    seconds=now - begin,
                    heldout=found.get(r),
                )
                keep(r, last)
            now, begin = now + measuring, begin + measuring
            if manager.due(done + 1, rounds):
                here = TrainState(done + 1, state, loss_R, counted_R, all_pairs_R, now - begin, failed)
                manager.save(here, seen / total)
                now = time.perf_counter()
            mark = now
        jax.block_until_ready(state)
        seconds = time.perf_counter() - begin
        manager.hold(TrainState(rounds, state, loss_R, counted_R, all_pairs_R, seconds, failed))

    def end(r: int) -> Trained | InputError:
        if r in failed:
            return failed[r]
        if all_pairs_R[r] == 0:
            return InputError(
                f"subsample.threshold={configs[r].subsample.threshold:g} leaves no word a neighbor in a text of "
                f"{corpus.words:,} words: raise it, or 0 for no subsampling"
            )
        share = seconds / manager.runs  # so that the seconds of a population's runs add up to what all took
        timing = {
            "loss": float(loss_R[r] / counted_R[r]) if counted_R[r] else None,
            "runs": manager.runs,
            "restarts": manager.restarts,
            "replicas": len(devices),
            "segment": capacity,
            "seconds.compilation": compilation / manager.runs,
            "seconds.training": share,
            "seconds.checkpoints": manager.seconds / manager.runs,
            "words_per_second": corpus.raw_words * config.train.epochs / share,
            "pairs_per_second": all_pairs_R[r] / share,
        }
        left = population.alone(state, r, len(runs)) if config.train.save_state else None
        return Trained(tables.named(config, _model(state, r, len(runs))), timing, left)

    return [end(r) for r in runs]


def _compile(lowered: jax.stages.Lowered, devices: tuple[jax.Device, ...], deterministic: bool) -> jax.stages.Compiled:
    """The program, compiled; jobs of a sweep that one process does one after another often have the same."""
    key = lowered.as_text(), devices, deterministic
    if key not in _programs:
        while len(_programs) >= _PROGRAMS:
            _programs.pop(next(iter(_programs)))  # the oldest
        _programs[key] = lowered.compile(compiler_options={"xla_gpu_deterministic_ops": deterministic})
    return _programs[key]


def segment_tokens(setting: int | None, words: int) -> int:
    """Raw tokens of a segment: by default in proportion to the tables, which replicas join at its end."""
    return setting or min(max(16 * words, 2**16), 2**22)


def _model(state: State, r: int, runs: int) -> Model:
    """The tables of run r, in the host's memory."""
    return jax.tree.map(lambda table: np.asarray(storage.values(table if runs == 1 else table[r])), state.model)
