"""A run: Config to arrays to trained vectors and result files. The only assembly."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import jax

from jaxw2v import evaluation, session
from jaxw2v.config import Config
from jaxw2v.errors import InputError
from jaxw2v.study import figures, results
from jaxw2v.text import corpus as corpora
from jaxw2v.text import docstrings, sources, text8, vocabulary
from jaxw2v.vectors import formats
from jaxw2v.vectors.table import Table

FILES = (
    "metrics.jsonl",
    "vectors.*",
    "contexts.*",
    "sums.*",
    "vocabulary.txt",
    "diverged*.npz",
    "answers.npz",
    "*.png",
)


class Outcome(NamedTuple):
    """The first of the tables asked for, the result (as in result.json) and the score to optimize."""

    table: Table
    result: dict[str, Any]
    score: float | None


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
      InputError: it holds a result or another program's files of the same names already, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"hydra.run.dir={folder}: cannot be made ({error.strerror}); choose another") from error
    if (folder / "result.json").exists():
        raise InputError(f"{folder} holds a result already; choose another hydra.run.dir or remove its result.json")
    for path in leftovers(folder):
        path.unlink()


def leftovers(folder: Path) -> list[Path]:
    """The files in a folder of a run that did not end.

    Raises:
      InputError: it holds another program's files of the same names.
    """
    found = [path for pattern in FILES for path in folder.glob(pattern)]
    if found and not (folder / ".hydra" / "config.yaml").exists():
        raise InputError(
            f"{folder} holds {found[0].name}, not made by a run; choose another hydra.run.dir or hydra.sweep.dir"
        )
    return found


def alike(config: Config) -> dict[str, Any]:
    """The settings in which runs must agree to be trained side by side, by name.

    Left out are the numbers that one compiled program takes as arguments, the window (the widest is the program's), and
    what is done with vectors afterwards. k is a number only where stretches share noise.
    """
    settings = results.flatten(asdict(config))
    free = {
        "seed",
        "subsample.threshold",
        "subsample.formula",
        "windows.window",
        "negatives.exponent",
        "optimizer.rate",
    }
    free |= {"name", "figures", "vectors.tables", "vectors.formats", "train.report_seconds"}
    if config.negatives.shared_by == "stretch":
        free.add("negatives.k")
    return {key: value for key, value in settings.items() if key not in free}


def run(
    configs: Sequence[Config],
    folders: Sequence[Path],
    *,
    repository: Path,
    say: Callable[[str], None],
    report: Callable[[session.Progress], None],
) -> list[Outcome | Exception]:
    """Trains, saves, evaluates. What became of each run; everything that it leaves is in its folder.

    A run that fails by itself has its exception here and leaves the others alone: a DivergedError, for one, with the
    last finite tables in diverged.npz and diverged-contexts.npz.

    Args:
      configs: checked; several, which must be `alike`, are trained side by side.
      folders: where each run's files go; see `claim`.
      repository: whose commit is recorded.
      say: takes a line for a person.
      report: takes the progress after every segment, of the first run that has not failed.

    Raises:
      InputError: something that all share cannot be used; the message says what and the remedy.
    """
    begin = time.perf_counter()
    for folder in folders:
        claim(folder)
    config = configs[0]
    devices = _devices(config.train.device, config.train.replicas, config.optimizer.name)
    optimizer = session.make_optimizer(config.optimizer)
    test_sets = evaluation.read_test_sets(config.eval)  # before the long part: a broken file costs nothing yet
    corpus, record = open_corpus(config, say)
    shared = {
        "corpus.sha256": corpus.sha256,
        "corpus.raw_words": corpus.raw_words,
        "corpus.words": corpus.words,
        "corpus.sentences": corpus.sentences,
        **results.flatten({"corpus.record": record}),
        "vocab.words": len(corpus.vocabulary.words),
        "device": devices[0].device_kind,
        **results.provenance(repository),
    }
    metrics: list[list[dict[str, Any]]] = [[] for _ in configs]
    reported = 0

    def keep(r: int, progress: session.Progress) -> None:
        nonlocal reported
        metrics[r].append(progress._asdict())
        results.append(folders[r] / "metrics.jsonl", metrics[r][-1])
        if progress.words > reported:  # once a segment
            reported = progress.words
            report(progress)

    with jax.default_device(devices[0]):
        say(f"device: {devices[0].device_kind}; compiling")
        ends = session.train(configs, optimizer, corpus, keep, folders, devices)

    outcomes: list[Outcome | Exception] = []
    for r, end in enumerate(ends):
        try:
            if isinstance(end, InputError):
                raise end
            outcomes.append(
                _finish(configs[r], folders[r], end, corpus, test_sets, metrics[r], shared, begin=begin, say=say)
            )
        except Exception as error:  # of this run alone
            outcomes.append(error)
    return outcomes


def _finish(config, folder, trained, corpus, test_sets, metrics, shared, *, begin, say) -> Outcome:
    """Saves and evaluates a trained run and writes its result."""
    words = corpus.vocabulary.words
    input_VD, output_VD = trained.model
    arrays = {"input": input_VD, "context": output_VD, "sum": input_VD + output_VD}
    names = {"input": "vectors", "context": "contexts", "sum": "sums"}
    for name in config.vectors.tables:
        for format in config.vectors.formats:
            formats.save(Table(words, arrays[name]), folder / f"{names[name]}.{format}", format)
    vocabulary.save(corpus.vocabulary, folder / "vocabulary.txt")
    saved = time.perf_counter()

    table = Table(words, arrays[config.vectors.tables[0]])
    scores, answers = evaluation.evaluate(table, test_sets, config.eval)
    np.savez_compressed(folder / "answers.npz", **answers)
    result = {
        **results.flatten(asdict(config)),
        **{f"scores.{key}": value for key, value in scores.items()},
        **trained.timing,
        "seconds.to_saved_vectors": saved - begin,
        **shared,
    }
    if config.figures:
        figures.loss_curve([m | {"loss": m["segment_loss"]} for m in metrics], folder / "loss.png")
        try:
            figures.projection(table, folder / "projection.png")
        except InputError as error:  # too few words for a picture are no reason to lose a result
            say(f"no projection: {error}")
    result["seconds.total"] = time.perf_counter() - begin
    results.write_result(folder / "result.json", result)  # last: its presence says that the rest is whole
    return Outcome(table, result, evaluation.chosen_score(scores, config.eval.score))


def _devices(platform: str, replicas: int | None, optimizer: str) -> list[jax.Device]:
    """One device for each replica; CPUs are as many as asked for, whatever the number of cores."""
    if optimizer == "optax" and (replicas or 1) > 1:
        raise InputError(
            f"train.replicas={replicas}: replicas add up their changes, which has no meaning for the state of an optax "
            "transformation; use train.replicas=1"
        )
    try:
        jax.config.update("jax_num_cpu_devices", max(replicas or 2, 8))
    except RuntimeError:  # jax has started already: what it has is what there is
        pass
    try:
        devices = jax.devices(None if platform == "auto" else platform)
    except RuntimeError as error:
        there = ", ".join(sorted({device.platform for device in jax.devices()}))
        raise InputError(
            f"train.device={platform}: jax finds none here, only {there}; use train.device=auto"
        ) from error
    wanted = replicas or (2 if devices[0].platform == "cpu" and optimizer == "damped_sgd" else 1)
    if wanted > len(devices):
        cpu = ", or set JAX_NUM_CPU_DEVICES before jax starts" if devices[0].platform == "cpu" else ""
        raise InputError(
            f"train.replicas={wanted}: jax has {len(devices)} {devices[0].platform} device(s) in this process; "
            f"use train.replicas={len(devices)} or fewer{cpu}"
        )
    return devices[:wanted]
