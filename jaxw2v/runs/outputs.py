"""What a run leaves: vectors, vocabulary, predictions, result.json when these are whole, and figures."""

import contextlib
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse

from jaxw2v.checkpoints import finished
from jaxw2v.checkpoints import folder as places
from jaxw2v.checkpoints.manager import CheckpointManager
from jaxw2v.checkpoints.state import TrainState
from jaxw2v.errors import InputError
from jaxw2v.files import results
from jaxw2v.runs import evaluation, tables
from jaxw2v.runs.divergence import worse_than_zeros
from jaxw2v.runs.inputs import Inputs
from jaxw2v.runs.program import Program
from jaxw2v.settings.config import Config
from jaxw2v.text import vocabulary
from jaxw2v.text.corpus import Corpus
from jaxw2v.training import population
from jaxw2v.training.segment import State
from jaxw2v.vectors import formats
from jaxw2v.vectors.table import Table

FILES = {"input": "vectors", "output": "vectors-output", "sum": "vectors-sum"}  # of vectors.matrices


class Made(NamedTuple):
    """What training or counting made of a run.

    Attributes:
      arrays: tables by the names of `vectors.matrices`.
      timing: what it took, for result.json.
      state: where it is to be saved.
    """

    arrays: Mapping[str, np.ndarray | scipy.sparse.csr_array]
    timing: dict[str, Any]
    state: State | None = None


class Outcome(NamedTuple):
    """The first of the tables asked for, the result (as in result.json) and the score to optimize."""

    table: Table
    result: dict[str, Any]
    score: float | None


def made(program: Program, state: TrainState, manager: CheckpointManager, r: int) -> Made | InputError:
    """What a session has made of run r, or why there is nothing."""
    if r in state.failed:
        return state.failed[r]
    config, corpus = program.configs[r], program.corpus
    if state.pairs_R[r] == 0:  # some sentence has two words, see `texts.open_corpus`
        return InputError(
            f"subsample.threshold={config.subsample.threshold:g} leaves no word a neighbor in a text of "
            f"{corpus.words:,} words: raise it, or 0 for no subsampling"
        )
    share = state.seconds / manager.runs  # so that the seconds of a population's runs add up to what all took
    timing = {
        "loss": float(state.loss_R[r] / state.counted_R[r]) if state.counted_R[r] else None,
        "runs": manager.runs,
        "restarts": manager.restarts,
        **({"resumed.anyway": manager.differences} if manager.differences else {}),
        "replicas": program.replicas,
        "learning_rate": config.optimizer.learning_rate,
        "segment": program.rounds.capacity,
        "seconds.compilation": program.compilation / manager.runs,
        "seconds.training": share,
        "seconds.checkpoints": manager.seconds / manager.runs,
        "words_per_second": corpus.raw_words * config.train.epochs / share,
        "pairs_per_second": state.pairs_R[r] / share,
    }
    left = population.alone(state.state, r, len(program.configs)) if config.train.save_state else None
    return Made(tables.named(config, program.model(state.state, r)), timing, left)


def finish(
    config: Config,
    folder: Path,
    made: Made,
    inputs: Inputs,
    metrics: Sequence[dict[str, Any]],
    seconds: float,
    say: Callable[[str], None],
) -> Outcome:
    """Saves and evaluates a run and writes its result.

    Args:
      config: of the run.
      folder: where its files go.
      made: by training or counting.
      inputs: what it began with.
      metrics: the lines of its metrics.jsonl.
      seconds: that it has taken so far.
      say: takes a line for a person.

    Raises:
      InputError: a file cannot be written.
    """
    begin = time.perf_counter() - seconds
    corpus = inputs.corpus
    _save_vectors(config, folder, made, corpus)
    saved = time.perf_counter()
    table = Table(corpus.vocabulary.words, made.arrays[config.vectors.matrices[0]])
    scores, predictions = evaluation.evaluate(table, inputs.test_sets, config.eval)
    for line in evaluation.unanswered(table, inputs.test_sets, scores, config.eval):
        say(line)
    np.savez_compressed(folder / "predictions.npz", **predictions)  # type: ignore[arg-type]  # of its stubs
    distance = _distance(config, made, inputs)
    warning = worse_than_zeros(config, corpus, metrics)
    last = {key: value for key, value in (metrics[-1] if metrics else {}).items() if key.startswith("heldout.")}
    result = {
        **results.flatten(asdict(config)),
        **last,
        **{f"scores.{key}": value for key, value in scores.items()},
        **distance,
        **made.timing,
        **({"warning": warning} if warning else {}),
        "seconds.to_saved_vectors": saved - begin,
        "vectors.sha256": fingerprint(table),
        **inputs.record,
    }
    result["seconds.total"] = time.perf_counter() - begin
    results.write_result(folder / "result.json", result)  # its presence says that all but pictures is there, and whole
    places.end(folder)
    if config.figures:
        _draw(config.projection, table, metrics, folder, say)
        result["seconds.total"] = time.perf_counter() - begin
        with contextlib.suppress(InputError):  # it is there, without the seconds of the pictures
            results.write_result(folder / "result.json", result)
    return Outcome(table, result, evaluation.chosen_score(scores | last, config.eval.objective))


def _distance(config: Config, made: Made, inputs: Inputs) -> dict[str, Any]:
    """How far the run's matrices are from the optimum, where `eval.deviation` asks for it."""
    if not config.eval.deviation:
        return {}
    from jaxw2v.runs import optimum  # here: counting takes a while to start

    return optimum.measured(config, inputs.training, made.arrays)


def fingerprint(table: Table) -> str:
    """64 hexadecimal digits that stand for the words and the bytes of their vectors: equal for runs with equal ones."""
    array: Any = table.vectors_VD
    parts = (array.indptr, array.indices, array.data) if scipy.sparse.issparse(array) else (array,)
    digest = hashlib.sha256("\n".join(table.words).encode("utf-8", "surrogateescape"))
    for part in parts:
        digest.update(np.ascontiguousarray(part).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _save_vectors(config: Config, folder: Path, made: Made, corpus: Corpus) -> None:
    words = corpus.vocabulary.words
    for name in config.vectors.matrices:
        array = made.arrays[name]
        if scipy.sparse.issparse(array):
            scipy.sparse.save_npz(folder / f"{FILES[name]}.sparse.npz", array)
            continue
        rows = corpus.contexts.words if name == "output" and corpus.contexts else words
        for format in config.vectors.formats:
            formats.save(Table(rows, array), folder / f"{FILES[name]}.{format}", format)
    vocabulary.save(corpus.vocabulary, folder / "vocabulary.txt")
    if corpus.contexts:
        vocabulary.save(corpus.contexts, folder / "vocabulary-contexts.txt")
    if made.state is not None:
        finished.keep(folder, made.state)


def _draw(
    projection: str, table: Table, metrics: Sequence[dict[str, Any]], folder: Path, say: Callable[[str], None]
) -> None:
    """Saves the pictures of a run. The result is there: one that cannot be drawn or saved is told, and no more."""
    from jaxw2v.study import figures  # here: Matplotlib takes half a second to start

    try:
        if metrics:
            figures.loss_curve([m | {"loss": m["segment_loss"]} for m in metrics], folder / "loss.png")
        if not scipy.sparse.issparse(table.vectors_VD):
            figures.projection(table, folder / f"{projection}.png", projection, say=say)
    except InputError as error:
        say(f"no picture: {error}")
