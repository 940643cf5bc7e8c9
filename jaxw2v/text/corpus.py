"""Text to word ids on disk, in one pass over the text, kept in a cache.

Blocks of text are split and dictionary-encoded in native code on several threads and merged in the order of the text,
so nothing depends on the threads. A block's words get provisional ids, in order of first appearance in the whole text;
when all are counted, the vocabulary is known and the ids are rewritten once.
"""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import time
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import pyarrow as pa

from jaxw2v.errors import InputError
from jaxw2v.text import sources, vocabulary
from jaxw2v.text.vocabulary import SENTENCE_END, Vocabulary

FORMAT = 1  # of a cache entry; raise it when the ids of the same text and settings change
PIECE = 4 * 2**20  # ids rewritten at a time
_ABANDONED = 24 * 3600.0  # seconds after which an unfinished entry's process is taken for dead
_RARE = -2  # provisional ids of words that are not in the vocabulary

_SPACE = np.zeros(256, dtype=bool)
_SPACE[list(sources.WHITE_SPACE)] = True


class Corpus(NamedTuple):
    """A text as ids.

    Attributes:
      ids_N: [N] int32, memory-mapped, read-only: ids in [0, V), and -1 after each sentence; no sentence is empty.
      vocabulary: the V words.
      sha256: of the decompressed bytes of all files one after another, before normalising: `sha256sum` of the text.
      words: tokens in the vocabulary, N - sentences.
      raw_words: all tokens of the text, whether in the vocabulary or not.
      sentences: how many -1 there are.
    """

    ids_N: np.ndarray
    vocabulary: Vocabulary
    sha256: str
    words: int
    raw_words: int
    sentences: int


class Tokens(NamedTuple):
    """A block of text as ids of its own words, which are numbered by first appearance; -1 where a line ends.

    Attributes:
      ids_N: [N] int32.
      words: the different words of the block.
      counts: int64, how often each occurs.
    """

    ids_N: np.ndarray
    words: list[bytes]
    counts: np.ndarray


def tokenise(block: bytes) -> Tokens:
    """Splits a block of whole words. `</s>` is still a word here; a run of blank lines is one -1."""
    if block[-1] not in sources.WHITE_SPACE:
        block += b" "
    byte = np.frombuffer(block, np.uint8)
    separator = np.flatnonzero(_SPACE[byte]).astype(np.int32)
    end = separator - np.arange(separator.size, dtype=np.int32)  # of the word before it, in text without separators
    is_word = np.diff(end, prepend=np.int32(0)) > 0
    offsets = np.concatenate([np.zeros(1, np.int32), end[is_word]])
    joined = block.translate(None, sources.WHITE_SPACE)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(joined)]
    encoded = pa.BinaryArray.from_buffers(pa.binary(), offsets.size - 1, buffers).dictionary_encode()
    ids = encoded.indices.to_numpy()
    words_before = np.cumsum(is_word, dtype=np.int32)[byte[separator] == ord("\n")]
    words_before = words_before[np.diff(words_before, prepend=-1) > 0]
    return Tokens(
        ids_N=np.insert(ids, words_before, np.int32(-1)),
        words=encoded.dictionary.to_pylist(),
        counts=np.bincount(ids, minlength=len(encoded.dictionary)),
    )


def encode(
    files: Sequence[Path],
    cache: str | Path,
    *,
    min_count: int,
    max_size: int | None = None,
    vocabulary_path: str | Path | None = None,
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
    normalise = sources.Normalise(nfc=nfc, lower=lower, word=sources.word_regex(word_pattern))
    given = None if vocabulary_path is None else vocabulary.load(vocabulary_path)
    states = [_state(file) for file in files]
    text = {"invalid_utf8": invalid_utf8, "lower": lower, "nfc": nfc, "word_pattern": word_pattern}
    settings = {
        "format": FORMAT,
        "unicode": unicodedata.unidata_version if normalise != sources.AS_IT_IS else None,
        "files": [[file.suffix.lower(), _sha256(file)] for file in files],
        "corpus": {"max_sentence": max_sentence, **text},
        "vocab": {"min_count": min_count, "max_size": max_size, "path": vocabulary_path and _sha256(vocabulary_path)},
    }
    folder = cache / f"ids-{hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:20]}"
    if (corpus := _load(folder)) is not None:
        return corpus
    part = cache / f"{folder.name}.part-{secrets.token_hex(8)}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(cache)
        part.mkdir()
        with (part / "provisional.bin").open("wb") as file:
            digest = hashlib.sha256()
            how = {"invalid_utf8": invalid_utf8, "normalise": normalise, "size": block, "digest": digest}
            texts = (sources.read_text(path, **how) for path in files)
            words, counts = _number(_tokens(texts, threads or min(4, os.cpu_count() or 1)), file, progress)
        for path, state in zip(files, states):
            if _state(path) != state:
                raise InputError(f"{path}: changed while it was read; start again when it is finished")
        if not words:
            raise InputError(f"{', '.join(map(str, files[:3]))}: no words; point corpus.path at a text that has some")
        chosen = given or vocabulary.from_counts(words, counts, min_count, max_size)
        index = {word: i for i, word in enumerate(chosen.words)}
        final = np.fromiter((index.get(word, _RARE) for word in words), np.int32, len(words))
        ids_meta = _finish(part, np.append(final, np.int32(-1)), max_sentence)
        if ids_meta["words"] == 0:
            raise InputError(f"vocab.path={vocabulary_path}: no word of the text is in it; give one made for this text")
        vocabulary.save(chosen, part / "vocabulary.txt")
        text_meta = {"raw_words": int(counts.sum()), "sha256": digest.hexdigest()}
        meta = {**ids_meta, **text_meta, "vocabulary_sha256": _sha256(part / "vocabulary.txt"), "settings": settings}
        (part / "meta.json").write_text(json.dumps(meta, indent=1))
        return _publish(part, folder)
    except OSError as error:
        raise InputError(f"cache={cache}: {error.strerror or error}; name another folder with cache=FOLDER") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _tokens(texts: Iterator[Iterator[bytes]], threads: int) -> Iterator[Tokens]:
    """The blocks of all files in order, a file's last one followed by a sentence end, few of them in memory."""
    file_end = Tokens(np.full(1, -1, np.int32), [], np.zeros(0, np.int64))
    pending: deque[Future[Tokens]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for text in texts:
            for block in text:
                pending.append(pool.submit(tokenise, block))
                if len(pending) > threads + 1:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
            yield file_end


def _number(
    blocks: Iterator[Tokens], file: IO[bytes], progress: Callable[[int], None] | None
) -> tuple[list[str], np.ndarray]:
    """Writes the provisional ids of all blocks; returns the words they stand for and their counts."""
    known = {SENTENCE_END.encode(): -1}
    counts = np.zeros(0, np.int64)
    for tokens in blocks:
        new = [word for word in tokens.words if word not in known]
        known.update(zip(new, range(len(known) - 1, len(known) - 1 + len(new))))
        number = np.fromiter(map(known.__getitem__, tokens.words), np.int32, len(tokens.words))
        counts = np.append(counts, np.zeros(len(new), np.int64))
        counts[number[number >= 0]] += tokens.counts[number >= 0]
        np.append(number, np.int32(-1))[tokens.ids_N].tofile(file)  # -1 takes the last
        if progress is not None:
            progress(int(counts.sum()))
    del known[SENTENCE_END.encode()]
    return [word.decode() for word in known], counts


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
        meta = json.loads((folder / "meta.json").read_bytes())
        right = path.stat().st_size == 4 * meta["ids"] and _sha256(path) == meta["ids_sha256"]
        if not right or _sha256(folder / "vocabulary.txt") != meta["vocabulary_sha256"]:
            return None
        return Corpus(
            ids_N=np.memmap(path, np.int32, "r"),
            vocabulary=vocabulary.load(folder / "vocabulary.txt"),
            **{key: meta[key] for key in ("sha256", "words", "raw_words", "sentences")},
        )
    except (OSError, InputError, ValueError, KeyError, TypeError):
        return None


def _remove_abandoned(cache: Path) -> None:
    for part in cache.glob("ids-*.part-*"):
        if part.is_dir() and time.time() - part.stat().st_mtime > _ABANDONED:
            shutil.rmtree(part, ignore_errors=True)


def _state(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check corpus.path") from None
    return status.st_size, status.st_mtime_ns


def _sha256(path: str | Path) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
