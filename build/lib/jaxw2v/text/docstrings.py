"""A corpus that every machine already has: the documentation inside installed Python packages.

Docstrings are taken from source files with `ast`; nothing is imported, nothing is executed, no network is used.
Code, doctests, formulas and tables are dropped, a paragraph becomes a line of lower-case words, and a paragraph that
occurs in many places (inherited documentation) is kept once.
"""

import ast
import contextlib
import gc
import hashlib
import importlib.metadata
import importlib.util
import inspect
import json
import os
import platform
import re
import sysconfig
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from jaxw2v.errors import InputError
from jaxw2v.files import writing
from jaxw2v.files.paths import expanded
from jaxw2v.text import note
from jaxw2v.text.scratch import writing_to

VERSION = 2  # of the extraction; raise it when the same source files give another text

_NOT_DOCUMENTATION = {
    *("test", "tests", "idle_test", "site-packages", "dist-packages", "__pycache__"),
    *("lib2to3", "idlelib", "turtledemo", "_vendor", "_vendored", "externals"),
}
_CODE_DIRECTIVE = re.compile(
    r"\.\. *(code|code-block|sourcecode|math|plot|doctest|testcode|testoutput|ipython|parsed-literal|table|list-table"
    r"|csv-table|image|figure|autosummary|bibliography|toctree|_)\b"
)
_RULE = re.compile(r"[^A-Za-z0-9]*")  # an underline, a table's border, a lone bracket
_ITEM = re.compile(r"[-*+] |\d+[.)] |[*\w][\w, *]*( ?\([^)]*\))? ?: |:\w+[^:]*: ")  # of a list, or a parameter
_CODE_SPAN = re.compile(r"(:\w[\w:+-]*:)?(`+)(.+?)\2_{0,2}", re.DOTALL)
_PLAIN_SPAN = re.compile(r"[\w.~'\"(),=:\[\]\s-]+(?:<[^>]*>)?")
_NOISE = re.compile(r"https?://\S+|\S+@\S+|\[\w+\]_|<[^>]*>|\$[^$]*\$|\\[a-z]+|(?<=\w)['\u2019]s\b")
_WORD = re.compile(r"(?<![a-z0-9])[a-z][a-z0-9]*(?:'(?:t|re|ve|ll|d)\b)?")


class Extract(NamedTuple):
    """The paragraphs of many files, each once, in the order of their sha256: any part is a sample of the whole.

    Attributes:
      paragraphs: two or more words each, separated by one space.
      files: how many files were read.
      skipped: how many of them do not parse.
    """

    paragraphs: list[str]
    files: int
    skipped: int


class Docstrings(NamedTuple):
    """The corpus on disk.

    Attributes:
      path: a text, one paragraph a line.
      sha256: of its bytes.
      record: the version of Python and of each package whose documentation is in it.
    """

    path: Path
    sha256: str
    record: dict[str, str]


def build(cache: str | Path, packages: Sequence[str], standard_library: bool) -> Docstrings:
    """Writes the corpus into `cache`, once for each set of versions; a damaged one is made again.

    Args:
      cache: folder, made if missing; the text is `cache/docstrings-<key>.txt`, what is known of it the .json beside.
      packages: import names of installed packages.
      standard_library: whether Python's own modules are in it.

    Raises:
      InputError: a package that is not installed or has no source files, no documentation at all, or a cache
        that cannot be written.
    """
    cache = expanded(cache, "cache")
    record = {"python": platform.python_version()}
    distributions = importlib.metadata.packages_distributions()
    record |= {package: _version(package, distributions.get(package, [])) for package in sorted(set(packages))}
    settings = {"extraction": VERSION, "standard_library": bool(standard_library), "record": record}
    key = hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:16]
    path, note_path = cache / f"docstrings-{key}.txt", cache / f"docstrings-{key}.json"
    known = note.read_note(note_path)
    with contextlib.suppress(OSError):
        if known is not None and hashlib.sha256(path.read_bytes()).hexdigest() == known["sha256"]:
            return Docstrings(path=path, sha256=known["sha256"], record=record)
    found = extract(packages, standard_library)
    if not found.paragraphs:
        raise InputError(f"corpus.packages={list(packages)}: they have no documentation; name other packages")
    text = "".join(f"{paragraph}\n" for paragraph in found.paragraphs).encode()
    sha256 = hashlib.sha256(text).hexdigest()
    about = {
        "sha256": sha256,
        "words": sum(paragraph.count(" ") + 1 for paragraph in found.paragraphs),
        "paragraphs": len(found.paragraphs),
        "files": found.files,
        "skipped": found.skipped,
        **settings,
    }
    with writing_to(cache):
        cache.mkdir(parents=True, exist_ok=True)
        for target, content in (path, text), (note_path, note.encoded(about)):
            with writing.whole(target) as file:
                file.write(content)
    return Docstrings(path=path, sha256=sha256, record=record)


def extract(packages: Sequence[str], standard_library: bool) -> Extract:
    """The documentation of `packages`, sorted by name, after that of the standard library; files sorted by name.

    Modules, classes and functions at any depth are read, but no tests and no copies of other packages.

    Raises:
      InputError: a package that is not installed or has no source files.
    """
    roots = [Path(sysconfig.get_path("stdlib"))] if standard_library else []
    files = [file for root in roots for file in _sources(root)]
    files += [file for package in sorted(set(packages)) for file in _package_sources(package)]
    paragraphs: dict[str, None] = {}
    skipped = 0
    with warnings.catch_warnings(), _no_collection():
        warnings.simplefilter("ignore")  # of other people's escape sequences
        for file in files:
            try:
                source = file.read_bytes()
                tree = ast.parse(source) if b'"""' in source or b"'''" in source else None
            except (SyntaxError, ValueError, RecursionError, MemoryError, OSError):
                skipped += 1
                continue
            if tree is not None:
                for docstring in _docstrings(tree):
                    paragraphs.update(dict.fromkeys(to_paragraphs(docstring)))
    by_hash = sorted(paragraphs, key=lambda paragraph: hashlib.sha256(paragraph.encode()).digest())
    return Extract(paragraphs=by_hash, files=len(files), skipped=skipped)


def to_paragraphs(docstring: str) -> list[str]:
    """The English of a docstring (numpydoc, Google or reST style), a string of lower-case words for each paragraph.

    A word is letters and digits, beginning with a letter; names are split at dots and underscores.
    """
    paragraphs: list[list[str]] = [[]]
    code_indent: int | None = None  # of the line that opened a block of code
    before = 0
    in_doctest = False
    for line in inspect.cleandoc(docstring).split("\n"):
        stripped = line.lstrip()
        indent = len(line) - len(stripped)
        if not stripped:
            in_doctest = False
            paragraphs.append([])
            continue
        if code_indent is not None:
            if indent > code_indent:
                continue
            code_indent = None
        if in_doctest or stripped.startswith(">>>"):
            in_doctest = True
            continue
        if stripped.endswith("::") or _CODE_DIRECTIVE.match(stripped):
            is_prose = stripped.startswith(".. ") and not _CODE_DIRECTIVE.match(stripped)  # such as `.. note::`
            code_indent = None if is_prose else indent
            if stripped.startswith(".. "):
                continue
        if _RULE.fullmatch(stripped) or stripped[0] in "|+":
            paragraphs.append([])
            continue
        if indent < before or _ITEM.match(stripped):
            paragraphs.append([])
        before = indent
        paragraphs[-1].append(stripped)
    words = (_words(" ".join(lines)) for lines in paragraphs if lines)
    return [" ".join(paragraph) for paragraph in words if len(paragraph) > 1]


def _words(text: str) -> list[str]:
    text = _CODE_SPAN.sub(_span, text)
    text = _NOISE.sub(" ", text).lower().replace("_", " ")
    return _WORD.findall(text)


def _span(match: re.Match[str]) -> str:
    """What is quoted, if it is words, a name or a simple call; formulas and other code are dropped."""
    role, _, inside = match.groups()
    return f" {inside} " if role != ":math:" and _PLAIN_SPAN.fullmatch(inside) else " "


def _docstrings(tree: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    docstring = ast.get_docstring(tree, clean=False)
    if docstring:
        yield docstring
    pending: list[ast.stmt] = list(reversed(tree.body))
    while pending:
        node = pending.pop()
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _docstrings(node)
        elif isinstance(node, ast.If | ast.Try | ast.With):
            handlers = [item for handler in getattr(node, "handlers", []) for item in handler.body]
            inner = [*node.body, *handlers, *getattr(node, "orelse", []), *getattr(node, "finalbody", [])]
            pending.extend(reversed(inner))
        elif isinstance(node, ast.Expr) and _is_newdoc(node.value):
            yield from _strings(node)  # NumPy and SciPy document their C functions by calls of add_newdoc


def _is_newdoc(node: ast.expr) -> bool:
    function = getattr(node, "func", None)
    return "newdoc" in str(getattr(function, "id", None) or getattr(function, "attr", ""))


def _strings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" in node.value:
            yield node.value


def _sources(root: Path) -> list[Path]:
    if root.is_file():
        return [root] if root.suffix == ".py" else []
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in _NOT_DOCUMENTATION]
        found += [Path(folder, name) for name in files if name.endswith(".py") and not name.startswith("test_")]
    return sorted(found)


def _package_sources(package: str) -> list[Path]:
    spec = None
    if package.isidentifier():  # a name with a dot would import its parent
        with contextlib.suppress(ImportError, ValueError):
            spec = importlib.util.find_spec(package)
    if spec is None:
        raise InputError(
            f"corpus.packages: {package!r} is not installed here; install it, or leave it out of corpus.packages"
        )
    places = spec.submodule_search_locations or [spec.origin or ""]
    found = [file for place in places for file in _sources(Path(place))]
    if not found:
        raise InputError(f"corpus.packages: {package!r} has no Python source files; leave it out of corpus.packages")
    return found


def _version(package: str, distributions: list[str]) -> str:
    """The installed distribution's version; of a package that is in none, a fingerprint of its files."""
    files = _package_sources(package)
    if distributions:
        return importlib.metadata.version(min(distributions))
    states = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return f"files-{hashlib.sha256(repr(states).encode()).hexdigest()[:12]}"


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage collection: syntax trees have no cycles, and looking for them takes a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
