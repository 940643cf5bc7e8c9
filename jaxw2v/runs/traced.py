"""The program of training as text for the compiler, kept on disk beside the compiled one.

JAX knows a compiled program by its text, which has to be made first, by Python: tracing and lowering take longer than
reading what is compiled. So the text is kept, too, under the name of all that it is made from.
"""

import contextlib
import functools
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.export

from jaxw2v.checkpoints.environment import PACKAGE, environment
from jaxw2v.files import writing
from jaxw2v.runs import compilation_cache

LARGEST = 64  # texts in a folder, of some 300 kB each; the oldest go first


def lower(function: Callable, donated: int, arguments: tuple, out_tree: Any, made_from: Sequence) -> jax.stages.Lowered:
    """What `jax.jit(function, donate_argnums=donated).lower(*arguments)` gives, sooner where its text is kept.

    The text that is kept is used the first time, too, so that every run compiles the same.

    Args:
      function: of arrays.
      donated: the argument that is used up.
      arguments: arrays, in trees.
      out_tree: the structure of what comes back.
      made_from: what the function was made from, besides the code and the arguments' shapes; its `repr` has it all.
    """
    folder = compilation_cache.folder()
    if folder is None or jax.process_count() > 1:  # several processes have to lower the same at the same time
        return jax.jit(function, donate_argnums=donated).lower(*arguments)
    flat, in_tree = jax.tree.flatten(arguments)
    path = folder / "traced" / f"{_name(flat, in_tree, out_tree, made_from)}.stablehlo"
    exported = _read(path)
    if exported is None:

        def of_leaves(*leaves):
            return jax.tree.leaves(function(*jax.tree.unflatten(in_tree, leaves)))

        exported = jax.export.export(jax.jit(of_leaves))(*flat)
        _write(path, exported)

    def call(*arguments):
        return jax.tree.unflatten(out_tree, exported.call(*jax.tree.leaves(arguments)))

    return jax.jit(call, donate_argnums=donated).lower(*arguments)


def _name(flat: list, in_tree: Any, out_tree: Any, made_from: Sequence) -> str:
    arrays = [(each.shape, str(each.dtype), str(getattr(each, "sharding", None))) for each in flat]
    known = [
        _code(),
        environment(),
        jax.__version__,
        jax.default_backend(),
        repr(made_from),
        str(in_tree),
        str(out_tree),
        arrays,
    ]
    return hashlib.sha256(json.dumps(known, default=str).encode()).hexdigest()


@functools.cache
def _code() -> str:
    """Of the whole package, with what settings derive: an old text for a new program would be a wrong program."""
    code = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        code.update(path.read_bytes())
    return code.hexdigest()


def _read(path: Path) -> jax.export.Exported | None:
    """None: there is none, or what is there is damaged."""
    try:
        content = path.read_bytes()
        digest, text = content[:32], bytearray(content[32:])
        if hashlib.sha256(text).digest() == digest:
            return jax.export.deserialize(text)
    except (OSError, ValueError):
        pass
    return None


def _write(path: Path, exported: jax.export.Exported) -> None:
    """Keeps it; where it cannot be written the run goes on without."""
    text = bytes(exported.serialize())
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        with writing.whole(path) as file:
            file.write(hashlib.sha256(text).digest() + text)
        kept = sorted(path.parent.glob("*.stablehlo"), key=lambda each: each.stat().st_mtime)
        for old in kept[:-LARGEST]:
            old.unlink(missing_ok=True)
