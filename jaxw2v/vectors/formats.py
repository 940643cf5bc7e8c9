"""Files of word vectors: word2vec's binary and text formats, GloVe's text, fastText's .vec, and NumPy's npz.

    bin   "V D\\n", then for each word: the word, a space, D little-endian float32, "\\n"
    txt   "V D\\n", then for each word: the word and D decimal numbers, separated by spaces, "\\n"
    npz   arrays `words` (V strings) and `vectors` ([V, D] float32), stored uncompressed

bin and txt may be compressed (gzip, bzip2, xz, zstd) or in a zip archive. Rows that cannot be used are passed over,
counted and said: a word that stood there before, one that is empty or only white space, and, if that is asked for, one
that is not UTF-8.

Files are not trusted: the sizes in a header are compared with the file's before anything is allocated (text and what
is compressed allocate only what they have read), nothing is unpickled, and every mistake is an `InputError` that names
the file and the line, row or byte.
"""

import os
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files import blas, writing
from jaxw2v.files.paths import expanded
from jaxw2v.vectors import bin_format, npz_format, txt_format, unsavable
from jaxw2v.vectors.intake import INVALID, Intake, Rows
from jaxw2v.vectors.lookup import Made
from jaxw2v.vectors.matrix import Copy, Grown, enough_memory
from jaxw2v.vectors.source import AGAIN, HEAD, Source, opened
from jaxw2v.vectors.table import Table

FORMATS = ("bin", "txt", "npz")

_HEADER = re.compile(rb"[ \t]*(\d{1,15})[ \t]+(\d{1,15})[ \t]*\r?\n")
_UNPRINTED = re.compile(rb"[\x00-\x08\x0e-\x1f]")  # control characters other than white space: not in text
_MOST_NUMBERS = 10**7  # of a word


def save(table: Table, path: str | os.PathLike, format: str) -> None:
    """Writes the table to `path` atomically: a temporary file in the same folder is renamed.

    Args:
      table: V words and [V, D] float32.
      path: the file; its folder must exist, and an older file of the name is replaced.
      format: "bin", "txt" or "npz". The same table gives the same bytes.

    Raises:
      InputError: a word that is empty, duplicated, only white space, has NUL or is not Unicode text; in bin and txt,
        one that has white space, which other programs could not read; a number that is NaN or infinite; an empty table;
        an unknown format; a path that cannot be written.

    Differs from word2vec.c: text has the digits that restore each float32 exactly (C: six decimals, "%lf") and no space
    at the end of a line.
    """
    path = expanded(path)
    if format not in FORMATS:
        raise InputError(f"format={format}: choose one of {', '.join(FORMATS)}")
    unsavable.refuse(table, path, format)
    try:
        with writing.whole(path, fsync=True) as file:
            match format:
                case "bin":
                    bin_format.write(table, file)
                case "txt":
                    txt_format.write(table, file)
                case _:
                    npz_format.write(table, file, path)
    except OSError as error:
        raise InputError(f"{path}: cannot write ({error.strerror}); choose a folder with room to write in") from error


def load(
    path: str | os.PathLike,
    *,
    limit: int | None = None,
    mmap: bool = False,
    invalid_utf8: str = "error",
    say: Callable[[str], None] | None = None,
) -> Table:
    """The table in a file, whose format is recognized by its content, not its name.

    Args:
      path: word2vec binary, with or without a newline after each row (gensim writes none); word2vec or fastText text;
        text without a header, as GloVe writes it; npz with `words` and `vectors`, as `save` or `numpy.savez` writes it.
        All but npz may be compressed or in a zip archive; "glove.zip:glove.50d.txt" names one of several files there.
      limit: only the file's first rows, so many at most; nothing else is read. None: all.
      mmap: the vectors stay on the disk. An npz that `save` has written is mapped as it is; anything else is copied
        once to the cache ($JAXW2V_CACHE/vectors), 4 V D bytes, and mapped there, now and whenever it is read again.
      invalid_utf8: what becomes of a word that is not UTF-8: "error", "replace" (by U+FFFD), "skip".
      say: takes a line for each kind of thing that was passed over; None: each is a `UserWarning`.

    Returns:
      V different words and [V, D] float32 as in the file, in the file's order; read-only where it is mapped. White
      space other than the separators, such as a no-break space, is part of a word; so are spaces within a word of text.

    Raises:
      InputError: a missing, empty or truncated file, or one with data after its last row; a wrong header; a row with
        too few or too many numbers, or with a field that is not a finite number; a word that is not UTF-8; too little
        memory.

    Differs from word2vec.c and gensim: they accept data after the last row and NaN.
    """
    notes: list[str] = []
    table, _ = read(path, limit, mmap, invalid_utf8, notes)
    tell(notes, say)
    return table


def read(
    path: str | os.PathLike, limit: int | None, mmap: bool, invalid_utf8: str, notes: list[str]
) -> tuple[Table, Made | None]:
    """As `load`; and what queries need of the table, None where it is not made yet. Lines are added to `notes`."""
    if limit is not None and (not isinstance(limit, int | np.integer) or isinstance(limit, bool) or limit < 1):
        raise InputError(f"limit={limit}: give how many words are read, 1 or more")
    if invalid_utf8 not in INVALID:
        raise InputError(f"invalid_utf8={invalid_utf8}: choose one of {', '.join(INVALID)}")
    blas.take_memory()
    with enough_memory(path), opened(path) as source:
        return (_mapped if mmap else _read)(source, None if limit is None else int(limit), invalid_utf8, notes)


def tell(notes: Sequence[str], say: Callable[[str], None] | None) -> None:
    """Says each line; None: it is a `UserWarning` at the place that called our caller."""
    for line in notes:
        if say is None:
            warnings.warn(line, stacklevel=3)
        else:
            say(line)


def _read(source: Source, limit: int | None, invalid_utf8: str, notes: list[str]) -> tuple[Table, Made]:
    if source.file is not None:
        arrays = npz_format.Arrays(source, limit)
        if limit is None:
            arrays.check()
        grown = Grown(source.path, arrays.vectors_VD.shape[1], len(arrays.words))
        intake = Intake(source.path, invalid_utf8, grown)
        return _taken(source, intake, grown, arrays.rows(), notes)
    count, numbers, binary, start = _shape(source)
    size = source.stream.size
    sure = binary and size is not None and count is not None and count * (1 + 4 * numbers) <= size
    grown = Grown(source.path, numbers, min(count or 0, limit or count or 0) if sure else 0)
    intake = Intake(source.path, invalid_utf8, grown)
    return _taken(source, intake, grown, _rows(source, intake, (count, numbers, binary, start), limit), notes)


def _taken(source: Source, intake: Intake, grown: Grown, rows: Iterator[Rows], notes: list[str]) -> tuple[Table, Made]:
    for each in rows:
        intake.add(each)
    return _table(source, grown.whole(), intake, notes)


def _mapped(source: Source, limit: int | None, invalid_utf8: str, notes: list[str]) -> tuple[Table, Made | None]:
    arrays = npz_format.Arrays(source, limit) if source.file is not None else None
    if arrays is not None and arrays.is_as_wanted():
        intake = Intake(source.path, invalid_utf8, _Nothing())
        for rows in arrays.rows():
            intake.add(rows)
        if len(intake.words) == len(arrays.words):
            return _table(source, arrays.vectors_VD, intake, notes)
    copy = Copy(source.place, {"path": source.path[-200:], "limit": limit, "invalid_utf8": invalid_utf8})
    if (kept := copy.read()) is not None:
        words, vectors_VD, said = kept
        notes += said
        return Table(words, vectors_VD), None
    shape = _shape(source) if arrays is None else None
    numbers = shape[1] if shape is not None else arrays.vectors_VD.shape[1]  # type: ignore[union-attr]
    with copy.written() as written:
        intake = Intake(source.path, invalid_utf8, written)
        for rows in _rows(source, intake, shape, limit) if shape is not None else arrays.rows():  # type: ignore[union-attr]
            intake.add(rows)
        made = _table(source, np.empty((len(intake.words), 0)), intake, notes)[1]
    copy.keep(intake.words, numbers, intake.notes())
    found = copy.read()
    if found is None:
        raise InputError(f"{source.path}: it changed while it was read; try again")
    return Table(found[0], found[1]), made


class _Nothing:
    """Takes rows that lie where they are used."""

    def add(self, vectors_ND: np.ndarray) -> None:
        """Takes N more rows."""


def _table(source: Source, vectors_VD: Any, intake: Intake, notes: list[str]) -> tuple[Table, Made]:
    notes += intake.notes()
    if not intake.words:
        why = f"no row is left ({notes[-1].removeprefix(source.path + ': ')})" if notes else "the table is empty"
        raise InputError(f"{source.path}: {why}; {AGAIN}")
    return Table(intake.words, vectors_VD), Made(intake.row_of, intake.length_V)


def _shape(source: Source) -> tuple[int | None, int, bool, int]:
    """V, None where it is not said; D; whether the rows are binary; and the byte at which they begin.

    The stream is at the first row then.
    """
    head, path = source.stream.peek(HEAD), source.path
    if b"\r" in head.rstrip() and b"\n" not in head:
        raise InputError(f"{path}: lines end in carriage returns; change them first: tr '\\r' '\\n'")
    header = _HEADER.match(head)
    if header is None:
        if b"\0" in head or not head.strip():
            raise InputError(f"{path}: starts neither with 'V D' nor with a row of text; give word2vec bin, txt or npz")
        return None, _numbers_of_text(source), False, 0
    count, numbers = (int(field) for field in header.groups())
    if count == 0 or numbers == 0:
        raise InputError(f"{path}: line 1 announces {count} words of {numbers} numbers; {AGAIN}")
    start = header.end()
    if head[:1].isspace() and set(txt_format.row_lengths(head[start:], len(head) < HEAD)) == {2} and numbers != 2:
        return None, 2, False, 0  # the numbers of a row whose word is white space
    source.stream.read(start)
    body = source.stream.peek(max(HEAD, min(16 * numbers, txt_format.LONGEST_LINE)))
    lengths = txt_format.row_lengths(body, len(body) < HEAD)
    if not any(length >= numbers for length in lengths) and not _is_text(body):
        if numbers > _MOST_NUMBERS:
            raise InputError(f"{path}: line 1 announces {count} words of {numbers} numbers, more than there can be")
        return count, numbers, True, start
    if set(lengths) == {count} and count != numbers and 1 < len(lengths) == numbers:
        raise InputError(f"{path}: line 1 gives the numbers of a row first; write '{numbers} {count}', the words first")
    if len(set(lengths)) == 1 and lengths[0] > numbers and len(lengths) > 1:
        raise InputError(f"{path}: line 2: {lengths[0]} numbers, where line 1 announces {numbers}; {AGAIN}")
    return count, numbers, False, start


def _numbers_of_text(source: Source) -> int:
    size = HEAD
    while b"\n" not in (head := source.stream.peek(size)) and len(head) == size < txt_format.LONGEST_LINE:
        size *= 4
    numbers = txt_format.guess(head, len(head) < size)
    if numbers == 0:
        line = head.lstrip().partition(b"\n")[0][:60].decode(errors="replace")
        remedy = txt_format.otherwise(head.lstrip().partition(b"\n")[0]) or "give word2vec bin, txt or npz"
        raise InputError(f"{source.path}: line 1: {line!r} is no word and its numbers; {remedy}")
    return numbers


def _rows(
    source: Source, intake: Intake, shape: tuple[int | None, int, bool, int], limit: int | None
) -> Iterator[Rows]:
    count, numbers, binary, start = shape
    if binary:
        assert count is not None
        return bin_format.read(source, start, count, numbers, limit)
    return txt_format.read(source, count, numbers, limit, intake)


def _is_text(sample: bytes) -> bool:
    if _UNPRINTED.search(sample):
        return False
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        return error.end >= len(sample) >= HEAD // 2  # a character cut at the end of the sample
    return True
