"""Hydra's side of a script: from conf/ and the command line to jobs, mistakes told in one line."""

import functools
import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import hydra
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from jaxw2v.errors import InputError, is_full
from jaxw2v.launch import command
from jaxw2v.launch.job import Job, make_job, tell
from jaxw2v.launch.mistakes import explain, of_settings, refuse_uncaught
from jaxw2v.launch.repository import REPOSITORY
from jaxw2v.launch.schema import SCHEMA
from jaxw2v.launch.sweep import sweeps

Work = Callable[[Sequence[Job]], Sequence[Any]]


def main(work: Work, *fixed: str) -> Callable[[], int]:
    """A command that composes the settings, checks them and does `work([job])`, or in a sweep that for each job.

    Args:
      work: gives what became of each of its jobs: a score for a sweeper, or an exception. It gets more than one job
        where the launcher trains them side by side.
      fixed: overrides that the command always has.

    The command returns 0, or prints one line and returns 2 if the user made a mistake. In a sweep the other jobs go on
    after one that fails, and those that failed are listed in the end.
    """
    mistakes: list[InputError | OSError] = []

    @functools.wraps(work)
    def one(settings: DictConfig) -> Any:
        register()  # again: this may be another process
        ours = HydraConfig.get()
        try:
            end = work([make_job(settings, ours)])[0]
            if isinstance(end, Exception):
                raise end
            return end
        except Exception as error:
            if ours.mode == RunMode.MULTIRUN:
                return tell(error, Path(ours.runtime.output_dir))
            if not isinstance(error, InputError | OSError):
                raise
            mistakes.append(error)  # Hydra would print a stack trace
            return None

    def start() -> None:
        mistakes.clear()  # of an earlier call
        os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra raises instead of printing, so that the message can be ours
        refuse_uncaught(sys.argv[1:])
        words = sorted(_absolute(sys.argv[1:]), key=lambda word: word not in ("-m", "--multirun"))  # anywhere will do
        overrides = [at for at, word in enumerate(words) if "=" in word and not word.startswith("-")]
        at = overrides[0] if overrides else len(words)  # argparse wants the overrides in one group
        sys.argv[1:] = [*words[:at], *fixed, *words[at:]]
        register()
        composed = hydra.main(version_base="1.3", config_path=str(REPOSITORY / "conf"), config_name="config")(one)
        with sweeps(work):
            try:
                composed()
                if mistakes:
                    raise mistakes[0]
            except BrokenPipeError:
                raise
            except Exception as error:
                if of_settings(error):
                    raise InputError(explain(error)) from error
                if not isinstance(error, OSError):
                    raise
                again = "make room, and give the same command again"
                remedy = again if is_full(error) else "choose another hydra.run.dir"
                where = error.filename or "writing"  # Hydra makes the folder of a run before our code runs
                raise InputError(f"{where}: {error.strerror or error}; {remedy}") from error

    return lambda: command.run(start)


def register() -> None:
    ConfigStore.instance().store("schema", node=SCHEMA)
    OmegaConf.register_new_resolver("repository", lambda path: str(REPOSITORY / path), replace=True)
    OmegaConf.register_new_resolver("digest", _digest, replace=True)


def _digest(words: Sequence[str]) -> str:
    """8 hexadecimal digits that stand for the words, in any order, but for those that say how to go on."""
    words = [word for word in words if not word.startswith(("train.resume=", "train.checkpoint_"))]
    return hashlib.sha256("\n".join(sorted(words)).encode()).hexdigest()[:8]


def _absolute(words: list[str]) -> list[str]:
    """The words of the command line, --config-path made absolute: Hydra looks below this file, a user means here."""
    made = []
    for before, word in zip(["", *words], words):
        flag, equals, path = word.partition("=")
        if before in ("--config-path", "-cp"):
            word = os.path.abspath(word)
        elif flag in ("--config-path", "-cp") and equals:
            word = f"{flag}={os.path.abspath(path)}"
        made.append(word)
    return made
