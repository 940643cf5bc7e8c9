"""The text of a Config: files found or made, phrases joined, words encoded, from the cache if they are there."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from jaxw2v.checkpoints import finished as finished_runs
from jaxw2v.files.paths import expanded
from jaxw2v.settings.config import Config
from jaxw2v.settings.corpus import NormalizeSettings
from jaxw2v.text import corpus as corpora
from jaxw2v.text import docstrings, joined, pairs, sources, text8


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
        files = sources.find_files(source.path)
    if config.phrases.method == "none":
        return Source(files, record, None)
    text = joined.build(files, config.phrases, source, cache=cache, say=say)
    return Source([text.path], record | {f"phrases.{key}": value for key, value in text.record.items()}, text.table)


def open_corpus(config: Config, say: Callable[[str], None]) -> tuple[corpora.Corpus, dict[str, Any]]:
    """The encoded corpus of a config, made or found in the cache, and a record of what is in it.

    Raises:
      InputError: the text, the phrases, the vocabulary or the cache cannot be used.
    """
    say("reading the corpus")
    if config.corpus.source == "pairs":
        corpus = pairs.encode(sources.find_files(config.corpus.path), config.corpus, config.vocab)
        contexts = corpus.contexts.words if corpus.contexts else []
        _say_skipped(corpus, "lines", say)
        say(
            f"pairs: {corpus.raw_words // 2:,}, {corpus.sentences:,} of them of {len(corpus.vocabulary.words):,} words "
            f"and {len(contexts):,} contexts; sha256 {corpus.sha256[:12]}"
        )
        return corpus, {}
    known = finished_runs.known_vocabulary(config)
    if config.vocab.path is not None:
        known = corpora.given_vocabulary(config.vocab, config.corpus, say)
    source, settings = open_text(config, say), config.corpus
    if source.table is not None:  # joined, and normalized: a pattern could take its phrases apart
        settings = replace(settings, normalize=NormalizeSettings(lower=False, nfc=False, word_pattern=None))
    corpus = corpora.encode(source.files, settings, config.vocab, cache=config.cache, known=known)
    say(
        f"corpus: {corpus.raw_words:,} words, {corpus.words:,} of them in the vocabulary of "
        f"{len(corpus.vocabulary.words):,}; sha256 {corpus.sha256[:12]}"
    )
    _say_skipped(corpus, "words", say)
    return corpus, source.record


def _say_skipped(corpus: corpora.Corpus, what: str, say: Callable[[str], None]) -> None:
    if corpus.skipped:
        say(f"passed over: {corpus.skipped:,} {what} that are not UTF-8 (corpus.invalid_utf8=skip)")
