"""The text of a Config: files found or made, phrases joined, words encoded, from the cache if they are there."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from jaxw2v.checkpoints import finished as finished_runs
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
