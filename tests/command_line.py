"""The scripts as a person starts them: each in a process of its own or, sooner, in the one of the tests."""

import contextlib
import functools
import importlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import jax
import pytest

import jaxw2v
from jaxw2v.errors import InputError

REPOSITORY = Path(__file__).parents[1]
SMALL = [
    "model.dim=8", "train.epochs=2", "vocab.min_count=2", "train.step_tokens=64", "train.segment_tokens=2048",
    "subsample.threshold=0", "figures=false", "train.chunk_tokens=256", "train.log_every=0",
]  # fmt: skip

RECORD = "corpus:\nwindows:\nnegatives:\n"  # so much of .hydra/config.yaml shows that a run has left it


# what conftest.py sets for the tests unset again: everything is compiled, as on a person's machine
UNCACHED = {"JAX_ENABLE_COMPILATION_CACHE": "false", "JAX_NUM_CPU_DEVICES": "-1"}


class Done(NamedTuple):
    """What a command left on a terminal, by the names of `subprocess.CompletedProcess`, and how to ask Python."""

    returncode: int
    stdout: str
    stderr: str
    python: Callable[[], None] | None = None  # does the same by jaxw2v.train; None: there is no such call


def variables(place: Path, **environment: str) -> dict[str, str]:
    return {"JAXW2V_CACHE": str(place / "cache"), "PYTHONPATH": str(REPOSITORY)} | environment


def process(place, *words, module="train", cwd=REPOSITORY, given="", **environment) -> subprocess.CompletedProcess:
    """`python -m experiments.MODULE WORDS`, ids kept in place/cache."""
    line = [sys.executable, "-m", f"experiments.{module}", *map(str, words)]
    return subprocess.run(
        line, cwd=cwd, env=os.environ | variables(place, **environment), input=given, capture_output=True,
        encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip


def command(place, *words, module="train", cwd=REPOSITORY, **environment) -> Done:
    """The same in the process of the tests, sooner by its start."""
    main = importlib.import_module(f"experiments.{module}").main
    out, error = io.StringIO(), io.StringIO()
    with (
        as_a_user(place, cwd, environment),
        mock.patch.object(sys, "argv", [f"experiments.{module}", *map(str, words)]),
        mock.patch("logging.shutdown"),  # Hydra sets logging up anew, which would close what pytest reads
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(error),
    ):
        try:
            status = main()
        except SystemExit as end:  # of --help
            status = end.code or 0
    flags = any(str(word).startswith(("-", "sweep=")) for word in words)
    asked = None if flags or module != "train" else functools.partial(_ask, place, words, cwd, environment)
    return Done(status, out.getvalue(), error.getvalue(), asked)


@contextlib.contextmanager
def as_a_user(place, cwd, environment):
    """The folder, the variables and JAX's promotion rules that a user has."""
    with (
        contextlib.chdir(cwd),
        mock.patch.dict(os.environ, variables(place, **environment)),
        jax.numpy_dtype_promotion("standard"),
        jax.numpy_rank_promotion("allow"),
    ):
        yield


def _ask(place, words, cwd, environment) -> None:
    with as_a_user(place, cwd, environment):
        jaxw2v.train(*map(str, words))


def train(place, folder, *words, start=command, **options):
    """Trains on the small text of conftest.py."""
    text = ["corpus=file", f"corpus.path={place / 'text.txt'}"]
    return start(place, *text, *SMALL, f"hydra.run.dir={folder}", *words, **options)


def sweep_words(place, folder, *words) -> list[str]:
    """The words of a sweep over the small text."""
    text = ["corpus=file", f"corpus.path={place / 'text.txt'}", f"eval.similarity=[{place / 'pairs.tsv'}]"]
    return [*text, *SMALL, f"hydra.sweep.dir={folder}", *words]


def sweep(place, folder, *words, start=command, **environment):
    return start(place, *sweep_words(place, folder, *words), **environment)


def wrong(done, *expected, python=True):
    """A user's mistake: one line that says so, and the same line from Python.

    Args:
      done: of `command` or `process`.
      expected: parts of the line.
      python: False: a second try is another case, as the first has changed something.
    """
    assert done.returncode == 2, done
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("error: ")
    for part in expected:
        assert part in lines[0], lines[0]
    if python and isinstance(done, Done) and done.python is not None:
        with pytest.raises(InputError) as caught:
            done.python()
        assert " ".join(str(caught.value).split()) == lines[0].removeprefix("error: ")
