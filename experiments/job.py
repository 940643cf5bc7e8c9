"""A job: one run, as Hydra hands it over."""

import traceback
from pathlib import Path
from typing import NamedTuple

from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from experiments.mistakes import explain, refuse_unknown
from jaxw2v.config import Config
from jaxw2v.errors import InputError

HERE = ("hydra._internal.core_plugins.basic_launcher.BasicLauncher", "experiments.population.Population")


class Job(NamedTuple):
    """A run to be made.

    Attributes:
      config: checked.
      settings: what it was made from, interpolations resolved.
      overrides: of the settings, as a user would type them.
      folder: where the run's files go.
      title: such as "job 3 of 81"; empty where there is no sweep.
      alone: no other process prints on this terminal.
    """

    config: Config
    settings: DictConfig
    overrides: list[str]
    folder: Path
    title: str
    alone: bool


class Failure(NamedTuple):
    """A job that failed, as it comes back from another process: why, on one line."""

    message: str


def make_job(settings: DictConfig, hydra: DictConfig) -> Job:
    """The job of composed settings and Hydra's own.

    Raises:
      InputError: a setting that does not exist, or is out of range.
    """
    OmegaConf.resolve(settings)
    refuse_unknown(settings)
    typed = OmegaConf.merge(OmegaConf.structured(Config), settings)  # a recorded config names no schema
    swept = hydra.mode == RunMode.MULTIRUN
    return Job(
        config=OmegaConf.to_object(typed),
        settings=settings,
        overrides=list(hydra.overrides.task),
        folder=Path(hydra.runtime.output_dir),
        title=hydra.job.name if swept else "",
        alone=not swept or hydra.launcher._target_ in HERE,
    )


def tell(error: Exception, folder: Path) -> Failure:
    """Why a job of a sweep failed. It leaves error.txt in the job's folder: for what we did not expect, a traceback."""
    if isinstance(error, InputError):
        message = text = " ".join(str(error).split())
    elif isinstance(error, HydraException | OmegaConfBaseException):
        message = text = explain(error)
    else:
        first = " ".join(str(error).split())[:200]
        message = f"{type(error).__name__}: {first}; the traceback is in {folder}/error.txt"
        text = "".join(traceback.format_exception(error))
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "error.txt.part"
    part.write_text(text.rstrip() + "\n", encoding="utf-8")
    part.replace(folder / "error.txt")  # whole at once: `progress.Watch` reads it
    return Failure(message)
