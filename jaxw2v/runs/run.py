"""A run: Config to arrays to trained vectors and result files. The only assembly."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import scipy.sparse

from jaxw2v.checkpoints import finished as finished_runs
from jaxw2v.checkpoints import folder as places
from jaxw2v.checkpoints import identity, warm_start
from jaxw2v.checkpoints.manager import CheckpointManager
from jaxw2v.errors import InputError, Interrupted
from jaxw2v.files import results
from jaxw2v.runs import baseline, evaluation, heldout, memory, session
from jaxw2v.runs.devices import choose_devices
from jaxw2v.runs.divergence import worse_than_zeros
from jaxw2v.settings.config import Config
from jaxw2v.settings.corpus import NormalizeSettings
from jaxw2v.text import corpus as corpora
from jaxw2v.text import docstrings, joined, pairs, sources, text8, vocabulary
from jaxw2v.text import heldout as text_heldout
from jaxw2v.training import rows
from jaxw2v.vectors import formats
from jaxw2v.vectors.table import Table


class Outcome(NamedTuple):
    """The first of the tables asked for, the result (as in result.json) and the score to optimize."""

    table: Table
    result: dict[str, Any]
    score: float | None


class Source(NamedTuple):
    """The text of a config.

    Attributes:
      files: the text files.
      record: what is in them, for result.json.
      table: of the joined phrases, see `joined.Joined`; None if there are none.
    """

    files: list[Path]
    record: dict[str, Any]
    table: Path | None


def open_text(config: Config, say: Callable[[str], None]) -> Source:
    """The text of a config, its phrases joined, made or found in the cache.

    Raises:
      InputError: the text, the phrases or the cache cannot be used.
    """
    cache, source, record = Path(config.cache).expanduser(), config.corpus, {}
    if source.source == "docstrings":
        made = docstrings.build(cache, source.packages, source.standard_library)
        files, record = [made.path], made.record
    elif source.source == "text8":
        files = [text8.fetch(source.url, cache, source.timeout)]
    else:
        files = sources.find_files(source.path)
    if config.phrases.method == "none":
        return Source(files, record, None)
    phrases = asdict(config.phrases)
    text = joined.build(
        files,
        cache,
        list_path=phrases.pop("path"),
        list_normalize=_normalize(config.phrases.normalize),
        invalid_utf8=source.invalid_utf8,
        normalize=_normalize(source.normalize),
        say=say,
        **{key: value for key, value in phrases.items() if key != "normalize"},
    )
    return Source([text.path], record | {f"phrases.{key}": value for key, value in text.record.items()}, text.table)


def _normalize(settings: NormalizeSettings) -> sources.Normalize:
    return sources.Normalize(settings.nfc, settings.lower, sources.word_regex(settings.word_pattern))


def open_corpus(config: Config, say: Callable[[str], None]) -> tuple[corpora.Corpus, dict[str, Any]]:
    """The encoded corpus of a config, made or found in the cache, and a record of what is in it.

    Raises:
      InputError: the text, the phrases, the vocabulary or the cache cannot be used.
    """
    say("reading the corpus")
    if config.corpus.source == "pairs":
        files, size = sources.find_files(config.corpus.path), (config.vocab.min_count, config.vocab.max_size)
        corpus = pairs.encode(files, min_count=size[0], max_size=size[1], invalid_utf8=config.corpus.invalid_utf8)
        say(
            f"pairs: {corpus.raw_words // 2:,}, {corpus.sentences:,} of them of {len(corpus.vocabulary.words):,} words "
            f"and {len(corpus.contexts.words):,} contexts; sha256 {corpus.sha256[:12]}"
        )
        return corpus, {}
    source = open_text(config, say)
    # a joined text is normalized already, and a pattern could take its phrases apart
    normalize = asdict(config.corpus.normalize) if source.table is None else {}
    corpus = corpora.encode(
        source.files,
        Path(config.cache).expanduser(),
        min_count=config.vocab.min_count,
        max_size=config.vocab.max_size,
        vocabulary_path=config.vocab.path,
        known=finished_runs.known_vocabulary(config),
        max_sentence=config.corpus.max_sentence,
        invalid_utf8=config.corpus.invalid_utf8,
        **normalize,
    )
    say(
        f"corpus: {corpus.raw_words:,} words, {corpus.words:,} of them in the vocabulary of "
        f"{len(corpus.vocabulary.words):,}; sha256 {corpus.sha256[:12]}"
    )
    return corpus, source.record


def alike(config: Config) -> dict[str, Any]:
    """The settings in which runs must agree to be trained side by side, by name.

    Left out are the numbers that one compiled program takes as arguments, the window (the widest is the program's), and
    what is done with vectors afterwards. k is a number only where spans share noise.
    """
    settings = results.flatten(asdict(config))
    free = {"seed", "subsample.threshold", "subsample.formula", "windows.window", "negatives.exponent"}
    free |= {"optimizer.learning_rate", "train.log_every"}
    free |= {"name", "figures", "vectors.matrices", "vectors.formats"}
    if config.negatives.shared_by == "span":
        free.add("negatives.k")
    return {key: value for key, value in settings.items() if key not in free}


@memory.told()
def run(
    configs: Sequence[Config],
    folders: Sequence[Path],
    *,
    repository: Path,
    say: Callable[[str], None],
    report: Callable[[session.Progress], None],
    begun: Callable[[], Any],
    beside: Iterable[Path] = (),
) -> list[Outcome | Exception]:
    """Trains, saves, evaluates. What became of each run; everything that it leaves is in its folder.

    A run that fails by itself has its exception here and leaves the others alone: a DivergedError, for one, with the
    last finite tables in diverged.npz and diverged-output.npz.

    Args:
      configs: checked; several, which must be `alike`, are trained side by side.
      folders: where each run's files go; see `folder.claim`.
      repository: whose commit is recorded.
      say: takes a line for a person.
      report: takes the progress after every segment, of the first run that has not failed. An Interrupted from it is
        as Ctrl-C: a checkpoint, then the end.
      begun: called when it is certain that what is in the folders is of these runs.
      beside: results of the same sweep, which must be of the same text and code.

    Raises:
      InputError: something that all share cannot be used; the message says what and the remedy.
    """
    begin = time.perf_counter()
    for folder in folders:
        places.claim(folder)
    config = configs[0]
    devices = choose_devices(config.train.device, config.train.replicas, config.optimizer.name)
    rows.make_optimizer(config.optimizer)  # before the long part: a mistake costs nothing yet
    test_sets = evaluation.read_test_sets(config.eval)
    finished = finished_runs.read(config)
    corpus, record = open_corpus(config, say)
    begun_with = {} if finished is None else warm_start.compare(finished, corpus, say)
    training, measure = _keep_aside(config, corpus, say)
    shared = {
        "corpus.sha256": corpus.sha256,
        "corpus.raw_words": corpus.raw_words,
        "corpus.words": corpus.words,
        "corpus.sentences": corpus.sentences,
        **results.flatten({"corpus.record": record}),
        "vocab.words": len(corpus.vocabulary.words),
        **begun_with,
        "device": devices[0].device_kind if config.baseline.method == "none" else "cpu",
        **results.provenance(repository),
        **identity.provenance(corpus),
    }
    identities = [identity.make_identity(each, corpus, shared, len(devices)) for each in configs]
    manager = CheckpointManager(folders, identities, config.train, say)
    identity.refuse_mixture(config, shared, beside)
    metrics = manager.find()
    begun()
    reported = 0

    def keep(r: int, progress: session.Progress) -> None:
        nonlocal reported
        line = progress._asdict()
        measured = line.pop("heldout")
        metrics[r].append(results.flatten(line | ({"heldout": measured._asdict()} if measured else {})))
        try:
            results.append(folders[r] / "metrics.jsonl", metrics[r][-1])
        except InputError as error:
            raise manager.unfinished(r, error) from error
        if progress.words > reported:  # once a segment
            reported = progress.words
            try:
                report(progress)
            except Interrupted as error:  # nobody can read it: as after Ctrl-C
                manager.ask(error)

    with manager.finishing():
        if config.baseline.method == "none":
            with jax.default_device(devices[0]):
                say(f"device: {devices[0].device_kind}; compiling")
                ends = session.train(configs, training, keep, folders, devices, manager, measure, finished)
            manager.check()
        else:
            ends = [baseline.factorize(each, corpus, say) for each in configs]

        outcomes: list[Outcome | Exception] = []
        share = (time.perf_counter() - begin) / manager.runs  # as the seconds of `session.train`
        for r, end in enumerate(ends):
            try:
                if isinstance(end, InputError):
                    raise end
                outcomes.append(
                    _finish(configs[r], folders[r], end, corpus, test_sets, metrics[r], shared, share=share, say=say)
                )
            except Exception as error:  # of this run alone
                if isinstance(end, InputError) and len(configs) > 1:
                    places.end(folders[r])  # it was trained in company that will be finished
                ended = error if isinstance(end, InputError) else manager.unfinished(r, error)
                outcomes.append(memory.ran_out(ended) or ended)
        return outcomes


def _keep_aside(config, corpus, say) -> tuple[corpora.Corpus, heldout.Measure | None]:
    """The corpus to train on, and how the loss on what is held out is measured; None: nothing is."""
    if not config.train.heldout_fraction:
        return corpus, None
    training, ids_N = text_heldout.split(corpus, config.train.heldout_fraction)
    measure, pairs = heldout.make_measure(config.heldout, config.model.dim, corpus, ids_N)
    say(f"held out: {corpus.sentences - training.sentences:,} of {corpus.sentences:,} sentences, {pairs:,.0f} pairs")
    return training, measure


def _finish(config, folder, made, corpus, test_sets, metrics, shared, *, share, say) -> Outcome:
    """Saves and evaluates a trained run, which took `share` seconds so far, and writes its result."""
    begin = time.perf_counter() - share
    arrays, timing, *left = made
    words = corpus.vocabulary.words
    names = {"input": "vectors", "output": "vectors-output", "sum": "vectors-sum"}
    for name in config.vectors.matrices:
        if scipy.sparse.issparse(arrays[name]):
            scipy.sparse.save_npz(folder / f"{names[name]}.sparse.npz", arrays[name])
            continue
        for format in config.vectors.formats:
            rows = corpus.contexts.words if name == "output" and corpus.contexts else words
            formats.save(Table(rows, arrays[name]), folder / f"{names[name]}.{format}", format)
    vocabulary.save(corpus.vocabulary, folder / "vocabulary.txt")
    if corpus.contexts:
        vocabulary.save(corpus.contexts, folder / "vocabulary-contexts.txt")
    if left and left[0] is not None:
        finished_runs.keep(folder, left[0])
    saved = time.perf_counter()

    table = Table(words, arrays[config.vectors.matrices[0]])
    scores, answers = evaluation.evaluate(table, test_sets, config.eval)
    np.savez_compressed(folder / "predictions.npz", **answers)
    warning = worse_than_zeros(config, corpus, metrics)
    last = {key: value for key, value in (metrics[-1] if metrics else {}).items() if key.startswith("heldout.")}
    result = {
        **results.flatten(asdict(config)),
        **last,
        **{f"scores.{key}": value for key, value in scores.items()},
        **timing,
        **({"warning": warning} if warning else {}),
        "seconds.to_saved_vectors": saved - begin,
        **shared,
    }
    if config.figures:
        _draw(table, metrics, folder, say)
    result["seconds.total"] = time.perf_counter() - begin
    results.write_result(folder / "result.json", result)  # last: its presence says that the rest is whole
    places.end(folder)
    return Outcome(table, result, evaluation.chosen_score(scores | last, config.eval.objective))


def _draw(table: Table, metrics, folder: Path, say: Callable[[str], None]) -> None:
    """Saves the pictures of a run."""
    from jaxw2v.study import figures  # here: Matplotlib and scikit-learn take a second to start

    if metrics:
        figures.loss_curve([m | {"loss": m["segment_loss"]} for m in metrics], folder / "loss.png")
    if not scipy.sparse.issparse(table.vectors_VD):
        try:
            figures.tsne(table, folder / "tsne.png")
        except InputError as error:  # too few words for a picture are no reason to lose a result
            say(f"no projection: {error}")
