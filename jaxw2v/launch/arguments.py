"""The one place that goes around Hydra's front door: what `hydra.main` takes from the process instead of arguments."""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence

from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig

PATH = ("--config-path", "-cp")
WITH_A_VALUE = (
    "--config-name", "-cn", "--config-dir", "-cd", "--package", "-p", "--cfg", "-c", "--info", "-i",
    "--experimental-rerun",
)  # fmt: skip


@contextlib.contextmanager
def given(words: Sequence[str]) -> Iterator[None]:
    """Inside, `hydra.main` reads these words, and raises errors instead of printing them.

    It has no arguments for either: hydra.main of 1.3.8 parses sys.argv (its `_run_hydra(args=...)` is private), and
    only HYDRA_FULL_ERROR=1 makes it raise. Both are as before afterwards.
    """
    argv, full = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv, os.environ["HYDRA_FULL_ERROR"] = [argv[0], *words], "1"
    try:
        yield
    finally:
        sys.argv = argv
        os.environ.pop("HYDRA_FULL_ERROR", None)
        if full is not None:
            os.environ["HYDRA_FULL_ERROR"] = full


@contextlib.contextmanager
def apart() -> Iterator[None]:
    """Inside, Hydra is free for us; afterwards it is as before: a program of Hydra's may have called."""
    theirs, config = GlobalHydra.instance().hydra, HydraConfig.instance().cfg
    GlobalHydra.instance().clear()
    try:
        yield
    finally:
        GlobalHydra.instance().clear()
        HydraConfig.instance().cfg = config
        if theirs is not None:
            GlobalHydra.instance().initialize(theirs)


def arranged(words: Sequence[str], fixed: Sequence[str]) -> list[str]:
    """The words of a command line as Hydra takes them, `fixed` overrides before those of the user.

    Hydra's argparse wants the overrides in one group: here a flag may stand among them. A relative --config-path is
    one from here; for Hydra it would be one from the file that calls hydra.main.
    """
    flags: list[str] = []
    overrides = list(fixed)
    for before, word in zip(["", *words], words):
        flag, equals, path = word.partition("=")
        if before in PATH:
            flags.append(os.path.abspath(word))
        elif flag in PATH and equals:
            flags.append(f"{flag}={os.path.abspath(path)}")
        else:
            (flags if word.startswith("-") or before in WITH_A_VALUE else overrides).append(word)
    return [*overrides, *flags]  # in this order: --info alone would take an override for its value
