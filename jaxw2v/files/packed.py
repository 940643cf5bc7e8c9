"""Compressed files as streams of bytes; how much memory they take does not depend on what a file claims."""

import bz2
import gzip
import lzma
import os
import zlib
from collections.abc import Callable
from typing import IO, Any

KINDS = (".gz", ".bz2", ".xz", ".zst")
DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError)  # what reading broken data raises
_BEGINNINGS = {b"\x1f\x8b\x08": ".gz", b"\xfd7zXZ\0": ".xz", b"\x28\xb5\x2f\xfd": ".zst"}
_PIECE = 1 << 16  # compressed bytes read at a time
_XZ_MEMORY = 2**28  # bytes; `xz -9` needs a quarter. A header can ask for 4 GB, which are allocated before any data


def kind_of(head: bytes) -> str:
    """The ending of the names of files that begin with these bytes, 10 or more; empty if they are not compressed."""
    for beginning, kind in _BEGINNINGS.items():
        if head.startswith(beginning):
            return kind
    return ".bz2" if head[:3] == b"BZh" and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90") else ""


def unpacked(raw: IO[bytes], kind: str) -> Any:
    """A stream with `read(size)`, of the bytes of an open file whose name ends in `kind`; the file itself if that is
    none of .gz, .bz2, .xz and .zst. Several compressed streams in a row are one.

    Raises:
      one of `DAMAGE`, also from `read`: it is cut short, altered, or something else follows its end.

    Differs from Python's `bz2` and `lzma` modules: what follows a stream and is not one is refused there only if it is
    long enough; otherwise the rest of the file is ignored.
    """
    match kind:
        case ".gz":
            return gzip.GzipFile(fileobj=raw)
        case ".bz2":
            return _Streams(raw, bz2.BZ2Decompressor)
        case ".xz":
            return _Streams(raw, lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY))
        case ".zst":
            if os.fstat(raw.fileno()).st_size == 0:  # an empty text to pyarrow, one cut short to the others
                raise EOFError("it is empty")
            return _Zstd(raw)
        case _:
            return raw


class Watched:
    """An open file whose bytes are fed to a `hashlib` object as they are read."""

    def __init__(self, raw: IO[bytes], digest: Any):
        self._raw, self._digest = raw, digest

    def read(self, size: int = -1) -> bytes:
        block = self._raw.read(size)
        self._digest.update(block)
        return block

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)


class _Zstd:
    """A stream of .zst."""

    def __init__(self, raw: IO[bytes]):
        import pyarrow as pa  # here: it takes 200 MB of addresses, and only this needs it

        self._broken = pa.ArrowException
        self._stream = pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd")

    def read(self, size: int) -> bytes:
        """At most `size` bytes, none at the end."""
        try:
            return self._stream.read(size)
        except (OSError, MemoryError):
            raise
        except self._broken as error:
            raise EOFError(str(error)) from None


class _Streams:
    """Compressed streams one after another, with zeros between them or none."""

    def __init__(self, raw: IO[bytes], make: Callable[[], Any]):
        self._raw, self._make = raw, make
        self._decoder = make()

    def read(self, size: int) -> bytes:
        """At most `size` bytes, none at the end."""
        while True:
            data = b""
            if self._decoder.eof:
                data = self._decoder.unused_data.lstrip(b"\0")
                while not data:
                    if not (piece := self._raw.read(_PIECE)):
                        return b""
                    data = piece.lstrip(b"\0")
                self._decoder = self._make()
            elif self._decoder.needs_input and not (data := self._raw.read(_PIECE)):
                raise EOFError("it ends before its end marker")
            if block := self._decoder.decompress(data, size):
                return block
