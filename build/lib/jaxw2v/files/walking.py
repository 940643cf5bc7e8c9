"""Folders within folders, each once, whatever links lead to it."""

import os
import stat
from collections.abc import Callable, Hashable, Iterable, Iterator
from pathlib import Path

from jaxw2v.errors import InputError


def walk(
    top: Path, enter: Callable[[str], bool], failed: Callable[[Path, OSError], None] | None = None
) -> Iterator[tuple[Path, list[str]]]:
    """A folder and all below it with the names of what else is in each: files, links to files or to nothing, devices.

    Links to folders are followed. A folder to which several names lead is given once, by a name without links if it
    has one, so that links that lead back end.

    Args:
      top: a folder.
      enter: whether a folder of this name below `top` is looked into.
      failed: called with a folder that cannot be listed, which is left out; None: it is an error.

    Raises:
      InputError: a folder cannot be listed.
    """
    seen: set[Hashable] = set()
    plain, linked = [top], list[Path]()
    while plain or linked:
        here = plain.pop() if plain else linked.pop(0)
        try:
            itself = identity(here)
            if itself in seen:
                continue
            with os.scandir(here) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if failed is None:
                remedy = "check its permissions, or name other folders"
                raise InputError(f"{here}: cannot be listed ({error.strerror}); {remedy}") from None
            failed(here, error)
            continue
        seen.add(itself)
        names = []
        for entry in found:
            if not _is_folder(entry):
                names.append(entry.name)
            elif enter(entry.name):
                (linked if entry.is_symlink() else plain).append(here / entry.name)
        yield here, names


def identity(path: Path) -> Hashable:
    """What is the same for all names of a file or a folder, by symbolic or hard links.

    Raises:
      OSError: there is none.
    """
    status = os.stat(path)
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)


def once(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Files by one name each, sorted, and the other names of the same files: those with links, or later ones.

    Raises:
      OSError: one is not there.
    """
    names: dict[Hashable, list[Path]] = {}
    for path in sorted(set(paths)):
        names.setdefault(identity(path), []).append(path)
    first = {same[0] if len(same) == 1 else min(same, key=lambda path: (_links(path), path)) for same in names.values()}
    return sorted(first), sorted(path for same in names.values() for path in same if path not in first)


def kind(path: Path) -> str:
    """ "file", "folder", "other" (a device, a pipe, a socket) or "nothing" (a link to nothing, or around).

    Raises:
      OSError: it cannot be looked at.
    """
    try:
        mode = os.stat(path).st_mode
    except OSError:
        if os.path.islink(path):
            return "nothing"
        raise
    return "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "other"


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link around in a circle
        return False


def _links(path: Path) -> int:
    """How many links a name goes through."""
    return sum(os.path.islink(each) for each in (path, *path.parents))
