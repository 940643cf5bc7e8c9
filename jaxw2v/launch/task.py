"""The task of a command: what Hydra calls for each job, and what its launchers find there."""

import contextlib
import functools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import run_job
from hydra.types import HydraContext, RunMode
from omegaconf import DictConfig, open_dict

from jaxw2v.errors import InputError
from jaxw2v.hosts.join import joined
from jaxw2v.launch import command, given
from jaxw2v.launch.job import Job, make_job, named_after_time, record_failure
from jaxw2v.launch.mistakes import of_settings
from jaxw2v.launch.schema import register, to_dict
from jaxw2v.launch.words import escaped

Work = Callable[[Sequence[Job]], Sequence[Any]]
Made = TypeVar("Made")


class Reading(NamedTuple):
    """How a command takes its words.

    Attributes:
      fixed: overrides that the command always has, before those of the user.
      ignores: settings, or sections such as "eval.", that the command does not read; a user may not give them.
      reads: settings that the command reads whatever is chosen, where training would not.
      leaves_files: false: the command has no folder, so there is none to choose.
    """

    fixed: Sequence[str] = ()
    ignores: Sequence[str] = ()
    reads: Sequence[str] = ()
    leaves_files: bool = True


_PLAIN = Reading()


class Task:
    """Called with the settings of a job, does it: a score for a sweeper, or a Failure.

    Args:
      work: see `compose.main`.
      reading: what is particular about the command.

    Attributes:
      failures: a line for each job of a sweep that failed.
      sweep: the folder of a sweep, once a launcher knows it.
      mistake: why a single run failed, if the user can do something about it.
      here: whether this is the process of the command; a launcher may have sent the task to another.
      quiet: nothing is to be said there, as here.
    """

    def __init__(self, work: Work, reading: Reading = _PLAIN):
        functools.update_wrapper(self, work)  # Hydra names the program after the file of the work
        self.work, self.reading = work, reading
        self.failures: list[str] = []
        self.sweep: Path | None = None
        self.mistake: Exception | None = None
        self.here, self.quiet = True, False

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"here": False, "quiet": command.is_quiet()}

    def __call__(self, settings: DictConfig) -> Any:
        with command.quiet(self.quiet or command.is_quiet()):
            end = self._do(settings)
        if not joined().leads:
            hydra = HydraConfig.get()
            _remove_empty(hydra.runtime.output_dir, hydra.runtime.cwd)
        return end

    def _do(self, settings: DictConfig) -> Any:
        try:
            end = self.work([self.make(settings)])[0]
            if isinstance(end, Exception):
                raise end
            return end
        except Exception as error:
            hydra = HydraConfig.get()
            if hydra.mode == RunMode.MULTIRUN:
                return record_failure(error, Path(hydra.runtime.output_dir))
            if not isinstance(error, InputError | OSError) and not of_settings(error):
                raise
            self.mistake = error  # raised, it would make Hydra print a line of its own
            if named_after_time(cast(DictConfig, hydra)):
                _remove_empty(hydra.runtime.output_dir, hydra.runtime.cwd)
            return None

    def make(self, settings: DictConfig) -> Job:
        """The job that Hydra has composed.

        Raises:
          InputError: a setting that does not exist, is out of range, or that nothing reads.
        """
        register()  # again: this may be another process
        hydra = cast(DictConfig, HydraConfig.get())
        given.refuse_ignored(hydra.overrides.task, self.reading.ignores)
        job = make_job(settings, hydra, self.here)
        if hydra.mode != RunMode.MULTIRUN:  # of a sweep all jobs were looked at before
            given.refuse_unused(job.config, hydra.overrides.task, list(hydra.runtime.choices), self.reading.reads)
            given.refuse_misplaced(self.words(hydra), swept=False)
        return job

    def words(self, hydra: DictConfig) -> list[str]:
        """The overrides that the user gave, of Hydra's own settings, too."""
        words = to_dict(hydra.overrides)  # as given: what stands in ${} is not resolved, as it is not in `fixed`
        return [word for word in (*words["task"], *words["hydra"]) if word not in self.reading.fixed]


def _remove_empty(folder: str, base: str) -> None:
    """Removes a folder that Hydra made for nothing, and those around it below `base`, where they are empty."""
    with contextlib.suppress(OSError, ValueError), contextlib.chdir(base):  # not empty, or on another drive
        os.removedirs(os.path.relpath(folder))


def compose_job(context: HydraContext, config: DictConfig, overrides: Sequence[str], number: int) -> DictConfig:
    """The settings of a job of a sweep and Hydra's own, not resolved.

    Args:
      config: of the sweep.
      overrides: those of the job.
    """
    composed = context.config_loader.load_sweep_config(config, list(overrides))
    with open_dict(composed):
        composed.hydra.job.num = number
        composed.hydra.sweep.dir = escaped(str(config.hydra.sweep.dir))  # the job's own overrides would name another
        composed.hydra.output_subdir, composed.hydra.callbacks = None, {}  # those of a job that only is looked at
    return composed


def apply(make: Callable[[DictConfig], Made], composed: DictConfig, context: HydraContext, subdir: str | None) -> Made:
    """`make(settings)` as Hydra calls a task, so that ${hydra:...} in the settings means this job.

    Args:
      subdir: the setting that names the job's folder in hydra.sweep.dir; None: it has none.

    Raises:
      Exception: as `make` raises it.
    """

    def caught(settings: DictConfig) -> Made | Exception:
        try:
            return make(settings)
        except Exception as error:  # raised, it would make Hydra print a line of its own
            return error

    made = run_job(caught, composed, "hydra.sweep.dir", subdir, context, configure_logging=False).return_value
    if isinstance(made, Exception):
        raise made
    return made
