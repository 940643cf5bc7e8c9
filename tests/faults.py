"""Faults to be made on purpose, and what they are made in."""

import contextlib
import os
import resource
from pathlib import Path

from jaxw2v.text import joined
from tests.configs import section

SMALL_DISK = 2000  # bytes of a file


def write_text(place: Path) -> Path:
    path = place / "text.txt"
    path.write_text("".join(f"w{i % 13} w{i % 7} w{i % 11}\n" for i in range(3000)))
    return path


def build(place: Path, cache: Path, files: list[Path] | None = None) -> joined.Joined:
    (place / "titles").write_text("w1 w2\n")
    phrases = section("phrases", method="list", path=str(place / "titles"))
    return joined.build(files or [place / "text.txt"], phrases, section("corpus"), cache=cache, say=lambda line: None)


@contextlib.contextmanager
def full_disk(room: int = SMALL_DISK):
    """No file may grow beyond so many bytes: the system refuses the write, as when a disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def somebody_else():
    """Root may write everywhere: be nobody meanwhile."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def failing(error):
    def fail(*_):
        raise error

    return fail
