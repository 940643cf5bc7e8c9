"""word2vec's binary format: "V D\\n", then for each word: the word, a space, D little-endian float32, "\\n"."""

from collections.abc import Iterator
from typing import IO

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.vectors.intake import Rows
from jaxw2v.vectors.source import AGAIN, Source
from jaxw2v.vectors.table import Table, blocks

_LONGEST_WORD = 1 << 16  # bytes; word2vec.c stops at 100
_PIECE = 1 << 20  # bytes read at a time
_BLOCK = 1 << 20  # numbers handed on at a time


def read(source: Source, start: int, count: int, numbers: int, limit: int | None) -> Iterator[Rows]:
    """The rows, in order.

    Args:
      source: its stream at the first row, with or without a newline after each row (gensim writes none).
      start: byte of the first row.
      count, numbers: V and D, as the file announces them.
      limit: so many rows at most, and what follows them is not read.

    Raises:
      InputError: the file is cut, or goes on after the last row.
    """
    wanted = count if limit is None else min(count, limit)
    size, stream = source.stream.size, source.stream
    if size is not None and wanted * (1 + 4 * numbers) > size - start:  # a space before the numbers
        raise InputError(
            f"{source.path}: line 1 announces {count} words of {numbers} numbers, but {size - start} bytes follow; "
            f"the file is cut or its header is wrong; {AGAIN}"
        )
    data, at, base = b"", 0, start  # the byte `at` of the data is the byte `base + at` of the file
    wide, word = 4 * numbers, b""
    for first in range(0, wanted, max(1, _BLOCK // numbers)):
        words, pieces, places = [], [], []
        for row in range(first, min(wanted, first + max(1, _BLOCK // numbers))):
            space = data.find(b" ", at, at + _LONGEST_WORD)
            if space < 0 or space + 1 + wide > len(data):
                data, base, at = _more(source, data[at:], wide), base + at, 0
                space = data.find(b" ", at, at + _LONGEST_WORD)
            end = space + 1 + wide
            if space < 0 or end > len(data):
                place = f"row {row + 1} of {count} at byte {base + at}"
                place += f", after {word[:40].decode(errors='replace')!r} (has that word a space?)" if word else ""
                raise InputError(
                    f"{source.path}: {place}: the file is cut here or its header is wrong; {AGAIN}{_first(row)}"
                )
            if data[at] == 10:  # "\n", as the C program ends a row
                at += 1
            word = data[at:space]
            words.append(word)
            pieces.append(data[space + 1 : end])
            places.append(base + at)
            at = end
        vectors_ND = np.frombuffer(b"".join(pieces), "<f4").reshape(-1, numbers)
        yield Rows(words, vectors_ND, lambda n, f=first, p=places: f"row {f + n + 1} of {count} at byte {p[n]}")  # type: ignore[misc]
    rest = (data[at:] + stream.read(1 << 16)) if wanted == count and limit is None else b""
    if rest.strip(b"\t\r\n \x1a"):
        extra = len(rest) if size is None else size - base - at
        raise InputError(
            f"{source.path}: {extra} bytes follow the last of {count} rows; the header is wrong; {AGAIN}{_first(count)}"
        )


def write(table: Table, file: IO[bytes]) -> None:
    """Writes the table; its words have no white space."""
    file.write(b"%d %d\n" % table.vectors_VD.shape)
    for words, block_ND in blocks(table, _BLOCK):
        file.write(b"".join(b"%s %s\n" % (word.encode(), row.tobytes()) for word, row in zip(words, block_ND)))


def _more(source: Source, data: bytes, wide: int) -> bytes:
    """The data with what follows them: a row more, where there is one."""
    parts, length = [data], len(data)
    size = _PIECE if source.stream.size is None else min(_PIECE, source.stream.size)  # so much is taken to read it
    while length < wide + _LONGEST_WORD + 2 and (piece := source.stream.read(size)):
        parts.append(piece)
        length += len(piece)
    return b"".join(parts)


def _first(rows: int) -> str:
    return f", or read the first {rows} with --limit {rows}" if rows else ""
