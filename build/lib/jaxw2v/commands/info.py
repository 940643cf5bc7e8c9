"""Shows what is installed and where: versions, devices, the cache, the presets, the extras.

jaxw2v info
"""

import importlib.metadata
import os
import platform
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import jaxw2v
from jaxw2v.files.paths import expanded
from jaxw2v.launch import command
from jaxw2v.launch.places import CONF

PACKAGES = ("jax", "jaxlib", "optax", "numpy", "scipy", "hydra-core", "pyarrow")


def main(words: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return command.run(lambda: _info(words))


def _info(words: Sequence[str] | None) -> None:
    command.Parser(prog="jaxw2v info", description=__doc__).parse_args(words)
    command.say("\n".join(f"{name:10} {value}" for name, value in _lines()))


def _lines() -> Iterator[tuple[str, str]]:
    import jax  # here: it takes a second, which a mistake need not wait for

    yield "jaxw2v", f"{jaxw2v.__version__}, {Path(jaxw2v.__file__).parent}"
    yield "python", f"{platform.python_version()}, {platform.platform()}"
    yield "packages", ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    kinds = [device.device_kind for device in jax.devices()]
    yield "devices", ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    yield "cores", str(os.cpu_count())
    cache = expanded(os.environ.get("JAXW2V_CACHE", "~/.cache/jaxw2v"), "cache")  # as conf/config.yaml has it
    used = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file())
    yield "cache", f"{cache}, {used / 1e6:,.0f} MB"
    yield "presets", str(CONF)
    for extra, missing in _extras().items():
        yield f"[{extra}]", "installed" if not missing else f"not installed: {', '.join(missing)}"


def _extras() -> dict[str, list[str]]:
    """The extras of pyproject.toml, and which of their packages are missing."""
    found: dict[str, list[str]] = {}
    for line in importlib.metadata.requires("jaxw2v") or []:
        if (extra := re.search(r"extra == ['\"](\w+)['\"]", line)) is None:
            continue
        name = re.split(r"[^\w.-]", line, maxsplit=1)[0]
        missing = found.setdefault(extra[1], [])
        if name != "jaxw2v" and not _installed(name):
            missing.append(name)
    return found


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
