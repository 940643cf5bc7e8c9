"""The file of vectors that a command is given: its flags, and what is said about it."""

import argparse
import sys

from jaxw2v.vectors import vectors
from jaxw2v.vectors.intake import INVALID
from jaxw2v.vectors.vectors import Vectors


def add_flags(parser: argparse.ArgumentParser) -> None:
    """VECTORS and the flags that say how the file is read."""
    add_file(parser)
    parser.add_argument("--limit", type=int, metavar="N", help="read only the first N words")
    parser.add_argument(
        "--mmap",
        action="store_true",
        help="leave the vectors on the disk, for files larger than memory; what is no npz of this program is copied "
        "to the cache once",
    )


def add_file(parser: argparse.ArgumentParser) -> None:
    """VECTORS, and what becomes of words that are not UTF-8."""
    parser.add_argument("vectors", metavar="VECTORS", help="file of word vectors, most frequent word first")
    parser.add_argument(
        "--invalid-utf8",
        choices=INVALID,
        default="error",
        help="words of the file that are not UTF-8, such as words cut inside a letter: refuse the file, replace "
        "what is broken by U+FFFD, or skip the word (default: error)",
    )


def load(chosen: argparse.Namespace) -> Vectors:
    """The vectors; what was passed over is said on standard error, a line for each kind.

    Raises:
      InputError: they cannot be read.
    """
    return vectors.load(
        chosen.vectors, limit=chosen.limit, mmap=chosen.mmap, invalid_utf8=chosen.invalid_utf8, say=_say
    )


def _say(line: str) -> None:
    print("note:", line, file=sys.stderr, flush=True)
