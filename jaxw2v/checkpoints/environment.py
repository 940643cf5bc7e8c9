"""What a run's bytes depend on besides its settings and its text: the code that trains, versions, the processor."""

import functools
import hashlib
import io
import os
import platform
import tokenize
from collections.abc import Iterable
from pathlib import Path

import jax
import jaxlib

PACKAGE = Path(__file__).parents[1]
# what makes the bytes of the tables out of ids; of settings what they derive where they are left open, such as a span
CODE = (
    "runs/program.py", "runs/rounds.py", "runs/session.py", "runs/traced.py", "runs/trainers.py", "runs/walk.py",
    "runs/heldout_loss.py", "checkpoints/warm_start.py", "text/segments.py", "text/split.py", "training/*.py",
    "settings/*.py",
)  # fmt: skip
JAX = ("jax_default_prng_impl", "jax_enable_x64", "jax_threefry_partitionable", "jax_default_matmul_precision")
# instructions for floating point numbers: XLA compiles other ones for a processor that has more or fewer of them
ARITHMETIC = frozenset({
    "sse2", "sse4_1", "avx", "avx2", "fma", "fma4", "avx512f", "avx512cd", "avx512dq", "avx512bw", "avx512vl",
    "fp", "asimd", "sve", "sve2",
})  # fmt: skip
OF_BFLOAT16 = frozenset({"avx512_bf16", "bf16", "svebf16"})


def environment() -> dict[str, str]:
    """For results and checkpoints: the code that trains, its compiler, how JAX was set, the processor's arithmetic."""
    settings = [f"{name}={getattr(jax.config, name, None)}" for name in JAX]
    settings += [f"XLA_FLAGS={os.environ['XLA_FLAGS']}"] if os.environ.get("XLA_FLAGS") else []
    return {
        "code.sha256": _code(),
        "software.jaxlib": jaxlib.__version__,
        "software.jax_settings": " ".join(settings),
        "machine.arithmetic": arithmetic(),
    }


@functools.cache
def _code() -> str:
    return fingerprint(path for pattern in CODE for path in PACKAGE.glob(pattern))


def fingerprint(paths: Iterable[Path]) -> str:
    """64 hexadecimal digits that stand for what files of Python do: comments and docstrings do not count."""
    code = hashlib.sha256()
    for path in sorted(paths):
        code.update(f"{path.name}\n{without_comments(path.read_text(encoding='utf-8'))}\0".encode())
    return code.hexdigest()


def without_comments(source: str) -> str:
    """The lines of a source, without comments, docstrings, blank lines and spaces at their ends.

    The same under every version of Python, as a tree or its tokens would not be.
    """
    lines = source.splitlines(keepends=True)
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    layout = (tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT)
    significant = [token for token in tokens if token.type not in layout]
    begins = [tokenize.NEWLINE, *(token.type for token in significant)]
    ends = [token.type for token in significant[1:]] + [tokenize.NEWLINE]
    alone = [
        token  # a string that is a statement does nothing
        for token, before, after in zip(significant, begins, ends)
        if (before, token.type, after) == (tokenize.NEWLINE, tokenize.STRING, tokenize.NEWLINE)
    ]
    literal: set[int] = set()  # lines that begin inside a string, where spaces and blank lines count
    for token in significant:
        literal.update(range(token.start[0] + 1, token.end[0] + 1))
    comments = [token for token in tokens if token.type == tokenize.COMMENT]
    for token in sorted([*alone, *comments], key=lambda token: token.start, reverse=True):
        (first, begin), (last, end) = token.start, token.end
        rest = lines[last - 1][end:]
        lines[first - 1 : last] = [lines[first - 1][:begin] + rest, *[""] * (last - first)]
        literal.difference_update(range(first + 1, last + 1))
    kept = [line if number in literal else line.rstrip() + "\n" for number, line in enumerate(lines, 1)]
    return "".join(line for number, line in enumerate(kept, 1) if number in literal or line.strip())


def arithmetic(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's instructions for floating point numbers, by the names that Linux has for them.

    Args:
      cpuinfo: where Linux says them; elsewhere the name of the architecture stands for them.
    """
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.machine()
    known = {word for line in text.splitlines() if line.startswith(("flags", "Features")) for word in line.split()}
    return " ".join(sorted(known & (ARITHMETIC | OF_BFLOAT16))) or platform.machine()
