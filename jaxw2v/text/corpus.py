"""Text to word ids on disk, in one pass over the text, kept in a cache.

Words get provisional ids, in order of first appearance in the whole text; when all are counted, the vocabulary is known
and the ids are rewritten once.
"""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import time
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.text import note, sources, tokens, vocabulary
from jaxw2v.text.reading import Reading
from jaxw2v.text.vocabulary import Vocabulary

FORMAT = 1  # of a cache entry; raise it when the ids of the same text and settings change
PIECE = 4 * 2**20  # ids rewritten at a time
_ABANDONED = 24 * 3600.0  # seconds after which an unfinished entry's process is taken for dead
_RARE = -2  # provisional ids of words that are not in the vocabulary


class Corpus(NamedTuple):
    """A text as ids.

    Attributes:
      ids_N: [N] int32, memory-mapped, read-only: ids in [0, V), and -1 after each sentence; no sentence is empty.
      vocabulary: the V words.
      sha256: of the decompressed bytes of all files one after another, before normalizing: `sha256sum` of the text.
      words: tokens in the vocabulary, N - sentences.
      raw_words: all tokens of the text, whether in the vocabulary or not.
      sentences: how many -1 there are.
      contexts: of given pairs (`pairs.encode`), whose contexts have ids from V on; None: contexts are words.
      ids_sha256: of the bytes of ids_N, where it is known.
    """

    ids_N: np.ndarray
    vocabulary: Vocabulary
    sha256: str
    words: int
    raw_words: int
    sentences: int
    contexts: Vocabulary | None = None
    ids_sha256: str | None = None


def encode(
    files: Sequence[Path],
    cache: str | Path,
    *,
    min_count: int,
    max_size: int | None = None,
    vocabulary_path: str | Path | None = None,
    known: Vocabulary | None = None,
    max_sentence: int | None = None,
    invalid_utf8: str = "error",
    lower: bool = False,
    nfc: bool = False,
    word_pattern: str | None = None,
    progress: Callable[[int], None] | None = None,
    threads: int | None = None,
    block: int = sources.BLOCK,
) -> Corpus:
    """The ids of a text, from the cache if it has them. Rare words are removed before sentences are cut.

    Args:
      files: from `sources.find_files`; each file's end ends a sentence.
      cache: folder, made if missing; the entry is `cache/ids-<key>/`, whose key is a hash of the files and settings.
      min_count, max_size: of `vocabulary.from_counts`.
      vocabulary_path: a file of `word count` lines used as it is, counts too; min_count, max_size are then ignored.
      known: a vocabulary that grows by this text, see `vocabulary.grown`; not with `vocabulary_path`.
      max_sentence: a longer run of words of the vocabulary is cut after so many, nothing is dropped; None: not cut.
      invalid_utf8, lower, nfc, word_pattern: of `sources.read_text`.
      progress: called with the raw words read so far, after each block; not called when the cache has the ids.
      threads: that split text; None: one a core, at most 4. The result does not depend on it.
      block: bytes of text in a piece of work; for tests.

    Raises:
      InputError: of the text, the vocabulary or the pattern, as their modules say; no word of the text is in the
        vocabulary of `vocabulary_path`; a file changed meanwhile; the cache cannot be written.

    Differs from word2vec.c: a sentence is cut at `max_sentence` words of the vocabulary, there at 1,000 words that
    subsampling kept. gensim drops what is beyond 10,000 words.
    """
    cache = Path(cache).expanduser()
    normalize = sources.Normalize(nfc=nfc, lower=lower, word=sources.word_regex(word_pattern))
    given = None if vocabulary_path is None else vocabulary.load(vocabulary_path)
    reading = Reading(files)
    text = {"invalid_utf8": invalid_utf8, "lower": lower, "nfc": nfc, "word_pattern": word_pattern}
    settings = {
        "format": FORMAT,
        "unicode": unicodedata.unidata_version if normalize != sources.AS_IT_IS else None,
        "files": reading.known,
        "corpus": {"max_sentence": max_sentence, **text},
        "vocab": {"min_count": min_count, "max_size": max_size, "path": given and _fingerprint(given)},
    }
    if known is not None:
        settings["known"] = vocabulary.sha256(known)
    folder = cache / f"ids-{hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:20]}"
    if (corpus := _load(folder)) is not None:
        return corpus
    part = cache / f"{folder.name}.part-{secrets.token_hex(8)}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(cache)
        part.mkdir()
        with (part / "provisional.bin").open("wb") as file:
            texts = reading.texts(invalid_utf8=invalid_utf8, normalize=normalize, size=block)
            words, counts = tokens.number(tokens.read(texts, threads), file, progress)
        reading.check()
        if not words:
            raise InputError(f"{', '.join(map(str, files[:3]))}: no words; point corpus.path at a text that has some")
        if given is not None:
            chosen = given
        elif known is not None:
            chosen = vocabulary.grown(known, words, counts, min_count, max_size)
        else:
            chosen = vocabulary.from_counts(words, counts, min_count, max_size)
        index = {word: i for i, word in enumerate(chosen.words)}
        final = np.fromiter((index.get(word, _RARE) for word in words), np.int32, len(words))
        ids_meta = _finish(part, np.append(final, np.int32(-1)), max_sentence)
        if ids_meta["words"] == 0:
            of = "vocab.grow: the vocabulary" if given is None else f"vocab.path={vocabulary_path}"
            raise InputError(f"{of}: no word of the text is in it; give one made for this text")
        vocabulary.save(chosen, part / "vocabulary.txt")
        text_meta = {"raw_words": int(counts.sum()), "sha256": reading.digest.hexdigest()}
        meta = {
            **ids_meta,
            **text_meta,
            "vocabulary_sha256": sources.sha256(part / "vocabulary.txt"),
            "settings": settings,
        }
        (part / "meta.json").write_bytes(note.encoded(meta))
        return _publish(part, folder)
    except OSError as error:
        raise InputError(f"cache={cache}: {error.strerror or error}; name another folder with cache=FOLDER") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _fingerprint(given: Vocabulary) -> str:
    """Of what was read, not of a file that may be another one by now."""
    return hashlib.sha256(json.dumps([given.words, given.count_V.tolist()]).encode()).hexdigest()


def _finish(part: Path, final: np.ndarray, max_sentence: int | None) -> dict[str, int | str]:
    """provisional.bin to ids.bin: `final` takes a provisional id to an id, its last entry is -1."""
    digest, total, words = hashlib.sha256(), 0, 0
    before, run = -1, 0  # the last id written, words since the last -1
    with (part / "provisional.bin").open("rb") as source, (part / "ids.bin").open("wb") as target:
        while (piece := np.fromfile(source, np.int32, PIECE)).size:
            ids = final[piece]
            ids = ids[ids != _RARE]
            ids = ids[(ids >= 0) | (np.append(np.int32(before), ids)[:-1] >= 0)]  # no -1 after a -1
            if not ids.size:
                continue
            before = ids[-1]
            words += np.count_nonzero(ids >= 0)
            if max_sentence is not None:
                ids, run = _cut(ids, run, max_sentence)
            total += ids.size
            digest.update(ids)
            ids.tofile(target)
    (part / "provisional.bin").unlink()
    return {"ids": total, "words": int(words), "sentences": int(total - words), "ids_sha256": digest.hexdigest()}


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


def _publish(part: Path, folder: Path) -> Corpus:
    """Renames a finished entry into place. Another process may have been faster; what it made is the same."""
    for _ in range(3):
        try:
            os.rename(part, folder)
        except OSError:
            if not folder.exists():
                raise
        if (corpus := _load(folder)) is not None:
            return corpus
        damaged = part.with_name(f"{folder.name}.part-{secrets.token_hex(8)}")
        with contextlib.suppress(FileNotFoundError):  # taken away by another process
            os.rename(folder, damaged)
        shutil.rmtree(damaged, ignore_errors=True)
    raise OSError(f"{folder.name} cannot be read back")


def _load(folder: Path) -> Corpus | None:
    """The corpus of a cache entry, None if it is missing or damaged."""
    path = folder / "ids.bin"
    try:
        if (meta := note.read(folder / "meta.json")) is None:
            return None
        right = path.stat().st_size == 4 * meta["ids"] and sources.sha256(path) == meta["ids_sha256"]
        if not right or sources.sha256(folder / "vocabulary.txt") != meta["vocabulary_sha256"]:
            return None
        return Corpus(
            ids_N=np.memmap(path, np.int32, "r"),
            vocabulary=vocabulary.load(folder / "vocabulary.txt"),
            **{key: meta[key] for key in ("sha256", "words", "raw_words", "sentences", "ids_sha256")},
        )
    except (OSError, InputError, ValueError, KeyError, TypeError):
        return None


def _remove_abandoned(cache: Path) -> None:
    for part in cache.glob("ids-*.part-*"):
        if part.is_dir() and time.time() - part.stat().st_mtime > _ABANDONED:
            shutil.rmtree(part, ignore_errors=True)
