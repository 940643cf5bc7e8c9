"""Compiled programs, kept on disk, so that the second run of a shape does not compile anew.

JAX's persistent compilation cache, in a folder of its own for each machine type. JAX knows an entry by the program, its
options and the version of jaxlib, but on CPUs not by all that XLA compiles for: a program for another processor could
end in an illegal instruction. So the folder's name stands for the processor's model and features, too.
"""

import contextlib
import hashlib
import json
import os
import platform
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock
import jax
import jaxlib
from jax.experimental.compilation_cache import compilation_cache as jax_cache

from jaxw2v.files.paths import expanded
from jaxw2v.settings.config import Config

LARGEST = 2**28  # bytes of a folder; the entries that were not used for longest go first
_WHILE_USED = {
    "jax_compilation_cache_max_size": LARGEST,  # with a bound, jax locks the folder while it reads or writes
    "jax_persistent_cache_min_compile_time_secs": 0.0,  # the twenty small programs of a run take a second together
}
_BY_SOURCE = "jax_compilation_cache_include_metadata_in_key"
_ABANDONED = 90 * 24 * 3600.0  # seconds after which a folder of another machine type or version is removed
_OF_CPU = ("model name", "cpu family", "model\t", "stepping", "flags", "Features", "CPU ")
_folder: Path | None = None  # of the block that one is in
_OF_CACHE = "persistent compilation cache entry"  # in what JAX warns of


def folder() -> Path | None:
    """Where programs are kept now, inside `kept`; None: nowhere, or by their source, or where a person has told JAX."""
    return _folder


@contextlib.contextmanager
def kept(config: Config, say: Callable[[str], None], by_source: bool = False) -> Iterator[None]:
    """Inside, programs are taken from `cache/compiled/` and kept there. One that cannot be used costs a line.

    Where a person has told JAX where its cache is, or that it has none, nothing changes.

    Args:
      config: checked; its `compilation_cache` says whether to keep any.
      say: takes a line for a person.
      by_source: a program is taken only where the names of its parts and its lines of source are the same, too: for
        those who look at them.
    """
    enabled, theirs = (
        getattr(jax.config, f"jax_{name}") for name in ("enable_compilation_cache", "compilation_cache_dir")
    )
    if not (config.compilation_cache and enabled) or theirs is not None:
        yield
        return
    place = expanded(config.cache, "cache") / "compiled" / environment()
    try:
        _make_ready(place)
    except OSError as error:
        say(f"no compilation cache: {place}: {error.strerror or error}; the run goes on without it")
        yield
        return
    global _folder
    settings = {"jax_compilation_cache_dir": str(place), _BY_SOURCE: by_source, **_WHILE_USED}
    before, outside = {name: getattr(jax.config, name) for name in settings}, _folder
    try:
        _set(settings)
        _folder = None if by_source else place
        with _told(place, say):
            yield
    finally:
        _set(before)
        _folder = outside


def environment(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The name of the folder for the programs of this machine type and these versions.

    Args:
      cpuinfo: what Linux says of the processor; elsewhere, without it, the name of the machine stands for it.
    """
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
        processor = sorted({line for line in lines if line.startswith(_OF_CPU)})
    except OSError:
        processor = []
    known = [jax.__version__, jaxlib.__version__, platform.system(), platform.machine(), platform.processor()]
    values = [*known, *(processor or [platform.node()])]
    return f"jaxlib-{jaxlib.__version__}-{hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]}"


def _make_ready(folder: Path) -> None:
    """Raises OSError: it cannot be made or written to."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        os.utime(folder)  # in use
    for other in folder.parent.iterdir():
        with contextlib.suppress(OSError):  # another process has removed it
            if other.is_dir() and time.time() - other.stat().st_mtime > _ABANDONED:
                shutil.rmtree(other)


def _set(settings: dict) -> None:
    for name, value in settings.items():
        jax.config.update(name, value)
    jax_cache.reset_cache()  # it has one folder until then


@contextlib.contextmanager
def _told(folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Inside, an entry that JAX cannot read or write is told once, and all are removed: JAX replaces none of them."""
    told = False
    with warnings.catch_warnings():
        warnings.filterwarnings("always", f".*{_OF_CACHE}")
        show = warnings.showwarning

        def showwarning(message, *where, **more):
            nonlocal told
            if _OF_CACHE not in str(message):
                show(message, *where, **more)
                return
            _empty(folder)
            if not told:
                told = True
                why = " ".join(str(message).partition("': ")[2].split())
                say(f"compilation cache: {folder}: {why[:160]}; emptied, and what was there is compiled anew")

        warnings.showwarning = showwarning
        yield


def _empty(folder: Path) -> None:
    with contextlib.suppress(OSError), filelock.FileLock(folder / ".lockfile", timeout=1):
        for path in folder.glob("*-*"):
            path.unlink(missing_ok=True)
