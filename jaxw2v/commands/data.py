"""Fetches the public test sets and text8 from those who publish them, and checks them.

    jaxw2v data                                  what there is
    jaxw2v data wordsim353 simlex999 google-analogies --out data
    jaxw2v data all --out data                   the five test sets and text8

What is there already and right is not fetched again. Each file is checked by its content; of each test set that its
publisher no longer serves, a mirror is asked. A text of Wikipedia is made by jaxw2v wikipedia.
"""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from jaxw2v.errors import InputError
from jaxw2v.files.paths import expanded
from jaxw2v.launch.command import Parser, run
from jaxw2v.text import text8
from jaxw2v.vectors import published

_TEXT8 = "text8"
_ABOUT_TEXT8 = "text8: 17.0M words of English Wikipedia of 2006 (Mahoney; 31 MB packed, 100 MB)"
_URL = "http://mattmahoney.net/dc/text8.zip"


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return run(lambda: _fetch(argv))


def _fetch(argv: Sequence[str] | None) -> None:
    parser = Parser(prog="jaxw2v data", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which; all: each of them; none: a list")
    parser.add_argument("--out", default="data", metavar="FOLDER", help="made if missing (default: data)")
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds without a byte (default: 30)")
    chosen = parser.parse_args(argv)
    known = [*published.TEST_SETS, _TEXT8]
    if not chosen.names:
        for name in published.TEST_SETS:
            print(f"{name:18} {published.TEST_SETS[name].what}")
        print(f"{_TEXT8:18} {_ABOUT_TEXT8}")
        return
    if chosen.timeout <= 0:
        raise InputError(f"--timeout {chosen.timeout}: give more than 0 seconds")
    names = known if chosen.names == ["all"] else list(dict.fromkeys(chosen.names))
    for name in names:
        if name not in known:
            raise InputError(f"{name}: not one of {', '.join([*known, 'all'])}")
    folder = expanded(chosen.out, "--out")
    found: dict[str, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            found[name] = _one(name, folder, chosen.timeout)
            print(f"{os.path.relpath(found[name])}: {found[name].stat().st_size:,} bytes, as published", flush=True)
    except OSError as error:
        raise InputError(f"--out {chosen.out}: {error.strerror}; choose another folder") from error
    print(_next(found))


def _one(name: str, folder: Path, timeout: float) -> Path:
    return text8.fetch(_URL, folder, timeout) if name == _TEXT8 else published.fetch(name, folder, timeout)


def _next(found: dict[str, Path]) -> str:
    """The command that uses them."""
    text = str(os.path.relpath(found[_TEXT8])) if _TEXT8 in found else "TEXT"
    words = ["corpus=file", f"corpus.path={text}"]
    for kind in ("similarity", "analogies"):
        paths = [os.path.relpath(path) for name, path in found.items() if name != _TEXT8 and _kind(name) == kind]
        words += [f"eval.{kind}=[{','.join(paths)}]"] * bool(paths)
    return f"next: jaxw2v train {' '.join(shlex.quote(word) for word in words)}"


def _kind(name: str) -> str:
    return published.TEST_SETS[name].kind
