"""word2vec's binary format: "V D\\n", then for each word: the word, a space, D little-endian float32, "\\n"."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import IO

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.vectors.intake import Rows
from jaxw2v.vectors.source import AGAIN, Source
from jaxw2v.vectors.table import Table, blocks

_LONGEST_WORD = 1 << 16  # bytes; word2vec.c stops at 100
_PIECE = 1 << 22  # bytes read at a time
_BLOCK = 1 << 20  # numbers written at a time


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
    data, base, row, word = b"", start, 0, b""  # the data begin at the byte `base` of the file
    wide = 4 * numbers
    while row < wanted:
        words, begin_N, vectors_ND = _cut(data, wide, wanted - row)
        if not words:
            more = _more(source, data, wide)
            if len(more) == len(data):
                place = f"row {row + 1} of {count} at byte {base}"
                place += f", after {word[:40].decode(errors='replace')!r} (has that word a space?)" if word else ""
                raise InputError(
                    f"{source.path}: {place}: the file is cut here or its header is wrong; {AGAIN}{_first(row)}"
                )
            data = more
            continue
        yield Rows(words, vectors_ND, _places(row, count, base, begin_N, words))
        end = int(begin_N[-1]) + wide
        data, base, row, word = data[end:], base + end, row + len(words), words[-1]
    rest = (data + stream.read(1 << 16)) if wanted == count and limit is None else b""
    if rest.strip(b"\t\r\n \x1a"):
        extra = len(rest) if size is None else size - base
        raise InputError(
            f"{source.path}: {extra} bytes follow the last of {count} rows; the header is wrong; {AGAIN}{_first(count)}"
        )


def write(table: Table, file: IO[bytes]) -> None:
    """Writes the table; its words have no white space."""
    file.write(b"%d %d\n" % table.vectors_VD.shape)
    for words, block_ND in blocks(table, _BLOCK):
        file.write(_joined(words, block_ND))


def _cut(data: bytes, wide: int, most: int) -> tuple[list[bytes], np.ndarray, np.ndarray]:
    """The whole rows that the data begin with, without a loop over them.

    Args:
      data: of the file, at the end of a row.
      wide: bytes of a row's numbers.
      most: rows.

    Returns:
      N words, a newline before them dropped ("\\n", as the C program ends a row); [N] int64, the bytes at which the
      numbers of each begin; and these, [N, D] float32.
    """
    # up to a space whatever it is, then the numbers; what is no whole row is one match, so that time is linear
    found = re.findall(rb"([^ ]*+) .{%d}|.+" % wide, data, re.DOTALL)[: most + 1]
    length_N = np.fromiter(map(len, found), np.int64, len(found))
    begin_N = np.cumsum(length_N + 1 + wide) - wide
    if found and (begin_N[-1] + wide > len(data) or data[begin_N[-1] - 1] != ord(" ")):
        found.pop()
    too_long = np.flatnonzero(length_N >= _LONGEST_WORD)[:1].tolist()
    del found[min(most, *too_long, len(found)) :]
    begin_N = begin_N[: len(found)]
    if not found:
        return [], begin_N, np.zeros((0, wide // 4), np.float32)
    words = b" ".join(found).removeprefix(b"\n").replace(b" \n", b" ").split(b" ")
    vectors_ND = _windows(data, wide)[begin_N].view("<f4").reshape(len(words), -1)
    return words, begin_N, vectors_ND


def _windows(data: bytes | bytearray, wide: int) -> np.ndarray:
    """All runs of so many bytes, by the byte at which they begin; a view."""
    return np.ndarray((len(data) - wide + 1,), f"V{wide}", data, strides=(1,))


def _joined(words: Sequence[str], block_ND: np.ndarray) -> bytearray:
    """The bytes of some rows."""
    joined = "".join(words).encode()
    size_N = np.fromiter(map(len, words), np.int64, len(words))  # of UTF-8
    if len(joined) != size_N.sum():
        size_N = np.fromiter(map(len, map(str.encode, words)), np.int64, len(words))
    wide = block_ND.shape[1] * block_ND.itemsize
    begin_N = np.cumsum(size_N + wide + 2) - wide - 1  # of the numbers
    data = bytearray(int(begin_N[-1]) + wide + 1)
    byte = np.frombuffer(data, np.uint8)
    byte[np.arange(len(joined)) + np.repeat(np.arange(len(words)) * (wide + 2), size_N)] = np.frombuffer(
        joined, np.uint8
    )
    byte[begin_N - 1] = ord(" ")
    _windows(data, wide)[begin_N] = np.ascontiguousarray(block_ND).view(f"V{wide}")[:, 0]
    byte[begin_N + wide] = ord("\n")
    return data


def _places(row: int, count: int, base: int, begin_N: np.ndarray, words: list[bytes]) -> Callable[[int], str]:
    """Says where a row of a block stands, which begins with the row `row`, and with the byte `base` of the file."""
    return lambda at: f"row {row + at + 1} of {count} at byte {base + begin_N[at] - 1 - len(words[at])}"


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
