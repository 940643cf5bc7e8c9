"""The text of a Config: files found or made, phrases joined, words encoded, from the cache if they are there."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from jaxw2v.checkpoints import finished as finished_runs
from jaxw2v.errors import InputError
from jaxw2v.files import memory as free_memory
from jaxw2v.files.paths import expanded
from jaxw2v.runs import memory
from jaxw2v.settings.config import Config
from jaxw2v.settings.corpus import NormalizeSettings
from jaxw2v.text import corpus as corpora
from jaxw2v.text import docstrings, finding, joined, pairs, sources, text8

_SHORT = 1e9  # bytes; splitting a block of many different words takes some twenty times its size in each thread


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
    cache, source, record = expanded(config.cache, "cache"), config.corpus, {}
    if source.source == "docstrings":
        made = docstrings.build(cache, source.packages, source.standard_library)
        files, record = [made.path], made.record
    elif source.source == "text8":
        files = [text8.fetch(source.url, cache, source.timeout)]
    else:
        files = finding.find_files(source.path, say)
    if config.phrases.method == "none":
        return Source(files, record, None)
    remedy = "for phrases all are kept: make fewer by corpus.normalize, or give less text or more memory"
    with memory.counting(remedy):
        text = joined.build(files, config.phrases, source, cache=cache, say=say)
    return Source([text.path], record | {f"phrases.{key}": value for key, value in text.record.items()}, text.table)


def open_corpus(config: Config, say: Callable[[str], None]) -> tuple[corpora.Corpus, dict[str, Any]]:
    """The encoded corpus of a config, made or found in the cache, and a record of what is in it.

    Raises:
      InputError: the text, the phrases, the vocabulary or the cache cannot be used.
    """
    say("reading the corpus")
    if config.corpus.source == "pairs":
        files = finding.find_files(config.corpus.path, say)
        with memory.counting("pairs are kept in memory: give fewer, or more memory"):
            corpus = pairs.encode(files, config.corpus, config.vocab)
        contexts = corpus.contexts.words if corpus.contexts else []
        _say_skipped(corpus, "lines", say)
        say(
            f"pairs: {corpus.raw_words // 2:,}, {corpus.sentences:,} of them of {len(corpus.vocabulary.words):,} words "
            f"and {len(contexts):,} contexts; sha256 {corpus.sha256[:12]}"
        )
        _say_remarks(corpus, say)
        return corpus, {}
    known = finished_runs.known_vocabulary(config)
    if config.vocab.path is not None:
        known = corpora.given_vocabulary(config.vocab, config.corpus, say)
    source, settings = open_text(config, say), config.corpus
    if source.table is not None:  # joined, and normalized: a pattern could take its phrases apart
        settings = replace(settings, normalize=NormalizeSettings(lower=False, nfc=False, word_pattern=None))
    with memory.counting(_fewer_words(config)):
        corpus = corpora.encode(
            source.files, settings, config.vocab, cache=config.cache, known=known, block=_block(config)
        )
    say(
        f"corpus: {corpus.raw_words:,} words, {corpus.words:,} of them in the vocabulary of "
        f"{len(corpus.vocabulary.words):,}; sha256 {corpus.sha256[:12]}"
    )
    _say_skipped(corpus, "words", say)
    if source.table is None:
        _say_remarks(corpus, say)
    _refuse_single_words(corpus, config)
    return corpus, source.record


def _block(config: Config) -> int:
    """Bytes of text that are split at a time: fewer where memory is short, if the words do not depend on it."""
    free = free_memory.available()
    short = free is not None and free < _SHORT and config.corpus.normalize.word_pattern is None
    return corpora.SMALL_BLOCK if short else sources.BLOCK


def _fewer_words(config: Config) -> str:
    most = config.vocab.max_counted
    if most is not None:
        return f"vocab.max_counted={most}: use a smaller number"
    if config.vocab.path is not None:
        return "make fewer by corpus.normalize, or count them with vocab.max_counted=N in the place of vocab.path"
    return (
        "vocab.max_counted=N drops the rarest on the way, so that about N are kept, such as vocab.max_counted=1000000"
    )


def _say_skipped(corpus: corpora.Corpus, what: str, say: Callable[[str], None]) -> None:
    if corpus.skipped:
        say(f"passed over: {corpus.skipped:,} {what} that are not UTF-8 (corpus.invalid_utf8=skip)")


def _say_remarks(corpus: corpora.Corpus, say: Callable[[str], None]) -> None:
    for line in corpus.remarks:
        say(f"the text: {line}")


def _refuse_single_words(corpus: corpora.Corpus, config: Config) -> None:
    """Raises an InputError if no sentence has two words, so that there is nothing to learn."""
    if corpus.words > corpus.sentences or config.vocab.sentence_end:  # whose empty lines count as sentences
        return
    if corpus.words == corpus.raw_words:
        raise InputError(
            f"corpus.path: no word has a neighbor: each of the {corpus.sentences:,} lines has one word; put two words "
            "or more on a line"
        )
    rare = (
        f"vocab.min_count={config.vocab.min_count}" if config.vocab.path is None else f"vocab.path={config.vocab.path}"
    )
    raise InputError(
        f"corpus.path: no word has a neighbor: of {corpus.raw_words:,} words {corpus.words:,} are in the vocabulary "
        f"({rare}), not two of them on a line; put more words on a line or take more words into the vocabulary"
    )
