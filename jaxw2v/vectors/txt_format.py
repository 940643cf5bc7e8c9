"""Vectors as text: word2vec's, with "V D" in line 1, as fastText's .vec; and GloVe's, without.

A line is a word and D decimal numbers, separated by spaces or tabs. The last D fields are the numbers, whatever stands
before them is the word: "at someone@example.org 0.4 -0.5 0.6".
"""

import collections
import io
import re
from collections.abc import Iterator
from typing import IO

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.vectors.intake import Intake, Rows
from jaxw2v.vectors.source import AGAIN, HEAD, Source
from jaxw2v.vectors.table import Table, blocks

LONGEST_LINE = 1 << 24  # bytes

_PIECE = 1 << 21  # bytes read at a time
_BLOCK = 1 << 20  # numbers written at a time
_DECIMAL_COMMA = re.compile(rb"[-+]?\d+,\d+")
_LINES = 100  # that are looked at to see how many numbers a row has


def row_lengths(head: bytes, whole: bool) -> list[int]:
    """How many numbers the first rows may have: the numeric fields at the end of each, the word left out.

    Args:
      head: the first bytes of the rows.
      whole: nothing follows them.
    """
    lines = head.split(b"\n", _LINES)
    del lines[len(lines) if whole and len(lines) <= _LINES else -1 :]
    found = []
    for line in filter(bytes.strip, lines):
        fields = line.split()
        found.append(min(_numeric(fields), len(fields) - (not line[:1].isspace())))
    return found


def guess(head: bytes, whole: bool) -> int:
    """D of a file without a header: what most of the first rows have; 0: none has a number."""
    lengths = collections.Counter(row_lengths(head, whole))
    best = max(lengths.values(), default=0)
    often = [length for length, count in lengths.items() if count == best]
    if len(often) == 2 and min(often) > 0:  # "route 66 0.4 -0.5 0.6" and "the 0.1 0.2 0.3": is 66 a number of the row?
        few, many = sorted(often)
        rows = [line.split() for line in head.split(b"\n", _LINES) if len(line.split()) > many]
        if all(_is_count(row[-many:-few]) and not _is_count(row[-few:]) for row in rows):
            return few
    return often[0] if often else 0


def otherwise(line: bytes) -> str:
    """What to do about a row that has a word and numbers with other marks than white space; empty: it has none."""
    if line.startswith((b"{", b'["', b"[[")):
        return "from JSON, save words and vectors with numpy.savez"
    fields = line.split()
    if len(fields) > 2 and all(_DECIMAL_COMMA.fullmatch(field) or _is_number(field) for field in fields[1:]):
        return "numbers have a decimal point: tr , ."
    marks = b"[](),;|"
    if len(line.translate(bytes.maketrans(marks, b" " * len(marks))).split()) < 3:
        return ""
    found = [mark for mark in marks.decode() if mark.encode() in line]
    return f"between the numbers stands white space, not {' '.join(found)}" if found else ""


def read(source: Source, count: int | None, numbers: int, limit: int | None, intake: Intake) -> Iterator[Rows]:
    """The rows, in order.

    Args:
      source: its stream at the first row.
      count: V, as line 1 announces it; None: there is no such line.
      numbers: D.
      limit: so many rows at most.
      intake: is told of blank lines between rows.

    Raises:
      InputError: a row with too few numbers or with something else; more or fewer rows than announced.
    """
    lines = _Lines(source, first=1 if count is None else 2)
    wanted = min(each for each in (count, limit, float("inf")) if each is not None)
    rows, blank = 0, 0
    for block in lines:
        words: list[bytes] = []
        numbers_N, places = [], []
        for number, line in block:
            if not (line := line.rstrip()) and not line.strip():
                blank = blank or number
                continue
            if rows == wanted:
                if limit is not None and limit <= rows:
                    break
                raise InputError(
                    f"{source.path}: line {number}: more rows than the {count} that line 1 announces; {AGAIN}"
                    f"{_first(rows)}"
                )
            if blank:  # not at the end, then
                intake.note("lines", f"in line {blank}")
                blank = 0
            word, _, rest = line.partition(b" ")
            if not word or b"\t" in word or rest.count(b" ") != numbers - 1:
                word, rest = _parted(line, numbers, f"{source.path}: line {number}")
            words.append(word)
            numbers_N.append(rest)
            places.append(number)
            rows += 1
        if words:
            yield _rows(source.path, words, numbers_N, places, numbers)
        if limit is not None and rows == limit:
            return
    if count is not None and rows < wanted:
        raise InputError(
            f"{source.path}: {rows} row{'s' * (rows != 1)}, where line 1 announces {count}; the file is cut; {AGAIN}"
            f"{_first(rows)}"
        )


def write(table: Table, file: IO[bytes]) -> None:
    """Writes the table with a header and the shortest digits that restore each float32; no word has white space."""
    file.write(b"%d %d\n" % table.vectors_VD.shape)
    for words, block_ND in blocks(table, _BLOCK):
        lines = number_lines(block_ND, " ")
        file.write(b"".join(b"%s %s\n" % (word.encode(), line) for word, line in zip(words, lines)))


def number_lines(vectors_ND: np.ndarray, separator: str) -> list[bytes]:
    """For each of N rows, its D numbers with the separator between them, in the digits that restore each float32."""
    import pyarrow as pa  # here: it takes 200 MB of addresses, and binary files do without
    import pyarrow.csv

    options = pyarrow.csv.WriteOptions(include_header=False, delimiter=separator)
    columns = [pa.array(np.ascontiguousarray(column)) for column in vectors_ND.T]
    names = [str(number) for number in range(len(columns))]
    numbers = io.BytesIO()
    pyarrow.csv.write_csv(pa.table(columns, names=names), numbers, options)
    return numbers.getvalue().split(b"\n")[: len(vectors_ND)]


class _Lines:
    """Numbered lines in blocks, in bounded memory."""

    def __init__(self, source: Source, first: int):
        self._source, self._number = source, first

    def __iter__(self) -> Iterator[list[tuple[int, bytes]]]:
        stream, rest = self._source.stream, b""
        size = _PIECE if stream.size is None else min(_PIECE, max(stream.size, 1))  # so much is taken to read it
        while piece := stream.read(size):
            if b"\n" not in piece:
                rest += piece
                if len(rest) > LONGEST_LINE:
                    raise InputError(
                        f"{self._source.path}: line {self._number} has more than {LONGEST_LINE} bytes; "
                        "give word2vec bin, text or npz"
                    )
                continue
            *lines, rest = (rest + piece).split(b"\n")
            yield self._numbered(lines)
        yield self._numbered([rest] if rest else [])

    def _numbered(self, lines: list[bytes]) -> list[tuple[int, bytes]]:
        first, self._number = self._number, self._number + len(lines)
        return list(enumerate(lines, first))


def _rows(path: str, words: list[bytes], numbers_N: list[bytes], places: list[int], numbers: int) -> Rows:
    vectors = _converted(b" ".join(numbers_N))
    if vectors is None:
        fields = []
        for at, (word, rest) in enumerate(zip(words, numbers_N)):
            words[at], rest = _parted(word + b" " + rest, numbers, f"{path}: line {places[at]}")
            fields += rest.split()
        vectors = np.fromiter(map(_number, fields), np.float32, len(fields))
    return Rows(words, vectors.reshape(-1, numbers), lambda at: f"line {places[at]}")


def _converted(text: bytes) -> np.ndarray | None:
    """[M] float32 of numbers with one space between them; None: there is something else."""
    import pyarrow as pa  # here: as in `write`

    spaces = np.flatnonzero(np.frombuffer(text, np.uint8) == 32)
    offsets = np.zeros(len(spaces) + 2, np.int32)
    offsets[1:-1] = spaces - np.arange(len(spaces))
    offsets[-1] = len(text) - len(spaces)
    data = pa.py_buffer(text.translate(None, b" "))
    try:
        fields = pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), data)
        return fields.cast(pa.float32()).to_numpy()
    except pa.ArrowInvalid:
        return None


def _parted(line: bytes, numbers: int, place: str) -> tuple[bytes, bytes]:
    """The word, and its numbers with one space between them.

    Raises:
      InputError: there are no so many numbers; `place` begins the message.
    """
    fields = line.rsplit(None, numbers)
    if len(fields) == numbers + 1:
        word, rest = fields[0].strip(), fields[1:]
    elif len(fields) == numbers and (line[:1].isspace() or not fields[0].isdigit()):  # the word is white space
        word, rest = b"", fields
    else:
        word, rest = b"", []
    if len(rest) == numbers and _numeric(rest) == numbers:
        return word, b" ".join(rest)
    fields = line.split()
    found = min(_numeric(fields), len(fields) - 1)
    if len(fields) == numbers + 1:
        bad = next(field for field in reversed(fields) if not _is_number(field)) if found < numbers else fields[0]
        remedy = "write a decimal point: tr , ." if _DECIMAL_COMMA.fullmatch(bad) else _again(place)
        raise InputError(f"{place}: not a number ({bad[:40].decode(errors='replace')!r}); {remedy}")
    if len(fields) == 2 and _is_count(fields) and place.endswith(": line 2"):
        raise InputError(f"{place}: a second line of 'V D'; take it out")
    raise InputError(f"{place}: {found} numbers, where {numbers} should stand; {_again(place)}{_unsure(numbers)}")


def _again(place: str) -> str:
    return f"{AGAIN}, or take the line out if it is a remark" if place.endswith(": line 1") else AGAIN


def _unsure(numbers: int) -> str:
    return f" (if rows have no {numbers} numbers, say how many words and numbers there are in line 1, as 'V D')"


def _numeric(fields: list[bytes]) -> int:
    """How many fields at the end are numbers."""
    return next((at for at, field in enumerate(reversed(fields)) if not _is_number(field)), len(fields))


def _number(field: bytes) -> np.float32:
    with np.errstate(over="ignore"):  # 1e39 becomes infinity, which is refused
        return np.float32(float(field))


def _is_number(field: bytes) -> bool:
    try:
        return float(field) is not None and b"_" not in field  # Python would read 1_0 as ten
    except ValueError:
        return False


def _is_count(fields: list[bytes]) -> bool:
    return all(field.isdigit() for field in fields)


def _first(rows: int) -> str:
    return f", or read the first {rows} with --limit {rows}" if rows else ""


assert HEAD < LONGEST_LINE
