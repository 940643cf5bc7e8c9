"""Files of word vectors: word2vec's binary and text formats, and NumPy's npz.

    bin   "V D\\n", then for each word: the word, a space, D little-endian float32, "\\n"
    txt   "V D\\n", then for each word: the word and D decimal numbers, separated by spaces, "\\n"
    npz   arrays `words` (V strings) and `vectors` ([V, D] float32), stored uncompressed

Files are not trusted: the sizes in a header are compared with the file's before anything is allocated (text allocates
only what it has read), nothing is unpickled, and every mistake is an `InputError` that names the file and the line, row
or byte.
"""

import io
import mmap
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv

from jaxw2v.errors import InputError
from jaxw2v.files import npz, writing
from jaxw2v.files.paths import expanded
from jaxw2v.vectors.table import Table

FORMATS = ("bin", "txt", "npz")

_HEADER = re.compile(rb"[ \t]*(\d{1,15})[ \t]+(\d{1,15})[ \t]*\r?\n")
_UNPRINTED = re.compile(rb"[\x00-\x08\x0e-\x1f]")  # control characters other than white space: not in text
_UNFIT = re.compile(
    "[ \t\n\r\v\f\0]"
)  # not allowed in a word: separators of fields, and the end of a C or NumPy string
_HEAD_BYTES = 1 << 16  # read to recognize the format
_LONGEST_WORD = 1 << 16  # bytes; word2vec.c stops at 100
_BLOCK = 1 << 20  # numbers converted at a time
_NPZ_WORDS_BYTES = 1 << 30  # the array `words` is as wide as its longest word
_AGAIN = "copy or make the file again"


def save(table: Table, path: str | os.PathLike, format: str) -> None:
    """Writes the table to `path` atomically: a temporary file in the same folder is renamed.

    Args:
      table: V words and [V, D] float32.
      path: the file; its folder must exist, and an older file of the name is replaced.
      format: "bin", "txt" or "npz". The same table gives the same bytes.

    Raises:
      InputError: a word that is empty, duplicated, has white space (or NUL) or is not Unicode text; a number that is
        NaN or infinite; an empty table; an unknown format; a path that cannot be written.

    Differs from word2vec.c: text has the digits that restore each float32 exactly (C: six decimals, "%lf") and no space
    at the end of a line.
    """
    path = expanded(path)
    if format not in FORMATS:
        raise InputError(f"vectors.formats={format}: choose one of {', '.join(FORMATS)}")
    _check(table, f"cannot save {path}", "clean the vocabulary")
    write = {"bin": _write_bin, "txt": _write_txt, "npz": _write_npz}[format]
    try:
        with writing.whole(path, fsync=True) as file:
            write(table, file, path)
    except OSError as error:
        raise InputError(f"{path}: cannot write ({error.strerror}); choose a folder with room to write in") from error


def load(path: str | os.PathLike) -> Table:
    """The table in a file, whose format is recognized by its content, not its name.

    Args:
      path: word2vec binary, with or without a newline after each row (gensim writes none); word2vec text; text without
        a header, as GloVe writes it; npz with `words` and `vectors`, as `save` or `numpy.savez` writes it.

    Returns:
      V words and [V, D] float32 as in the file, in the file's order.

    Raises:
      InputError: a missing, empty or truncated file, or one with data after its last row; a wrong header; a row with
        too few or too many numbers, or with a field that is not a finite number; a word that is not UTF-8, has white
        space or is duplicated.

    Differs from word2vec.c and gensim: they accept data after the last row, NaN, and duplicated words.
    """
    path = expanded(path)
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            table = _load(path, file, size)
    except OSError as error:
        raise InputError(f"{path}: cannot read ({error.strerror}); give a file of word vectors") from error
    _check(table, str(path), "remove or rename it, or train again")
    return table


def _load(path: Path, file: BinaryIO, size: int) -> Table:
    head = file.read(_HEAD_BYTES)
    if not head:
        raise InputError(f"{path}: the file is empty; {_AGAIN}")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _read_npz(path, file)
    if head.startswith(b"\x1f\x8b"):
        raise InputError(f"{path}: the file is compressed; decompress it first with gunzip")
    header = _HEADER.match(head)
    if header is None:
        if not _is_text(head):
            raise InputError(f"{path}: starts neither with 'V D' nor with a row of text; give word2vec bin, txt or npz")
        file.seek(0)
        return _read_txt(path, file, None, None)
    words, numbers = (int(field) for field in header.groups())
    if words == 0 or numbers == 0:
        raise InputError(f"{path}: line 1 announces {words} words of {numbers} numbers; {_AGAIN}")
    body = head[header.end() :]
    if _is_row(body.partition(b"\n")[0], numbers) or _is_text(body):
        file.seek(header.end())
        return _read_txt(path, file, words, numbers)
    if words * (2 + 4 * numbers) > size - header.end():  # at least one letter and a space before the numbers of a row
        raise InputError(
            f"{path}: line 1 announces {words} words of {numbers} numbers, but {size - header.end()} bytes follow; "
            f"the file is cut or its header is wrong; {_AGAIN}"
        )
    return _read_bin(path, file, header.end(), words, numbers)


def _is_text(sample: bytes) -> bool:
    if _UNPRINTED.search(sample):
        return False
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        return error.end >= len(sample) >= _HEAD_BYTES // 2  # a character cut at the end of the sample
    return True


def _is_row(line: bytes, numbers: int) -> bool:
    _, *fields = line.split() or [b""]
    try:
        return len(fields) == numbers and all(float(field) is not None for field in fields)
    except ValueError:
        return False


def _word(raw: bytes, path: Path, place: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise InputError(f"{path}: {place}: the word {raw[:40]!r} is not UTF-8; {_AGAIN} as UTF-8") from None


def _read_bin(path: Path, file: BinaryIO, start: int, count: int, numbers: int) -> Table:
    words: list[str] = []
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        vectors_VD = np.empty((count, numbers), np.float32)
        for row in range(count):
            place = f"row {row + 1} of {count} at byte {start}"
            place += f", after {words[-1][:40]!r} (has that word a space?)" if words else ""
            if data[start : start + 1] == b"\n":  # as the C program ends a row; gensim does not
                start += 1
            space = data.find(b" ", start, start + _LONGEST_WORD)
            end = space + 1 + 4 * numbers
            if space < 0 or end > len(data):
                raise InputError(f"{path}: {place}: the file is cut here or its header is wrong; {_AGAIN}")
            words.append(_word(data[start:space], path, place))
            vectors_VD[row] = np.frombuffer(data[space + 1 : end], "<f4")
            start = end
        if data[start:] not in (b"", b"\n"):
            extra = len(data) - start
            raise InputError(f"{path}: {extra} bytes follow the last of {count} rows; the header is wrong; {_AGAIN}")
    return Table(words, vectors_VD)


def _read_txt(path: Path, file: BinaryIO, count: int | None, numbers: int | None) -> Table:
    words: list[str] = []
    blocks, rows = [], []
    first = 1 if count is None else 2
    for line, text in enumerate(file, first):
        place = f"line {line}"
        if len(words) == count:
            raise InputError(f"{path}: {place}: more rows than the {count} that line 1 announces; {_AGAIN}")
        raw, rest = [*text.split(None, 1), b"", b""][:2]
        fields = rest.split()
        if numbers is None:
            numbers = len(fields)
        if fields and not _is_row(b"word " + fields[0], 1):
            word = b" ".join((raw, fields[0])).decode(errors="replace")[:80]
            raise InputError(f"{path}: {place}: the word {word!r} has a space, or no number follows; join it with _")
        if len(fields) != numbers or numbers == 0:
            wanted = f"{numbers} numbers" if numbers else "a word and its numbers"
            raise InputError(f"{path}: {place}: {len(fields)} numbers, where {wanted} should stand; {_AGAIN}")
        words.append(_word(raw, path, place))
        try:
            if b"_" in rest:  # Python would read 1_0 as ten
                raise ValueError("'_' in a number")
            with np.errstate(over="ignore"):  # 1e39 becomes infinity, refused below
                rows.append(np.fromiter(map(float, fields), np.float32, numbers))
        except ValueError as error:
            raise InputError(f"{path}: {place}: not a number ({error}); {_AGAIN}") from None
        if len(rows) * numbers >= _BLOCK:
            blocks.append(np.stack(rows))
            rows = []
    if count is not None and len(words) != count:
        raise InputError(f"{path}: {len(words)} rows, where line 1 announces {count}; the file is cut; {_AGAIN}")
    return Table(words, np.concatenate([*blocks, *(row[None] for row in rows)]))


def _read_npz(path: Path, file: BinaryIO) -> Table:
    try:
        arrays = npz.read_arrays(file, ("words", "vectors"))
        absent = [name for name in ("words", "vectors") if name not in arrays]
        if absent:
            raise ValueError(f"it has no {absent[0]}.npy")
        words_V, vectors_VD = arrays["words"], arrays["vectors"]
        if words_V.ndim != 1 or words_V.dtype.kind != "U" or vectors_VD.ndim != 2 or vectors_VD.dtype.kind != "f":
            raise ValueError("`words` must be V strings and `vectors` V x D floats")
        with np.errstate(over="ignore"):
            return Table(words_V.tolist(), vectors_VD.astype(np.float32))
    except ValueError as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: not an npz of words and vectors ({reason}); {_AGAIN} with numpy.savez") from None


def _check(table: Table, who: str, remedy: str) -> None:
    words, vectors_VD = table
    if vectors_VD.ndim != 2 or len(words) != len(vectors_VD):
        raise InputError(f"{who}: {len(words)} words, but vectors of shape {vectors_VD.shape}; give one row a word")
    if vectors_VD.size == 0:
        raise InputError(f"{who}: the table is empty; {remedy}")
    seen: dict[str, int] = {}
    for row, word in enumerate(words, 1):
        if not word or _UNFIT.search(word):
            raise InputError(f"{who}: row {row}: the word {word[:40]!r} is empty or has white space; {remedy}")
        if not word.isprintable():  # lone surrogates are among the unprintable
            try:
                word.encode()
            except UnicodeEncodeError:
                raise InputError(f"{who}: row {row}: the word {word[:40]!r} is not Unicode text; {remedy}") from None
        if seen.setdefault(word, row) != row:
            raise InputError(f"{who}: row {row}: the word {word[:40]!r} is already in row {seen[word]}; {remedy}")
    for start in range(0, len(words), _HEAD_BYTES):
        finite = np.isfinite(vectors_VD[start : start + _HEAD_BYTES]).all(axis=1)
        if not finite.all():
            row = start + int(np.argmin(finite))
            raise InputError(f"{who}: row {row + 1}: the vector of {words[row]!r} holds NaN or infinity; train again")


def _blocks(table: Table) -> Iterator[tuple[Sequence[str], np.ndarray]]:
    rows = max(1, _BLOCK // table.vectors_VD.shape[1])
    for start in range(0, len(table.words), rows):
        yield table.words[start : start + rows], table.vectors_VD[start : start + rows].astype("<f4")


def _write_bin(table: Table, file: IO[bytes], path: Path) -> None:
    file.write(b"%d %d\n" % table.vectors_VD.shape)
    for words, block in _blocks(table):
        file.write(b"".join(b"%s %s\n" % (word.encode(), row.tobytes()) for word, row in zip(words, block)))


def _write_txt(table: Table, file: IO[bytes], path: Path) -> None:
    file.write(b"%d %d\n" % table.vectors_VD.shape)
    options = pyarrow.csv.WriteOptions(include_header=False, delimiter=" ")
    for words, block in _blocks(table):
        numbers = io.BytesIO()
        columns = [pa.array(np.ascontiguousarray(column)) for column in block.T]
        names = [str(number) for number in range(len(columns))]
        pyarrow.csv.write_csv(
            pa.table(columns, names=names), numbers, options
        )  # the shortest digits that restore each float32
        lines = numbers.getvalue().split(b"\n")
        file.write(b"".join(b"%s %s\n" % (word.encode(), line) for word, line in zip(words, lines)))


def _write_npz(table: Table, file: IO[bytes], path: Path) -> None:
    longest = max(map(len, table.words))
    if 4 * longest * len(table.words) > _NPZ_WORDS_BYTES:
        raise InputError(f"cannot save {path}: a word of {longest} letters makes the array too wide; use bin or txt")
    np.savez(file, words=np.array(table.words, np.str_), vectors=table.vectors_VD.astype("<f4"))
