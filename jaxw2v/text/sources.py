"""Text files in, blocks of whole, checked words out: plain or compressed, in bounded memory.

A word is a run of characters other than white space, which `files.spaces` defines: ASCII's, or with
`corpus.white_space=unicode` all of Unicode's. A newline, the word `</s>` and the end of a file end a sentence.

Differs from word2vec.c: only space, tab and newline separate words there (and carriage returns vanish).
Differs from gensim: `str.split` there always separates at Unicode white space, such as a no-break space.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jaxw2v.errors import InputError
from jaxw2v.files import foreign, packed, spaces, utf8
from jaxw2v.text.normalization import AS_IT_IS, Normalizer, normalized
from jaxw2v.text.remarks import BYTE_ORDER_MARK, Remarks

BLOCK = 8 * 2**20  # bytes
LONGEST_WORD = 16 * 2**20  # bytes; a file with no white space in so many is not text
WHITE_SPACE = spaces.ASCII.encode()
_MARKS = {  # of byte order, the longer first
    b"\xff\xfe\0\0": "UTF-32",
    b"\0\0\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


def file_state(path: Path) -> tuple[int, int]:
    """Size and time of the last change: another one means that a file changed while it was read."""
    try:
        status = path.stat()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check corpus.path") from None
    return status.st_size, status.st_mtime_ns


def sha256(path: str | Path) -> str:
    """Hexadecimal, of the bytes of a file as it lies on disk."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None


def read_blocks(path: Path, size: int = BLOCK, on_disk: Any = None) -> Iterator[bytes]:
    """The bytes of a file in blocks of at most `size`, decompressed if its name ends in .gz, .bz2, .xz or .zst, or if
    it begins as such a file, whatever its name is.

    Args:
      path: of the file.
      size: bytes.
      on_disk: a `hashlib` object that is fed all bytes of the file as they are read, not decompressed, or None.

    Raises:
      InputError: it cannot be opened, or its compressed data are damaged or cut short.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be opened ({error.strerror}); check the name and its permissions") from None
    with raw:
        named, begins = path.suffix.lower(), ""
        try:
            begins = packed.kind_of(raw.peek(10))
            kind = named if named in packed.KINDS else begins
            source: Any = raw if on_disk is None else packed.Watched(raw, on_disk)
            stream = packed.unpacked(source, kind)
            while block := stream.read(size):
                yield block
            while source.read(size):  # whatever follows the compressed data
                pass
        except packed.DAMAGE as error:
            what, remedy = "cannot be read", "get or pack it again"
            if named in packed.KINDS or begins:
                what = f"damaged or cut short as a {named if named in packed.KINDS else begins} file"
                remedy += "" if begins == named else ", or give it another name if it is packed otherwise or not at all"
            raise InputError(f"{path}: {what} ({_one_line(error)}); {remedy}") from None


def read_text(
    path: Path,
    *,
    invalid_utf8: str = "error",
    normalizer: Normalizer = AS_IT_IS,
    size: int = BLOCK,
    digest: Any = None,
    on_disk: Any = None,
    skipped: Counter[str] | None = None,
    remarks: Remarks | None = None,
) -> Iterator[bytes]:
    """The text of a file as UTF-8 in blocks of whole words, cut after a newline or, in a long line, after white space.

    Args:
      path: read by `read_blocks`; a byte order mark at its start is dropped.
      invalid_utf8: what is done with bytes that are not UTF-8, and with NUL: `error`, `replace` by U+FFFD, `skip` the
        words, or `skip_lines`, the lines that hold one.
      normalizer: applied to each block, its pattern to each line.
      size: bytes read at a time. The words do not depend on it; with a pattern that looks at its surroundings
        the words of a line longer than this may.
      digest: a `hashlib` object that is fed the decompressed bytes as read, or None.
      on_disk: of `read_blocks`.
      skipped: where the words or lines that `skip` leaves out are counted, see `utf8.decoded`, or None.
      remarks: counts what is odd, or None.

    Raises:
      InputError: a NUL byte, invalid UTF-8, UTF-16, an archive, no white space in 16 MiB, or what `read_blocks` raises.
    """
    rest, offset = b"", 0
    remarks = remarks or Remarks()
    for piece in read_blocks(path, size, on_disk):
        if digest is not None:
            digest.update(piece)
        block = rest + piece
        cut = block.rfind(b"\n") + 1
        if cut == 0 and len(block) >= size:
            cut = _after_mark(block, normalizer.white_space)
        if cut == 0 and len(block) >= LONGEST_WORD:
            _refuse_binary(path, block, offset, invalid_utf8)
            raise InputError(f"{path}: no white space in {len(block)} bytes from byte {offset}; is it text?")
        rest = block[cut:]
        if cut and (text := _checked(path, block[:cut], offset, invalid_utf8, normalizer, skipped, remarks)):
            yield text
        offset += cut
    if rest and (text := _checked(path, rest, offset, invalid_utf8, normalizer, skipped, remarks)):
        yield text


def read_lines(path: Path, invalid_utf8: str = "error", normalizer: Normalizer = AS_IT_IS) -> Iterator[bytes]:
    """The text of a file, compressed or not, in blocks of whole lines, in bounded memory.

    Raises:
      InputError: a line of more than 16 MiB, or what `read_text` raises.
    """
    rest = b""
    for piece in read_text(path, invalid_utf8=invalid_utf8, normalizer=normalizer, size=2**20):
        block = rest + piece
        cut = block.rfind(b"\n") + 1
        rest = block[cut:]
        if len(rest) > LONGEST_WORD:
            raise InputError(f"{path}: a line of more than {LONGEST_WORD} bytes; is it a list, one thing a line?")
        if cut:
            yield block[:cut]
    if rest:
        yield rest


def _after_mark(block: bytes, white_space: str) -> int:
    """Behind the last white space of a block; 0: it has none."""
    places = ((block.rfind(mark), len(mark)) for mark in spaces.MARKS[white_space])
    return max(place + length if place >= 0 else 0 for place, length in places)


def _checked(
    path: Path,
    block: bytes,
    offset: int,
    invalid_utf8: str,
    normalizer: Normalizer,
    skipped: Counter[str] | None,
    remarks: Remarks,
) -> bytes:
    _refuse_binary(path, block, offset, invalid_utf8)
    if offset == 0:
        offset = len(block) - len(block.removeprefix(BYTE_ORDER_MARK))
        block = block[offset:]
        remarks.see_beginning(path, block)
    remarks.see(block)
    if normalizer.changes_nothing and block.isascii() and 0 not in block:
        return block
    try:
        lines = invalid_utf8 == "skip_lines"
        part = "line" if lines else normalizer.white_space
        text = utf8.decoded(block, "skip" if lines else invalid_utf8, part, skipped)
    except UnicodeDecodeError as error:
        place = offset + error.start
        raise InputError(
            f"{path}, line {_line_of(path, place)}, byte {place}: invalid UTF-8; convert the file to UTF-8, "
            "or set corpus.invalid_utf8=replace or skip"
        ) from None
    if invalid_utf8 == "replace":
        remarks.see_replaced(block, text)
    return normalized(text, normalizer).encode()


def _refuse_binary(path: Path, block: bytes, offset: int, invalid_utf8: str) -> None:
    """Raises an InputError if a block is of a file that is no UTF-8 text at all, or has a NUL byte that is an error."""
    if offset == 0:
        mark = next((mark for mark in _MARKS if block.startswith(mark)), None)
        found = None if mark else foreign.of(block[: foreign.ENOUGH])
        if found and found != foreign.WEB_PAGE:  # words can be learned of one: it is a remark
            raise InputError(f"{path}: {found.what}: {found.remedy}, and name the text that is in it")
        if encoding := _MARKS[mark] if mark else _utf16_without_mark(block):
            raise InputError(f"{path}: {encoding}, by its first bytes; convert it first: iconv -f {encoding} -t UTF-8")
    place = block.find(0)
    if place >= 0 and invalid_utf8 == "error":
        raise InputError(
            f"{path}, byte {offset + place}: a NUL byte, which is in no text; is this binary? Give UTF-8 text, "
            "or set corpus.invalid_utf8=replace or skip if some bytes are damaged"
        )


def _utf16_without_mark(block: bytes) -> str:
    """UTF-16LE or UTF-16BE if most of every other byte are NUL and none of the others is; else empty."""
    even, odd = block[:4096:2], block[1:4096:2]
    for first, second, order in ((even, odd, "UTF-16LE"), (odd, even, "UTF-16BE")):
        if len(second) > 4 and second.count(0) > 0.7 * len(second) and not first.count(0):
            return order
    return ""


def _line_of(path: Path, place: int) -> int:
    line = 1
    for block in read_blocks(path):
        line += block.count(b"\n", 0, place)
        if place <= len(block):
            break
        place -= len(block)
    return line


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
