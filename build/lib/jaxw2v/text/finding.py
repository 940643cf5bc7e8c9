"""The text files that corpus.path names: files, folders, globs and lists of them."""

import fnmatch
import glob
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from jaxw2v.errors import InputError
from jaxw2v.files import walking
from jaxw2v.files.paths import expanded

_SHOWN = 3  # names in a line
# of Emacs, Vim and others; of Windows, macOS and Office. Hidden ones, such as .#text and .text.swp, are hidden already
_BACKUP = re.compile(r".*~|#.*#|~\$.*|.*\.(bak|swp|swo|tmp)|Thumbs\.db|desktop\.ini", re.IGNORECASE | re.DOTALL)
_NOT_TEXTS = ("__MACOSX",)  # a folder that macOS puts into archives


def find_files(path: str | Path | Sequence[str | Path], say: Callable[[str], None] = lambda line: None) -> list[Path]:
    """The text files that `path` names.

    Args:
      path: a file, a glob (`**` for any depth), a folder (all of its regular files at any depth), or a list of these.
        Hidden files and those in hidden folders are not in a folder, nor are backups of editors and files of systems
        (`x~`, `#x#`, `.bak`, `.swp`, `.swo`, `.tmp`, `Thumbs.db`, `desktop.ini`); a glob finds them where it is written
        for them, such as `*.bak`. A name that exists is no glob, whatever signs are in it. Links to folders and files
        are followed, and a file that has several names in a folder or a glob is taken once.
      say: takes a line for a person about what was left out.

    Returns:
      At least one file. A list keeps its order and its duplicates (a text named twice counts twice); the files of a
      glob or a folder are sorted by name, so the order never depends on the disk.

    Raises:
      InputError: a name that is missing, a glob or a folder without a file.
    """
    if isinstance(path, str | Path):
        return _find(path, say)
    if not isinstance(path, Sequence) or not path or not all(isinstance(item, str | Path) for item in path):
        raise InputError(f"corpus.path={path!r}: give a file, a glob, a folder, or a list of them")
    return [file for item in path for file in _find(item, say)]


def _find(name: str | Path, say: Callable[[str], None]) -> list[Path]:
    try:
        path = expanded(name, "corpus.path")
        path.exists()
    except OSError as error:  # a name too long
        raise InputError(f"corpus.path={name}: {error}; check the name") from None
    if path.is_file():
        return [path]
    left = _Left()
    if path.is_dir():
        found = _in_folder(path, left)
        wanting = f"corpus.path={name}: this folder has no files; give one that has the text"
    elif glob.has_magic(str(path)):
        found = _matching(path, left)
        wanting = f"corpus.path={name}: no file matches this pattern; check it, and quote it in the shell"
    elif path.exists():
        raise InputError(f"corpus.path={name}: neither a regular file nor a folder; write the text to a file first")
    elif path.is_symlink():
        raise InputError(f"corpus.path={name}: a link to {os.readlink(path)}, which is not there; check where it leads")
    else:
        raise InputError(f"corpus.path={name}: there is no such file or folder; check the name")
    found, left.names["second names of files, by links"] = walking.once(file for file in found if left.takes(file))
    if not found:
        raise InputError(wanting + (f" ({left})" if str(left) else ""))
    if str(left):
        say(f"corpus.path={name}: {left}")
    return found


class _Left:
    """What a folder or a glob has and is not read.

    Attributes:
      names: by what they are.
    """

    def __init__(self) -> None:
        self.names: dict[str, list[Path]] = {}

    def add(self, what: str, path: Path) -> None:
        self.names.setdefault(what, []).append(path)

    def unlisted(self, folder: Path, error: OSError) -> None:
        self.add(f"folders that cannot be listed ({error.strerror})", folder)

    def takes(self, path: Path) -> bool:
        """Whether it is a regular file; if it is none and no folder, it is noted."""
        try:
            kind = walking.kind(path)
        except OSError as error:
            self.add(f"files that cannot be looked at ({error.strerror})", path)
            return False
        if kind not in ("file", "folder"):
            self.add({"nothing": "links to nothing", "other": "devices, pipes and sockets"}[kind], path)
        return kind == "file"

    def __str__(self) -> str:
        parts = []
        for what, paths in self.names.items():
            if paths:
                shown = ", ".join(path.name for path in paths[:_SHOWN]) + ", ..." * (len(paths) > _SHOWN)
                parts.append(f"{len(paths)} {what}: {shown}")
        return f"left out {'; '.join(parts)}" if parts else ""


def _in_folder(folder: Path, left: _Left) -> list[Path]:
    try:
        with os.scandir(folder):
            pass
    except OSError as error:
        raise InputError(f"corpus.path={folder}: cannot be listed ({error.strerror}); check its permissions") from None
    return [here / name for here, names in _folders(folder, left) for name in _texts(here, names, left)]


def _folders(top: Path, left: _Left) -> Iterator[tuple[Path, list[str]]]:
    """All folders that are not hidden, with what is not hidden in them."""

    def enter(name: str) -> bool:
        return _is_shown(name) and name not in _NOT_TEXTS

    return ((here, list(filter(_is_shown, names))) for here, names in walking.walk(top, enter, left.unlisted))


def _texts(folder: Path, names: list[str], left: _Left) -> list[str]:
    """The names that are not those of backups; these are noted."""
    for name in names:
        if _BACKUP.fullmatch(name):
            left.add("backups and files of systems", folder / name)
    return [name for name in names if not _BACKUP.fullmatch(name)]


def _is_shown(name: str) -> bool:
    return not name.startswith(".")


def _matching(pattern: Path, left: _Left) -> list[Path]:
    """What a glob finds, files or not, perhaps several times."""
    start = Path(pattern.anchor) if pattern.anchor else Path()
    found = list(_expanded(start, pattern.parts[bool(pattern.anchor) :], left))
    if _BACKUP.fullmatch(pattern.name):  # they are what is meant
        return found
    by_folder: dict[Path, list[str]] = {}
    for path in dict.fromkeys(found):
        by_folder.setdefault(path.parent, []).append(path.name)
    return [folder / name for folder, names in by_folder.items() for name in _texts(folder, names, left)]


def _expanded(folder: Path, parts: Sequence[str], left: _Left) -> Iterator[Path]:
    """As `glob.glob`, but `**` enters each folder once, and a name that exists is no pattern."""
    if not parts:
        yield folder
        return
    part, rest = parts[0], parts[1:]
    if part == "**":
        for here, names in _folders(folder, left):
            yield from _expanded(here, rest, left) if rest else (here / name for name in names)
    elif not glob.has_magic(part) or os.path.lexists(folder / part):
        if os.path.lexists(folder / part):
            yield from _expanded(folder / part, rest, left)
    else:
        for name in _listed(folder, left):
            if fnmatch.fnmatch(name, part) and (_is_shown(name) or part.startswith(".")):
                yield from _expanded(folder / name, rest, left)


def _listed(folder: Path, left: _Left) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except NotADirectoryError:
        return []
    except OSError as error:
        left.unlisted(folder, error)
        return []
