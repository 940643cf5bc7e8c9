"""text8: the first 100 MB of a cleaned English Wikipedia, fetched once and checked.

Source: Matt Mahoney, http://mattmahoney.net/dc/textdata.html. One line of 17,005,207 words of a to z.
"""

import hashlib
import os
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

from jaxw2v.errors import InputError
from jaxw2v.files import download, writing
from jaxw2v.files.paths import expanded
from jaxw2v.text.scratch import writing_to

_PIECE = 2**18  # bytes read at a time


class Expected(NamedTuple):
    """What the archive and the one member of it that is used must be.

    Attributes:
      packed_size: bytes of the zip file.
      packed_sha256: hexadecimal.
      member: name in the zip file; also the name of the text in the cache.
      size: bytes of the text.
      md5: hexadecimal, of the text.
    """

    packed_size: int
    packed_sha256: str
    member: str
    size: int
    md5: str


TEXT8 = Expected(
    packed_size=31_344_016,
    packed_sha256="a6640522afe85d1963ad56c05b0ede0a0c000dddc9671758a6cc09b7a38e5232",
    member="text8",
    size=100_000_000,
    md5="3bea1919949baf155f99411df5fada7e",
)


def fetch(url: str, cache: str | Path, timeout: float, expected: Expected = TEXT8) -> Path:
    """The text, unpacked and checked, from the cache if it is there.

    A cut transfer leaves `<member>.zip.part`, from which the next call goes on. A text or a zip file that a person
    puts into the cache by hand is checked and used as it is.

    Args:
      url: of the zip file; http or https.
      cache: folder, made if missing.
      timeout: seconds without a byte before the transfer is given up.
      expected: sizes and checksums.

    Returns:
      `cache/<member>`.

    Raises:
      InputError: no network, no such page, a cut transfer, wrong bytes, or a cache that cannot be written.
    """
    cache = expanded(cache, "cache")
    text = cache / expected.member
    packed = cache / f"{expected.member}.zip"
    if not url.startswith(("http://", "https://")):
        raise InputError(f"corpus.url={url}: give an address that starts with http:// or https://")
    with writing_to(cache):  # the network's errors are caught where it is used
        cache.mkdir(parents=True, exist_ok=True)
        if text.is_file() and text.stat().st_size == expected.size and _hash(text, "md5") == expected.md5:
            return text
        if not packed.is_file() or not _is_right(packed, expected):
            _download(url, packed, timeout, expected)
        _unpack(packed, text, expected)
        packed.unlink(missing_ok=True)
    return text


def _download(url: str, packed: Path, timeout: float, expected: Expected) -> None:
    part = packed.with_name(f"{packed.name}.part")
    if part.is_file() and part.stat().st_size > expected.packed_size:
        part.unlink()
    if not part.is_file() or part.stat().st_size < expected.packed_size:
        problem = download.transfer(url, part, timeout, expected.packed_size)
        if problem is not None:
            raise InputError(
                f"corpus.url={url}: {problem}; try again, or put the file at {packed} by hand; "
                "corpus=docstrings needs no network"
            )
    if not _is_right(part, expected):
        part.unlink()
        raise InputError(
            f"corpus.url={url}: its sha256 is not {expected.packed_sha256}, so this is another file; "
            f"put the right one at {packed} by hand, or use corpus=docstrings"
        )
    os.replace(part, packed)


def _unpack(packed: Path, text: Path, expected: Expected) -> None:
    digest, size = hashlib.md5(usedforsecurity=False), 0
    try:
        with zipfile.ZipFile(packed) as archive, archive.open(expected.member) as source, writing.whole(text) as target:
            while piece := source.read(min(_PIECE, expected.size + 1 - size)):
                digest.update(piece)
                target.write(piece)
                size += len(piece)
                if size > expected.size:
                    break
            if size != expected.size or digest.hexdigest() != expected.md5:
                raise InputError(f"{packed}: its {expected.member} is not the text expected; delete the zip file")
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, RuntimeError, NotImplementedError) as error:
        raise InputError(
            f"{packed}: cannot be unpacked ({download.one_line(error)}); delete it and start again"
        ) from None


def _is_right(packed: Path, expected: Expected) -> bool:
    return packed.stat().st_size == expected.packed_size and _hash(packed, "sha256") == expected.packed_sha256


def _hash(path: Path, name: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, name).hexdigest()
