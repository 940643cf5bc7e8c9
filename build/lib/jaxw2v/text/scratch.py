"""Folders in the cache for work that is not finished, and what is said when the cache cannot be written."""

import contextlib
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from jaxw2v.errors import InputError

_ABANDONED = 24 * 3600.0  # seconds after which the process that made a folder is taken for dead


@contextlib.contextmanager
def writing_to(cache: Path) -> Iterator[None]:
    """Makes an OSError of the block an InputError that says what to do."""
    try:
        yield
    except OSError as error:
        raise InputError(f"cache={cache}: {error.strerror or error}; name another folder with cache=FOLDER") from None


@contextlib.contextmanager
def scratch_folder(cache: Path, name: str) -> Iterator[Path]:
    """A new folder `<name>.part-<16 hexadecimal digits>` in the cache, which is made if missing; removed at the end.

    Those that a kill left are removed when they are a day old.

    Args:
      cache: a folder.
      name: `<kind>-<key>`.

    Raises:
      InputError: an OSError in the block, see `writing_to`.
    """
    folder = cache / f"{name}.part-{secrets.token_hex(8)}"
    with writing_to(cache):
        try:
            cache.mkdir(parents=True, exist_ok=True)
            _remove_abandoned(cache, name.partition("-")[0])
            folder.mkdir()
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(cache: Path, kind: str) -> None:
    for folder in cache.glob(f"{kind}-*.part-*"):
        if folder.is_dir() and time.time() - folder.stat().st_mtime > _ABANDONED:
            shutil.rmtree(folder, ignore_errors=True)
