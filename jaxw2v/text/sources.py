"""Text files in, blocks of whole, checked words out: plain or compressed, in bounded memory.

A word is a run of characters other than white space, which `files.spaces` defines: ASCII's, or with
`corpus.white_space=unicode` all of Unicode's. A newline, the word `</s>` and the end of a file end a sentence.

Differs from word2vec.c: only space, tab and newline separate words there (and carriage returns vanish).
Differs from gensim: `str.split` there always separates at Unicode white space, such as a no-break space.
"""

import glob
import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jaxw2v.errors import InputError
from jaxw2v.files import packed, spaces, utf8
from jaxw2v.files.paths import expanded
from jaxw2v.text.normalization import AS_IT_IS, Normalizer, normalized

BLOCK = 8 * 2**20  # bytes
LONGEST_WORD = 16 * 2**20  # bytes; a file with no white space in so many is not text
WHITE_SPACE = spaces.ASCII.encode()
_BYTE_ORDER_MARK = "\ufeff".encode()


def find_files(path: str | Path | Sequence[str | Path]) -> list[Path]:
    """The text files that `path` names.

    Args:
      path: a file, a glob (`**` for any depth), a folder (all of its regular files at any depth, but none that is
        hidden or in a hidden folder), or a list of these.

    Returns:
      At least one file. A list keeps its order and its duplicates (a text named twice counts twice); the files of a
      glob or a folder are sorted by name, so the order never depends on the disk.

    Raises:
      InputError: a name that is missing, a glob or a folder without a file.
    """
    if isinstance(path, str | Path):
        return _find(path)
    if not isinstance(path, Sequence) or not path or not all(isinstance(item, str | Path) for item in path):
        raise InputError(f"corpus.path={path!r}: give a file, a glob, a folder, or a list of them")
    return [file for item in path for file in _find(item)]


def _find(name: str | Path) -> list[Path]:
    try:
        path = expanded(name, "corpus.path")
        path.exists()
    except OSError as error:  # a name too long
        raise InputError(f"corpus.path={name}: {error}; check the name") from None
    if path.is_file():
        return [path]
    if path.is_dir():
        found = []
        for folder, folders, files in os.walk(path):
            folders[:] = [item for item in folders if not item.startswith(".")]
            found += [Path(folder, file) for file in files if not file.startswith(".")]
        wanting = f"corpus.path={name}: this folder has no files; give one that has the text"
    elif glob.has_magic(str(path)):
        found = [Path(item) for item in glob.glob(str(path), recursive=True)]
        wanting = f"corpus.path={name}: no file matches this pattern; check it, and quote it in the shell"
    elif path.exists():
        raise InputError(f"corpus.path={name}: neither a regular file nor a folder; write the text to a file first")
    else:
        raise InputError(f"corpus.path={name}: there is no such file or folder; check the name")
    found = sorted({file for file in found if file.is_file()})
    if not found:
        raise InputError(wanting)
    return found


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
    """The bytes of a file, decompressed if its name ends in .gz, .bz2, .xz or .zst, in blocks of at most `size`.

    Args:
      path: of the file.
      size: bytes.
      on_disk: a `hashlib` object that is fed all bytes of the file as they are read, not decompressed, or None.

    Raises:
      InputError: it cannot be opened, or its compressed data are damaged or cut short.
    """
    kind = path.suffix.lower()
    try:
        raw = path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be opened ({error.strerror}); check the name and its permissions") from None
    with raw:
        try:
            source: Any = raw if on_disk is None else packed.Watched(raw, on_disk)
            stream = packed.unpacked(source, kind)
            while block := stream.read(size):
                yield block
            while source.read(size):  # whatever follows the compressed data
                pass
        except packed.DAMAGE as error:
            what = f"damaged or cut short as a {kind} file" if kind in packed.KINDS else "cannot be read"
            raise InputError(f"{path}: {what} ({_one_line(error)}); get or pack it again") from None


def read_text(
    path: Path,
    *,
    invalid_utf8: str = "error",
    normalizer: Normalizer = AS_IT_IS,
    size: int = BLOCK,
    digest: Any = None,
    on_disk: Any = None,
    skipped: Counter[str] | None = None,
) -> Iterator[bytes]:
    """The text of a file as UTF-8 in blocks of whole words, cut after a newline or, in a long line, after white space.

    Args:
      path: read by `read_blocks`; a byte order mark at its start is dropped.
      invalid_utf8: `error`, `replace` by U+FFFD, `skip` the words, or `skip_lines`, the lines that hold it.
      normalizer: applied to each block, its pattern to each line.
      size: bytes read at a time. The words do not depend on it; with a pattern that looks at its surroundings
        the words of a line longer than this may.
      digest: a `hashlib` object that is fed the decompressed bytes as read, or None.
      on_disk: of `read_blocks`.
      skipped: where the words or lines that `skip` leaves out are counted, see `utf8.decoded`, or None.

    Raises:
      InputError: a NUL byte, invalid UTF-8, no white space in 16 MiB, or what `read_blocks` raises.
    """
    rest, offset = b"", 0
    for piece in read_blocks(path, size, on_disk):
        if digest is not None:
            digest.update(piece)
        block = rest + piece
        cut = block.rfind(b"\n") + 1
        if cut == 0 and len(block) >= size:
            cut = _after_mark(block, normalizer.white_space)
        if cut == 0 and len(block) >= LONGEST_WORD:
            _check_binary(path, block, offset)
            raise InputError(f"{path}: no white space in {len(block)} bytes from byte {offset}; is it text?")
        rest = block[cut:]
        if cut and (text := _checked(path, block[:cut], offset, invalid_utf8, normalizer, skipped)):
            yield text
        offset += cut
    if rest and (text := _checked(path, rest, offset, invalid_utf8, normalizer, skipped)):
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
    path: Path, block: bytes, offset: int, invalid_utf8: str, normalizer: Normalizer, skipped: Counter[str] | None
) -> bytes:
    _check_binary(path, block, offset)
    if offset == 0:
        offset = len(block) - len(block.removeprefix(_BYTE_ORDER_MARK))
        block = block[offset:]
    if normalizer.changes_nothing and block.isascii():
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
    return normalized(text, normalizer).encode()


def _check_binary(path: Path, block: bytes, offset: int) -> None:
    place = block.find(0)
    if place >= 0:
        raise InputError(
            f"{path}, byte {offset + place}: a NUL byte, so this is binary, UTF-16 or compressed; give UTF-8 text, "
            "or name it .gz, .bz2, .xz or .zst if it is so packed"
        )


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
