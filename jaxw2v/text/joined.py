"""A text with its phrases joined, made once and kept in the cache."""

import functools
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from jaxw2v.files.lines import Rules
from jaxw2v.files.paths import expanded
from jaxw2v.settings.corpus import CorpusSettings
from jaxw2v.settings.phrases import PhraseSettings
from jaxw2v.text import bigrams, known_hashes, normalization, note, phrase_list, phrases, sources
from jaxw2v.text.normalization import make_normalizer
from jaxw2v.text.phrases import NothingJoined, Phrase, Text
from jaxw2v.text.reading import Reading
from jaxw2v.text.scratch import scratch_folder

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
    settings: PhraseSettings,
    corpus: CorpusSettings,
    *,
    cache: str | Path,
    say: Callable[[str], None],
) -> Joined:
    """The joined text of some files, from the cache if it is there.

    Args:
      files: from `finding.find_files`.
      settings: which phrases are joined; not method "none". Each threshold is a pass, which sees the words that the
        passes before it joined.
      corpus: invalid_utf8 and normalize, by which the files are read.
      cache: folder, made if missing; the text is `cache/phrases-<key>.txt`, beside it a .tsv and a .json.
      say: takes a line for a person.

    Raises:
      InputError: a file or the list cannot be read, nothing or everything would be joined, or the cache cannot be
        written.
    """
    cache = expanded(cache, "cache")
    normalizer = make_normalizer(corpus.normalize, white_space=corpus.white_space)
    listed = _listed(settings, corpus, say) if settings.method == "list" else None
    hashes = functools.partial(known_hashes.sha256s, cache=cache, verify=corpus.verify)
    reading = Reading(files, hashes)
    key = _key(reading, settings, corpus, listed)
    if (known := _load(cache, key, hashes)) is not None:
        return known
    with scratch_folder(cache, f"phrases-{key}") as part:
        with (part / "0").open("wb") as file:
            counted = reading.write_ids(file, invalid_utf8=corpus.invalid_utf8, normalizer=normalizer)
        for line in reading.remarks.lines():
            say(f"the text: {line}")
        text = Text(part / "0", counted.words, counted.count_W)
        if reading.skipped:
            say(f"phrases: {reading.skipped:,} words of the text passed over: not UTF-8")
        if listed is None:
            made = _join_found(text, settings, part, say)
        else:
            made = _join_listed(text, listed, settings.joiner, part, say)
        _write_table(made.phrases, part / "table")
        record: dict[str, int | str] = {
            "sha256": _write_text(made.text, part / "text"),
            "unjoined_sha256": reading.digest.hexdigest(),
            "unjoined_words": counted.seen,
            "words": int(made.text.count_V.sum()),
            "phrases": len(made.phrases),
            "pruned": made.pruned,
        }
        (part / "note").write_bytes(note.encoded(record | {"table_sha256": sources.sha256(part / "table")}))
        path, table, about = _places(cache, key)
        for name, target in (("text", path), ("table", table), ("note", about)):
            os.replace(part / name, target)
        return Joined(path, table, record)


def read_table(path: Path) -> list[Phrase]:
    """The phrases of `Joined.table`, in its order; scores to 6 digits."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").split("\n")[1:-1]]
    return [
        Phrase(words, int(count), float(score) if score else None, int(number)) for words, count, score, number in rows
    ]


class _Made(NamedTuple):
    """A text whose phrases are joined, these phrases, and `bigrams.Bigrams.pruned` of the worst pass."""

    text: Text
    phrases: list[Phrase]
    pruned: int


def _join_listed(
    text: Text, listed: list[tuple[str, ...]], joiner: str, part: Path, say: Callable[[str], None]
) -> _Made:
    joined, found = phrase_list.join(text, listed, joiner, part / "1")
    say(_summary(found, "of the list", text, joined))
    return _Made(joined, found, 0)


def _join_found(text: Text, settings: PhraseSettings, part: Path, say: Callable[[str], None]) -> _Made:
    """All passes. One that joins nothing is said, unless none joins. The ids of a text go when the next are written."""
    phrases_made: list[Phrase] = []
    pruned = 0
    for number, threshold in enumerate(settings.thresholds, start=1):
        try:
            found = phrases.find(text, settings, number, threshold)
        except NothingJoined as error:
            if number == len(settings.thresholds) and not phrases_made:
                raise
            say(f"{error}. The text stays as it was before this pass")
            continue
        joined = phrases.join(text, found, part / str(number))
        say(_summary(found.phrases, f"of pass {number}", text, joined))
        if found.pruned:
            say(
                f"phrases: more than phrases.max_pairs={settings.max_pairs:,} pairs: those seen {found.pruned} times "
                "or less were dropped meanwhile, and counts may be too low by as many"
            )
        text.path.unlink()
        text, phrases_made, pruned = joined, phrases_made + found.phrases, max(pruned, found.pruned)
    return _Made(text, phrases_made, pruned)


def _listed(settings: PhraseSettings, corpus: CorpusSettings, say: Callable[[str], None]) -> list[tuple[str, ...]]:
    rules = Rules(corpus.white_space, corpus.invalid_utf8, "corpus.invalid_utf8")
    return phrase_list.load(str(settings.path), make_normalizer(settings.normalize, "phrases.normalize"), rules, say)


def _key(
    reading: Reading, settings: PhraseSettings, corpus: CorpusSettings, listed: list[tuple[str, ...]] | None
) -> str:
    """What a joined text is known by: a hash of all that it depends on."""
    normalized = [corpus.normalize] if listed is None else [corpus.normalize, settings.normalize]
    rules = {key: value for key, value in asdict(settings).items() if key not in ("path", "normalize")}
    values = {
        "format": FORMAT,
        "unicode": next((known for each in normalized if (known := normalization.version(each))), None),
        "files": reading.known,
        "corpus": corpus.reading,
        "phrases": rules if listed is None else {"method": "list", "joiner": settings.joiner},
        "list": listed and hashlib.sha256(json.dumps(listed).encode()).hexdigest(),
    }
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:20]


def _places(cache: Path, key: str) -> tuple[Path, Path, Path]:
    """Of the text, the table and the note."""
    path, table, about = (cache / f"phrases-{key}.{ending}" for ending in ("txt", "tsv", "json"))
    return path, table, about


def _load(cache: Path, key: str, hashes: Callable[[Sequence[Path]], list[str]]) -> Joined | None:
    """The joined text in the cache; None if it is missing or damaged."""
    path, table, about = _places(cache, key)
    record = note.read_note(about) if path.is_file() and table.is_file() else None
    if record is None or hashes([path, table]) != [record["sha256"], record.pop("table_sha256")]:
        return None
    return Joined(path, table, record)


def _summary(found: list[Phrase], which: str, before: Text, after: Text) -> str:
    removed = int(before.count_V.sum() - after.count_V.sum())
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
            digest.update(written.data)
            written.tofile(file)
    return digest.hexdigest()
