"""A file of vectors as a stream of bytes: plain, compressed, or the member of a zip archive."""

import contextlib
import errno
import os
import re
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from jaxw2v.errors import InputError
from jaxw2v.files import foreign, packed
from jaxw2v.files.foreign import Foreign

HEAD = 1 << 16  # bytes read to recognize what a file is
AGAIN = "copy or make the file again"

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UNREAD = {  # formats of vectors, by how they begin
    rb"\x89HDF\r\n": Foreign("an HDF5 file", "save its words and vectors with numpy.savez"),
    rb"\x93NUMPY": Foreign(
        "one array of NumPy without its words", "save both with numpy.savez(file, words=..., vectors=...)"
    ),
    rb"\x80[\x02-\x05].{0,100}": Foreign(
        "a pickle, such as gensim's own format", "save it there with save_word2vec_format"
    ),
    rb"\xba\x16O/": Foreign("a model of fastText", "give its .vec file"),
    rb"PAR1": Foreign("a Parquet file", "save its words and vectors with numpy.savez"),
}


class Stream:
    """Bytes in order, some of which can be looked at before they are read.

    Attributes:
      size: of the file; None where it is not known: compressed, a pipe.
    """

    def __init__(self, path: str, raw: Any, kind: str, size: int | None):
        self.size = size
        self._path, self._raw, self._kind = path, raw, kind
        self._ahead = b""

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, or all there are; they stay."""
        most = 1 << 20 if self.size is None else max(1, self.size)  # so much is taken to read it, whatever comes
        while len(self._ahead) < size and (more := self._more(min(size - len(self._ahead), most))):
            self._ahead += more
        return self._ahead[:size]

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end.

        Raises:
          InputError: what is compressed is damaged or cut short.
        """
        if self._ahead:
            data, self._ahead = self._ahead[:size], self._ahead[size:]
            return data
        return self._more(size)

    def _more(self, size: int) -> bytes:
        try:
            return self._raw.read(size)
        except (*packed.DAMAGE, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            if isinstance(error, MemoryError):
                raise
            why = " ".join(str(error).split())[:200] or type(error).__name__
            what = f"damaged or cut short as a {self._kind} file" if self._kind else "cannot be read"
            raise InputError(f"{self._path}: {what} ({why}); get or pack it again") from None


class Source(NamedTuple):
    """An opened file.

    Attributes:
      path: for messages; with the name of a member, "glove.zip:glove.txt".
      place: of the file on the disk.
      stream: at the start of the vectors, a byte order mark passed.
      file: the file itself if it is an npz, else None; then nothing has been read of it.
    """

    path: str
    place: Path
    stream: Stream
    file: IO[bytes] | None


@contextlib.contextmanager
def opened(path: str | os.PathLike) -> Iterator[Source]:
    """The file, until the block ends.

    Args:
      path: of a file; what is compressed is known by its first bytes, not its name. "ARCHIVE.zip:MEMBER" names one
        of several files in a zip archive.

    Raises:
      InputError: it cannot be read, is empty, or is something else; the message says what.
    """
    place, member = _parted(path)
    try:
        with open(place, "rb") as file:
            yield from _source(place, file, member)
    except OSError as error:
        if error.errno == errno.ENOMEM:
            raise MemoryError(str(error)) from None
        raise InputError(f"{path}: cannot read ({error.strerror}); {_instead(place)}") from error
    except ValueError as error:
        if isinstance(error, InputError) or "\0" not in str(path):
            raise
        raise InputError(f"{str(path)!r}: a file name has no NUL; give a file of word vectors") from None


def _source(place: Path, file: Any, member: str | None) -> Iterator[Source]:
    status = os.fstat(file.fileno())
    stream = Stream(str(place), file, "", status.st_size if stat.S_ISREG(status.st_mode) else None)
    head = stream.peek(HEAD)
    if head.startswith(foreign.ZIP):
        file.seek(0)
        yield from _of_zip(place, file, member)
        return
    if member is not None:
        raise InputError(f"{place}: no zip archive, so it has no member {member!r}; give the file alone")
    kind = packed.kind_of(head)
    if kind:
        file.seek(0)
        stream = Stream(str(place), packed.unpacked(file, kind), kind, None)
    yield _begun(str(place), place, stream, kind)


def _of_zip(place: Path, file: IO[bytes], member: str | None) -> Iterator[Source]:
    try:
        archive = zipfile.ZipFile(file)
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
    except Exception as error:  # zipfile raises a dozen kinds for broken bytes
        if isinstance(error, MemoryError):
            raise
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"{place}: damaged or cut short as a zip archive ({why}); get it again") from None
    with archive:
        if member is None and any(name.endswith(".npy") for name in names):
            file.seek(0)
            yield Source(str(place), place, Stream(str(place), file, "", None), file)
            return
        name = _chosen(place, names, member)
        at = f"{place}:{name}"
        try:
            raw = archive.open(name)
        except (RuntimeError, NotImplementedError, zipfile.BadZipFile, EOFError) as error:
            why = " ".join(str(error).split())[:200]
            raise InputError(f"{at}: cannot be unpacked ({why}); unzip it first") from None
        with raw:
            yield _begun(at, place, Stream(at, raw, ".zip", None), ".zip")


def _chosen(place: Path, names: list[str], member: str | None) -> str:
    shown = [name for name in names if not name.startswith("__MACOSX/") and Path(name).name[:1] != "."]
    if member is None and len(shown) == 1:
        return shown[0]
    some = ", ".join(shown[:8]) + (", ..." if len(shown) > 8 else "")
    if not shown:
        raise InputError(f"{place}: a zip archive without files; give a file of word vectors")
    if member is None:
        raise InputError(f"{place}: a zip archive of {len(shown)} files ({some}); name one of them: {place}:{shown[0]}")
    if member not in names:
        raise InputError(f"{place}: this zip archive has no {member!r}; it has {some}")
    return member


def _begun(path: str, place: Path, stream: Stream, kind: str) -> Source:
    head = stream.peek(HEAD)
    inside = f"a {kind} file of " if kind else ""
    if not head:
        raise InputError(f"{path}: the file is empty; {AGAIN}")
    if kind and (head.startswith(foreign.ZIP) or packed.kind_of(head)):
        raise InputError(f"{path}: packed twice; unpack it once and give what comes out")
    unread = next((what for mark, what in _UNREAD.items() if re.match(mark, head, re.DOTALL)), None)
    found = foreign.of(head) or unread
    if found:
        raise InputError(f"{path}: {inside}{found.what}; {found.remedy}")
    if head.startswith(_BYTE_ORDER_MARK):
        stream.read(len(_BYTE_ORDER_MARK))
    return Source(path, place, stream, None)


def _parted(path: str | os.PathLike) -> tuple[Path, str | None]:
    """The file, and the member of it that is named after a colon."""
    if not os.fspath(path):
        raise InputError("the name of the vectors is empty; give a file of word vectors")
    whole = Path(path)
    with contextlib.suppress(RuntimeError):  # no such user: a name that begins so
        whole = whole.expanduser()
    found = re.match(r"(.+\.zip):([^:]+)\Z", str(whole), re.IGNORECASE | re.DOTALL)
    if found is None or os.path.lexists(str(whole).replace("\0", "")):
        return whole, None
    return Path(found[1]), found[2]


def _instead(place: Path) -> str:
    with contextlib.suppress(OSError, ValueError):
        if place.is_dir():
            inside = sorted(each.name for each in place.iterdir() if each.suffix in (".bin", ".txt", ".vec", ".npz"))
            preferred = sorted(inside, key=lambda name: (not name.startswith("vectors"), len(name), name))
            return f"give a file in it, such as {place / preferred[0]}" if preferred else "give a file of word vectors"
    return "give a file of word vectors"
