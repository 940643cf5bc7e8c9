"""A text with its phrases joined, made once and kept in the cache."""

import hashlib
import json
import os
import secrets
import shutil
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from jaxw2v.errors import InputError
from jaxw2v.text import bigrams, note, phrase_list, phrases, sources, tokens
from jaxw2v.text.phrases import Phrase, Text
from jaxw2v.text.reading import Reading

FORMAT = 1  # raise it when the same text and settings give another joined text


class Joined(NamedTuple):
    """A joined text on disk.

    Attributes:
      path: the text, one sentence a line, words separated by one space.
      table: a file of its phrases, `phrase count score pass` separated by tabs, by descending score.
      record: sha256 of the text, and of the text it was made of; how many words and phrases; counts that may be missing
        because of `max_pairs`, see `bigrams.Bigrams.pruned`.
    """

    path: Path
    table: Path
    record: dict[str, int | str]


def build(
    files: Sequence[Path],
    cache: str | Path,
    *,
    method: str,
    thresholds: Sequence[float],
    min_count: int,
    across_sentences: bool,
    connectors: Sequence[str],
    joiner: str,
    max_pairs: int,
    list_path: str | None,
    list_normalize: sources.Normalize,
    invalid_utf8: str,
    normalize: sources.Normalize,
    say: Callable[[str], None],
) -> Joined:
    """The joined text of some files, from the cache if it is there.

    Args:
      files: from `sources.find_files`.
      cache: folder, made if missing; the text is `cache/phrases-<key>.txt`, beside it a .tsv and a .json.
      method: "word2phrase", "npmi" or "list".
      thresholds: of the first two, one for each pass; a later pass sees the words that the earlier ones joined.
      min_count, across_sentences, connectors, joiner, max_pairs: of `phrases.find`.
      list_path, list_normalize: of "list", see `phrase_list.load`.
      invalid_utf8, normalize: how the files are read, see `sources.read_text`.
      say: takes a line for a person.

    Raises:
      InputError: a file or the list cannot be read, nothing or everything would be joined, or the cache cannot be
        written.
    """
    cache = Path(cache).expanduser()
    given = phrase_list.load(list_path, list_normalize) if method == "list" else None
    changes = normalize != sources.AS_IT_IS or (given is not None and list_normalize != sources.AS_IT_IS)
    reading = Reading(files)
    settings = {
        "format": FORMAT,
        "unicode": unicodedata.unidata_version if changes else None,
        "files": reading.known,
        "how": [invalid_utf8, *_plain(normalize)],
        "list": given and hashlib.sha256(json.dumps(given).encode()).hexdigest(),
        "phrases": [method, *([] if given else [*thresholds, min_count, across_sentences, *connectors, max_pairs])],
        "joiner": joiner,
    }
    key = hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:20]
    path, table, about = (cache / f"phrases-{key}.{ending}" for ending in ("txt", "tsv", "json"))
    record = note.read(about) if path.is_file() and table.is_file() else None
    found = record and (sources.sha256(path), sources.sha256(table))
    if record and found == (record["sha256"], record.pop("table_sha256")):
        return Joined(path, table, record)
    part = cache / f"phrases-{key}.part-{secrets.token_hex(8)}"
    try:
        part.mkdir(parents=True)
        with (part / "0").open("wb") as file:
            texts = reading.texts(invalid_utf8=invalid_utf8, normalize=normalize)
            words, count_V = tokens.number(tokens.read(texts), file)
        reading.check()
        if not words:
            raise InputError(f"{', '.join(map(str, files[:3]))}: no words; point corpus.path at a text that has some")
        text, found, pruned = Text(part / "0", words, count_V), [], 0
        before = int(count_V.sum())
        if given is not None:
            text, found = phrase_list.join(text, given, joiner, part / "1")
            say(_summary(found, "of the list", before - int(text.count_V.sum())))
        for number, threshold in enumerate([] if given else thresholds, start=1):
            new = phrases.find(
                text,
                number,
                method=method,
                threshold=threshold,
                min_count=min_count,
                across_sentences=across_sentences,
                connectors=connectors,
                joiner=joiner,
                max_pairs=max_pairs,
            )
            smaller = phrases.join(text, new, part / str(number))
            say(_summary(new.phrases, f"of pass {number}", int(text.count_V.sum() - smaller.count_V.sum())))
            if new.pruned:
                say(
                    f"phrases: more than phrases.max_pairs={max_pairs:,} pairs: those seen {new.pruned} times "
                    "or less were dropped on the way and counts may be so much too low"
                )
            text.path.unlink()
            text, found, pruned = smaller, found + new.phrases, max(pruned, new.pruned)
        sha256 = _write_text(text, part / "text")
        _write_table(found, part / "table")
        record = {
            "sha256": sha256,
            "unjoined_sha256": reading.digest.hexdigest(),
            "unjoined_words": before,
            "words": int(text.count_V.sum()),
            "phrases": len(found),
            "pruned": pruned,
        }
        (part / "note").write_bytes(note.encoded(record | {"table_sha256": sources.sha256(part / "table")}))
        for name, target in (("text", path), ("table", table), ("note", about)):
            os.replace(part / name, target)
        return Joined(path, table, record)
    except OSError as error:
        raise InputError(f"cache={cache}: {error.strerror or error}; name another folder with cache=FOLDER") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def read_table(path: Path) -> list[Phrase]:
    """The phrases of `Joined.table`, in its order; scores to 6 digits."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").split("\n")[1:-1]]
    return [
        Phrase(words, int(count), float(score) if score else None, int(number)) for words, count, score, number in rows
    ]


def _plain(normalize: sources.Normalize) -> list[bool | str | None]:
    return [normalize.nfc, normalize.lower, normalize.word and normalize.word.pattern]


def _summary(found: list[Phrase], which: str, removed: int) -> str:
    shown = ", ".join(phrase.words for phrase in sorted(found, key=lambda phrase: -phrase.count)[:5])
    return f"phrases: {len(found):,} {which}, {removed:,} words joined to the one before; the most frequent: {shown}"


def _write_table(found: list[Phrase], path: Path) -> None:
    order = sorted(found, key=lambda phrase: (phrase.number, -(phrase.score or 0), -phrase.count, phrase.words))
    lines = [f"{p.words}\t{p.count}\t{'' if p.score is None else f'{p.score:.6g}'}\t{p.number}\n" for p in order]
    path.write_text("".join(["phrase\tcount\tscore\tpass\n", *lines]), encoding="utf-8")


def _write_text(text: Text, path: Path, piece: int = bigrams.PIECE) -> str:
    """Writes the words of a text, a sentence a line; returns the sha256 of what it wrote."""
    ids_N, digest = np.memmap(text.path, np.int32, "r"), hashlib.sha256()
    spaced = pa.array([f"{word} ".encode() for word in text.words], pa.large_binary())
    with path.open("wb") as file:
        for start in range(0, len(ids_N), piece):
            ids = np.asarray(ids_N[start : start + piece + 1])  # one more, to see whether a sentence ends
            ends = np.append(ids, -1)[1 : piece + 1] < 0  # what ends the text ends a sentence
            ids = ids[:piece]
            words = spaced.take(pa.array(ids[ids >= 0]))
            after = np.frombuffer(words.buffers()[1], np.int64)[1 : len(words) + 1]
            written = np.frombuffer(words.buffers()[2], np.uint8)[: after[-1] if len(after) else 0].copy()
            written[after[ends[ids >= 0]] - 1] = ord("\n")
            digest.update(written)
            written.tofile(file)
    return digest.hexdigest()
