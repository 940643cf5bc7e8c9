"""The result files of a run, result.json and metrics.jsonl, and their provenance."""

import importlib.metadata
import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jaxw2v
from jaxw2v.errors import InputError
from jaxw2v.files import writing

_GIT_SECONDS = 10


def flatten(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """One level of keys joined by dots: {"a": {"b": 1}} becomes {"a.b": 1}.

    Lists stay lists; an empty mapping leaves nothing behind.

    Raises:
      ValueError: two paths that give one key, as in {"a": {"b": 1}, "a.b": 2}.
    """
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        inner = flatten(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
        if twice := flat.keys() & inner.keys():
            raise ValueError(f"two values for {min(twice)}")
        flat |= inner
    return flat


def write_result(path: str | os.PathLike, values: Mapping[str, Any]) -> None:
    """Writes one flat JSON object, whole or not at all, its keys in the order given.

    Args:
      path: the file, usually `result.json`; an older one is replaced.
      values: as from `flatten`. NumPy scalars and arrays become numbers and lists; NaN and infinities become null.

    Raises:
      InputError: the file cannot be written.
      TypeError: a value that JSON cannot hold.
    """
    text = json.dumps(_plain(dict(values)), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        with writing.whole(path, "w", fsync=True) as file:
            file.write(text)
    except OSError as error:
        raise InputError(f"{path}: cannot write ({error.strerror}); choose a folder with room to write in") from error


def read_result(path: Path) -> dict[str, Any] | None:
    """What `write_result` wrote of a run that ended; None: there is no such file, it is cut short, or not of a run."""
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return result if isinstance(result, dict) and "seconds.total" in result else None


def append(path: str | os.PathLike, values: Mapping[str, Any]) -> None:
    """Adds one line, a JSON object, to `path` (usually `metrics.jsonl`) and hands it to the operating system at once.

    Values as for `write_result`.

    Raises:
      InputError: the file cannot be written.
    """
    line = json.dumps(_plain(dict(values)), ensure_ascii=False, allow_nan=False) + "\n"
    try:
        with open(path, "a", **writing.TEXT) as file:
            file.write(line)
    except OSError as error:
        raise InputError(f"{path}: cannot write ({error.strerror}); choose a folder with room to write in") from error


def write_lines(path: Path, text: str) -> None:
    """Writes the lines of a `metrics.jsonl` anew, whole or not at all.

    Raises:
      InputError: the file cannot be written.
    """
    try:
        with writing.whole(path, "w") as file:
            file.write(text)
    except OSError as error:
        why = f"cannot write ({error.strerror}); make room, and the same command goes on from the checkpoint there"
        raise InputError(f"{path}: {why}") from error


def provenance(repository: str | os.PathLike) -> dict[str, Any]:
    """Which code, software and machine: a flat dict to put into a result.

    Args:
      repository: the folder that holds the package's checkout.

    Returns:
      code.version; code.commit (40 hex digits) and code.dirty (True: tracked files differ from it, or there are new
      ones), both None where `repository` is not itself a git checkout or git is absent; software.python, .numpy, .jax
      (None: not installed); machine.platform, .cpu, .cpus (logical cores).
    """
    commit, dirty = _commit(Path(repository))
    return {
        "code.version": jaxw2v.__version__,
        "code.commit": commit,
        "code.dirty": dirty,
        "software.python": platform.python_version(),
        "software.numpy": _version("numpy"),
        "software.jax": _version("jax"),
        "machine.platform": platform.platform(),
        "machine.cpu": _cpu(),
        "machine.cpus": os.cpu_count(),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if hasattr(value, "tolist"):  # NumPy's and JAX's scalars and arrays
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Path):
        return str(value)
    return value


def _commit(repository: Path) -> tuple[str | None, bool | None]:
    top = _git(repository, "rev-parse", "--show-toplevel")
    # a package installed below somebody else's checkout must not take that one's commit for its own
    if top is None or Path(top.strip()).resolve() != repository.resolve():
        return None, None
    commit = _git(repository, "rev-parse", "HEAD")
    status = _git(repository, "status", "--porcelain")
    return commit and commit.strip(), None if status is None or commit is None else bool(status.strip())


def _git(repository: Path, *words: str) -> str | None:
    command = ["git", "-C", str(repository), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cpu() -> str:
    if sys.platform == "linux":
        try:
            for line in Path("/proc/cpuinfo").read_text().splitlines():
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
        except OSError:
            pass
    return platform.processor() or platform.machine()
