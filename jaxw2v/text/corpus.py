"""Text to word ids on disk, in one pass over the text, kept in a cache.

Words get provisional ids, in order of first appearance in the whole text; when all are counted, the vocabulary is known
and the ids are rewritten once.
"""

import contextlib
import functools
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files.lines import Rules
from jaxw2v.files.paths import expanded
from jaxw2v.settings.corpus import CorpusSettings
from jaxw2v.settings.vocab import VocabSettings
from jaxw2v.text import known_hashes, normalization, note, sources, vocabulary, vocabulary_file
from jaxw2v.text.normalization import make_normalizer
from jaxw2v.text.reading import Reading
from jaxw2v.text.remarks import Remarks
from jaxw2v.text.scratch import scratch_folder
from jaxw2v.text.tokens import Counted
from jaxw2v.text.vocabulary import Vocabulary

FORMAT = 1  # of a cache entry; raise it when the ids of the same text and settings change
PIECE = 4 * 2**20  # ids rewritten at a time
SMALL_BLOCK = 2**20  # bytes of text at a time where words are to take little memory
_Hashes = Callable[[Sequence[Path]], list[str]]
_RARE = -2  # provisional ids of words that are not in the vocabulary


class Corpus(NamedTuple):
    """A text as ids.

    Attributes:
      ids_N: [N] int32, memory-mapped, read-only: ids in [0, V), and -1 after each sentence; no sentence is empty, but
        with `vocab.sentence_end`.
      vocabulary: the V words.
      sha256: of the decompressed bytes of all files one after another, before normalizing: `sha256sum` of the text.
      words: tokens in the vocabulary, N - sentences.
      raw_words: all tokens of the text, whether in the vocabulary or not.
      sentences: how many -1 there are.
      contexts: of given pairs (`pairs.encode`), whose contexts have ids from V on; None: contexts are words.
      ids_sha256: of the bytes of ids_N, where it is known.
      skipped: words, or of given pairs lines, that `invalid_utf8=skip` left out.
      remarks: lines about what is odd in the text.
      count_error: counts are lower bounds, too low by at most so many, see `vocab.max_counted`; 0: they are exact.
      entry: folder in the cache where ids_N lies; None: nowhere as a whole.
    """

    ids_N: np.ndarray
    vocabulary: Vocabulary
    sha256: str
    words: int
    raw_words: int
    sentences: int
    contexts: Vocabulary | None = None
    ids_sha256: str | None = None
    skipped: int = 0
    remarks: tuple[str, ...] = ()
    count_error: int = 0
    entry: Path | None = None


def encode(
    files: Sequence[Path],
    corpus: CorpusSettings,
    vocab: VocabSettings,
    *,
    cache: str | Path,
    known: Vocabulary | None = None,
    progress: Callable[[int], None] | None = None,
    threads: int | None = None,
    block: int = sources.BLOCK,
) -> Corpus:
    """The ids of a text, from the cache if it has them. Rare words are removed before sentences are cut.

    Args:
      files: from `finding.find_files`; each file's end ends a sentence.
      corpus: max_sentence, invalid_utf8, normalize, and verify, see `known_hashes`. A run of words of the vocabulary
        that is longer than max_sentence is cut after so many; nothing is dropped.
      vocab: path is a file of `word count` lines, see `vocabulary_file`; min_count and max_size are then ignored.
      cache: folder, made if missing; the entry is `cache/ids-<key>/`, whose key is a hash of the files and settings.
      known: a vocabulary that grows by this text, see `vocabulary.grown`; with `vocab.path`, what was read from it.
      progress: called with the raw words read so far, after each block; not called when the cache has the ids.
      threads: that split text; None: one a core, at most 4. The result does not depend on it.
      block: bytes of text in a piece of work; for tests.

    Raises:
      InputError: of the text, the vocabulary or the pattern, as their modules say; no word of the text is in the
        vocabulary of `vocab.path`; a file changed meanwhile; the cache cannot be written.

    Differs from word2vec.c: a sentence is cut at `max_sentence` words of the vocabulary, there at 1,000 words that
    subsampling kept. gensim drops what is beyond 10,000 words.
    """
    cache = expanded(cache, "cache")
    normalizer = make_normalizer(corpus.normalize, white_space=corpus.white_space)
    given = None
    if vocab.path is not None:
        given, known = known or given_vocabulary(vocab, corpus, say=lambda line: None), None
    hashes = functools.partial(known_hashes.sha256s, cache=cache, verify=corpus.verify)
    reading = Reading(files, hashes)
    settings = _identity(reading, corpus, vocab, given, known)
    folder = cache / f"ids-{hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:20]}"
    if (found := _load(folder, hashes, vocab.sentence_end)) is not None:
        return found
    with scratch_folder(cache, folder.name) as part:
        with (part / "provisional.bin").open("wb") as file:
            size = block if vocab.max_counted is None else min(block, SMALL_BLOCK)
            how: dict[str, Any] = {"most": vocab.max_counted, "empty_lines": vocab.sentence_end}
            how |= {"invalid_utf8": corpus.invalid_utf8, "normalizer": normalizer, "size": size}
            counted = reading.write_ids(file, threads=threads, progress=progress, **how)
        chosen = given or _chosen(counted, vocab, known, reading.remarks)
        if vocab.sentence_end:
            chosen = vocabulary.with_sentence_end(chosen, counted.ends)
        ids_meta = _write_final_ids(part, _final_ids(counted, chosen), corpus.max_sentence, vocab.sentence_end)
        if ids_meta["words"] == 0:
            of = "vocab.grow: the vocabulary" if given is None else f"vocab.path={vocab.path}"
            raise InputError(f"{of}: no word of the text is in it; give one made for this text")
        vocabulary.save(chosen, part / "vocabulary.txt")
        meta: dict[str, Any] = {
            **ids_meta,
            "raw_words": counted.seen,
            "sha256": reading.digest.hexdigest(),
            "vocabulary_sha256": sources.sha256(part / "vocabulary.txt"),
            "settings": settings,
            **({"skipped": reading.skipped} if reading.skipped else {}),
            **({"count_error": counted.missing} if counted.missing else {}),
        }
        if remarks := [*reading.remarks.lines(), *_of_pruning(counted, vocab)]:
            meta["remarks"] = remarks
        (part / "meta.json").write_bytes(note.encoded(meta))
        return _publish(part, folder, hashes, vocab.sentence_end)


def _identity(
    reading: Reading, corpus: CorpusSettings, vocab: VocabSettings, given: Vocabulary | None, known: Vocabulary | None
) -> dict[str, Any]:
    """All that the ids depend on: what a cache entry is known by."""
    return {
        "format": FORMAT,
        "unicode": normalization.version(corpus.normalize),
        "files": reading.known,
        "corpus": {
            "max_sentence": corpus.max_sentence,
            **corpus.reading,
        },
        "vocab": {
            "min_count": vocab.min_count,
            "max_size": vocab.max_size,
            "path": given and vocabulary.fingerprint(given),  # of what was read: the file may be another by now
            "known": known and vocabulary.fingerprint(known),
            **({} if vocab.max_counted is None else {"max_counted": vocab.max_counted}),
            **({"sentence_end": True} if vocab.sentence_end else {}),
        },
    }


def given_vocabulary(vocab: VocabSettings, corpus: CorpusSettings, say: Callable[[str], None]) -> Vocabulary:
    """The vocabulary of `vocab.path`, read by the rules of the text.

    Args:
      vocab: path.
      corpus: white_space and invalid_utf8.
      say: takes a line for a person.

    Raises:
      InputError: see `vocabulary_file.read`.
    """
    rules = Rules(corpus.white_space, corpus.invalid_utf8, "corpus.invalid_utf8")
    return vocabulary_file.read(str(vocab.path), rules, say)


def _of_pruning(counted: Counted, vocab: VocabSettings) -> list[str]:
    if not counted.pruned:
        return []
    times = "once" if counted.pruned == 1 else f"up to {counted.pruned:,} times"
    return [
        f"more than vocab.max_counted={vocab.max_counted:,} different words: rare ones, counted {times} by then, were "
        f"dropped on the way; counts are lower bounds: of a word that came back too low, by {counted.missing:,} at most"
    ]


def _chosen(counted: Counted, vocab: VocabSettings, known: Vocabulary | None, remarks: Remarks) -> Vocabulary:
    try:
        if known is not None:
            return vocabulary.grown(known, counted.words, counted.count_W, vocab.min_count, vocab.max_size)
        return vocabulary.from_counts(counted.words, counted.count_W, vocab.min_count, vocab.max_size)
    except InputError as error:
        if remarks.unsegmented:  # hardly a word occurs twice
            raise InputError(f"corpus.path: {remarks.unsegmented} ({error})") from None
        raise


def _final_ids(counted: Counted, chosen: Vocabulary) -> np.ndarray:
    """What takes a provisional id, or -1, to its id."""
    place_W = vocabulary.places(counted.words, chosen.words)
    final = np.full(counted.ids + 1, _RARE, np.int32)
    final[counted.id_W] = np.where(place_W >= 0, place_W, _RARE)
    final[-1] = -1
    return final


def _write_final_ids(
    part: Path, final: np.ndarray, max_sentence: int | None, empty_lines: bool
) -> dict[str, int | str]:
    """provisional.bin to ids.bin; `final` is from `_final_ids`. Returns the numbers of ids, words and sentences."""
    digest, total, words = hashlib.sha256(), 0, 0
    before, run = -1, 0  # the last id written, words since the last -1
    with (part / "provisional.bin").open("rb") as source, (part / "ids.bin").open("wb") as target:
        while (piece := np.fromfile(source, np.int32, PIECE)).size:
            ids = final[piece]
            ids = ids[ids != _RARE]
            if not empty_lines:
                ids = ids[(ids >= 0) | (np.append(np.int32(before), ids)[:-1] >= 0)]  # no -1 after a -1
            if not ids.size:
                continue
            before = int(ids[-1])
            words += int(np.count_nonzero(ids >= 0))
            if max_sentence is not None:
                ids, run = _cut(ids, run, max_sentence)
            total += ids.size
            digest.update(ids.data)
            ids.tofile(target)
    (part / "provisional.bin").unlink()
    return {"ids": total, "words": words, "sentences": total - words, "ids_sha256": digest.hexdigest()}


def _cut(ids: np.ndarray, run: int, max_sentence: int) -> tuple[np.ndarray, int]:
    """Adds a -1 before each word that would be one too many; `run` words of the first sentence came before."""
    end = np.append(np.flatnonzero(ids < 0), ids.size)
    start = np.append(0, end[:-1] + 1)
    start[0] -= run
    cuts = np.maximum((end - start - 1) // max_sentence, 0)
    first = max(run - 1, 0) // max_sentence  # cuts of the first sentence that were made before
    which = np.repeat(np.arange(cuts.size), cuts)
    nth = np.arange(which.size) - np.repeat(np.cumsum(cuts) - cuts, cuts) + 1
    place = (start[which] + nth * max_sentence)[first:]
    return np.insert(ids, place, np.int32(-1)), int(ids.size - start[-1])


def _publish(part: Path, folder: Path, hashes: _Hashes, sentence_end: bool) -> Corpus:
    """Renames a finished entry into place. Another process may have been faster; what it made is the same."""
    for _ in range(3):
        try:
            os.rename(part, folder)  # fails where there is one, as it should
        except OSError:
            if not folder.exists():
                raise
        if (corpus := _load(folder, hashes, sentence_end)) is not None:
            return corpus
        damaged = part.with_name(f"{folder.name}.part-{secrets.token_hex(8)}")
        with contextlib.suppress(FileNotFoundError):  # taken away by another process
            os.rename(folder, damaged)
        shutil.rmtree(damaged, ignore_errors=True)
    raise OSError(f"{folder.name} cannot be read back")


def _load(folder: Path, hashes: _Hashes, sentence_end: bool) -> Corpus | None:
    """The corpus of a cache entry, None if it is missing or damaged."""
    path, words = folder / "ids.bin", folder / "vocabulary.txt"
    try:
        if (meta := note.read_note(folder / "meta.json")) is None:
            return None
        right = path.stat().st_size == 4 * meta["ids"]
        if not right or hashes([path, words]) != [meta["ids_sha256"], meta["vocabulary_sha256"]]:
            return None
        return Corpus(
            ids_N=np.memmap(path, np.int32, "r"),
            vocabulary=vocabulary.load(words, sentence_end),
            **{key: meta[key] for key in ("sha256", "words", "raw_words", "sentences", "ids_sha256")},
            skipped=meta.get("skipped", 0),
            count_error=meta.get("count_error", 0),
            remarks=tuple(meta.get("remarks", ())),
            entry=folder,
        )
    except (OSError, InputError, ValueError, KeyError, TypeError):
        return None
