"""The sha256 of files, kept in the cache with what the system says of them: a file that has not changed is not read.

As git does for its index: a file is taken for the same while its size, the times of its last change (of the content and
of the inode), its inode and its device are. Times have a granularity, so that a file may change again within the moment
of a change and look the same: what changed less than two seconds before it was read is not kept.
"""

import contextlib
import os
import time
from collections.abc import Sequence
from pathlib import Path

from jaxw2v.errors import InputError
from jaxw2v.files import writing
from jaxw2v.text import note, sources

INDEX = "hashes.json"
MOST = 20_000  # files; of more, those that were read last
_RACY = 2e9  # nanoseconds; FAT knows every second one
_STATE = ("st_size", "st_mtime_ns", "st_ctime_ns", "st_ino", "st_dev")


def sha256s(paths: Sequence[Path], cache: Path, verify: str) -> list[str]:
    """Hexadecimal, of the bytes of each file as it lies on disk.

    Args:
      paths: of the files.
      cache: folder; those it knows are in `cache/hashes.json`, a note; what is damaged or not there is made again, and
        where it cannot be written every file is read each time.
      verify: "changed": files that look the same as when they were read are not read again; "always": all are read.

    Raises:
      InputError: a file cannot be read.
    """
    index = _read(cache / INDEX)
    found, new = [], {}
    for path in paths:
        name, state = os.path.abspath(path), _state(path)
        known = index.get(name)
        if verify == "always" or known is None or known[:-1] != state:
            known = [*state, sources.sha256(path)]
            if _state(path) == state and _is_old(state):
                new[name] = known
        found.append(known[-1])
    if any(index.get(name) != known for name, known in new.items()):
        kept = list({**{name: index[name] for name in index if name not in new}, **new}.items())[-MOST:]
        with contextlib.suppress(OSError):
            cache.mkdir(parents=True, exist_ok=True)
            with writing.whole(cache / INDEX) as file:
                file.write(note.encoded(dict(kept)))
    return found


def _read(path: Path) -> dict[str, list]:
    return note.read_note(path) or {}


def _state(path: Path) -> list[int]:
    try:
        status = path.stat()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its name and its permissions") from None
    return [getattr(status, name) for name in _STATE]


def _is_old(state: list[int]) -> bool:
    _, changed, changed_inode, *_ = state
    return time.time_ns() - max(changed, changed_inode) > _RACY
