"""Files of lines that a person or another program wrote: test sets, vocabularies, lists of phrases."""

import codecs
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from jaxw2v.errors import InputError
from jaxw2v.files import foreign, packed, spaces
from jaxw2v.files.paths import expanded

LONGEST = 16 * 2**20  # bytes of a line
_PIECE = 2**18
_EXCEL = re.compile(rb"\"?sep=[;,|\t]\"?[;,]*\r?\n?", re.IGNORECASE)  # line 1 tells Excel what separates columns


class Rules(NamedTuple):
    """How lines become words.

    Attributes:
      white_space: what separates words, see `spaces`.
      invalid_utf8: what becomes of bytes that are not UTF-8, NUL among them. `error`: the file is refused; `replace`:
        U+FFFD; `skip`: the line is passed over and counted.
      setting: the one that says `invalid_utf8`, for messages; "": there is none.
    """

    white_space: str = "ascii"
    invalid_utf8: str = "error"
    setting: str = ""


PLAIN = Rules()


class Lines:
    """The lines of a file in order, with their numbers, in bounded memory; read once.

    A line ends with \\n, \\r\\n or \\r. A byte order mark is dropped. White space that separates words by the rules is
    ASCII in what comes out.

    Attributes:
      path: of the file, `~` expanded.
      broken: lines that were passed over so far since they are not UTF-8.
    """

    def __init__(self, path: str | os.PathLike, content: str, rules: Rules = PLAIN):
        """Nothing is read yet.

        Args:
          path: compressed if its name ends in .gz, .bz2, .xz or .zst, or it begins as such files do.
          content: what the file should hold, for messages.
          rules: how bytes become words.
        """
        self.path = expanded(path)
        self.broken, self._marked = 0, False
        self._content, self._rules = content, rules

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Number and text of each line, without its end.

        Raises:
          InputError: the file cannot be read, is of another kind, or a line is too long or not UTF-8.
        """
        rest, number, offset = b"", 1, 0
        for piece in self._pieces():
            lines = (rest + piece).splitlines(keepends=True)
            rest = b"" if lines[-1].endswith(b"\n") else lines.pop()  # after \r there may be \n
            if len(rest) > LONGEST:
                raise InputError(f"{self.path}: a line of more than {LONGEST} bytes; is it a list, one thing a line?")
            for line in lines:
                yield from self._text(line, number, offset)
                number, offset = number + 1, offset + len(line)
        if rest:
            yield from self._text(rest, number, offset)

    def _text(self, line: bytes, number: int, offset: int) -> Iterator[tuple[int, str]]:
        if offset == 0:
            line = line.removeprefix(codecs.BOM_UTF8)
            if _EXCEL.fullmatch(line):
                return
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            place = offset + error.start + (3 if offset == 0 and self._marked else 0)
            text = self._mended(line, number, place, "is not UTF-8")
        if "\0" in text:
            text = self._mended(line, number, offset + line.find(0), "is NUL, so this is binary or UTF-16", "utf-16le")
        if text:
            yield number, spaces.plain(text.rstrip("\r\n"), self._rules.white_space)

    def _mended(self, line: bytes, number: int, place: int, what: str, encoding: str = "latin1") -> str:
        """The line with U+FFFD, or "" for one that is passed over."""
        match self._rules.invalid_utf8:
            case "replace":
                return line.decode(errors="replace").replace("\0", "\ufffd")
            case "skip":
                self.broken += 1
                return ""
        remedy = f"convert the file to UTF-8, for example: iconv -f {encoding} -t utf-8"
        if self._rules.setting:
            remedy += f"; or set {self._rules.setting}=replace or skip"
        raise InputError(f"{self.path}: line {number}: byte {place} {what}; {remedy}")

    def _pieces(self) -> Iterator[bytes]:
        kind = self.path.suffix.lower()
        try:
            with self.path.open("rb") as raw:
                if kind not in packed.KINDS:
                    kind = packed.kind_of(raw.peek(16)) or kind
                yield from self._unpacked(raw, kind)
        except InputError:
            raise
        except ValueError:  # of open
            raise InputError(f"{str(self.path)!r}: a file name has no NUL") from None
        except packed.DAMAGE as error:
            if kind in packed.KINDS and not isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
                why = " ".join(str(error).split()) or type(error).__name__
                what = f"damaged or cut short as a {kind} file ({why}); get or pack it again"
                what += ", or give it another name if it is not packed" if _is_plain(self.path) else ""
            else:
                what = f"cannot be opened ({error.strerror}); give a file of {self._content}"  # type: ignore[union-attr]
            raise InputError(f"{self.path}: {what}") from None

    def _unpacked(self, raw: IO[bytes], kind: str) -> Iterator[bytes]:
        stream = packed.unpacked(raw, kind)
        head = b""
        while len(head) < foreign.ENOUGH and (piece := stream.read(_PIECE)):
            head += piece
        self._refuse_another(head)
        self._marked = head.startswith(codecs.BOM_UTF8)
        if head:
            yield head
        while piece := stream.read(_PIECE):
            yield piece

    def _refuse_another(self, head: bytes) -> None:
        found = foreign.of(head, "CSV or text")
        what = f"{found.what}: {found.remedy}" if found else None
        if what is None and self._rules.invalid_utf8 != "error" and head.count(0) > len(head) // 8:
            what = "binary or UTF-16; give a text in UTF-8"
        if what is not None:
            raise InputError(f"{self.path}: {what}; wanted is a file of {self._content}")


def _is_plain(path: Path) -> bool:
    """Whether a file that is named as packed does not begin so."""
    with path.open("rb") as file:
        return not packed.kind_of(file.read(16))
