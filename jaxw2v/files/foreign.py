"""Files that no reader takes as they are: what each is, by how it begins, and what to do with it."""

import codecs
import re
from typing import NamedTuple

from jaxw2v.files import packed

ENOUGH = 512  # bytes of a file, decompressed where it is compressed, by which all of these are known
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")  # a zip archive; one without files; one in several parts


class Foreign(NamedTuple):
    """What a file is instead of what was wanted.

    Attributes:
      what: it is, such as "a tar archive".
      remedy: what to do, such as "unpack it first, with tar -xf".
    """

    what: str
    remedy: str


WEB_PAGE = Foreign("a web page, not the file", "download the file itself")
_TAR = (slice(257, 262), b"ustar", Foreign("a tar archive", "unpack it first, with tar -xf"))
_UTF16 = Foreign('UTF-16, as Excel\'s "Unicode text" is', "save it as UTF-8: iconv -f utf-16 -t utf-8")
_DOCUMENT = "save it as {} in UTF-8"
_BEGINNINGS = {
    ZIP[0]: Foreign("a zip archive (as .docx, .xlsx, .odt and .epub are)", f"unzip it first, or {_DOCUMENT}"),
    ZIP[1]: Foreign("a zip archive without files", "get or pack it again"),
    ZIP[2]: Foreign("a part of a zip archive", "get all parts, and unzip them first"),
    b"7z\xbc\xaf\x27\x1c": Foreign("a 7z archive", "unpack it first, with 7z x"),
    b"Rar!\x1a\x07": Foreign("a RAR archive", "unpack it first, with unrar x"),
    b"\x04\x22\x4d\x18": Foreign("compressed by lz4", f"unpack it first, or pack it as {', '.join(packed.KINDS)}"),
    b"\x1f\x9d": Foreign("compressed by compress", "unpack it first"),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": Foreign("a file of Word or Excel", _DOCUMENT),
    b"{\\rtf": Foreign("RTF", _DOCUMENT),
    b"%PDF-": Foreign("a PDF", "make a text of it first, as by pdftotext"),
    codecs.BOM_UTF16_LE: _UTF16,
    codecs.BOM_UTF16_BE: _UTF16,
    b"version https://git-lfs": Foreign("a pointer of Git LFS, not the file", "fetch it with git lfs pull"),
}


def of(head: bytes, form: str = "plain text") -> Foreign | None:
    """What a file is that begins with these bytes; None: nothing that is known here.

    Args:
      head: `ENOUGH` or more bytes, or all; decompressed, where the file is compressed.
      form: as what a document can be saved to be read.
    """
    place, mark, tar = _TAR
    if head[place] == mark:
        return tar
    if kind := packed.kind_of(head):
        return Foreign(f"packed twice, inside as {kind}", "unpack it once")
    if is_web_page(head):
        return WEB_PAGE
    found = next((found for mark, found in _BEGINNINGS.items() if head.startswith(mark)), None)
    return found and found._replace(remedy=found.remedy.format(form))


def is_web_page(head: bytes) -> bool:
    """Whether a file that begins so is HTML or XML, as servers send instead of a file that is not there."""
    return re.match(rb"(\xef\xbb\xbf)?\s*<(!DOCTYPE|html|\?xml)", head, re.IGNORECASE) is not None
