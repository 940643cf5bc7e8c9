"""A file written whole or not at all: under a temporary name beside its own, then renamed."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

# a name of a file that is not UTF-8 has surrogates in Python: written as \udce9, which JSON reads back as the same name
TEXT: Any = {"encoding": "utf-8", "errors": "backslashreplace"}


def printable(name: str) -> str:
    """A name that can be written anywhere: what is not UTF-8 in it as in `TEXT`."""
    return name.encode("utf-8", "backslashreplace").decode()


@contextlib.contextmanager
def whole(path: str | os.PathLike, mode: str = "wb", *, fsync: bool = False) -> Iterator[IO[Any]]:
    """The file to write to. It takes the name `path` when the block ends, at once, and an older file is replaced.

    Until then it is `.NAME.<16 hexadecimal digits>.tmp` in the same folder; any error in the block removes it. A kill
    leaves it there: `checkpoints.folder` knows such names.

    Args:
      path: in a folder that exists.
      mode: "wb", or "w" for `TEXT`.
      fsync: the bytes and the name are on the disk when the block has ended, and outlast a power failure.

    Raises:
      OSError: it cannot be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, mode, **({} if "b" in mode else TEXT)) as file:
            yield file
            if fsync:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    if fsync:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # some network file systems cannot; the file itself is there
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
