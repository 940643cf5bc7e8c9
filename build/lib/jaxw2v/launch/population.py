"""Jobs that differ only in numbers are trained side by side in one compiled program: the launcher `population`."""

import json
import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn
from hydra.types import HydraContext
from omegaconf import DictConfig

from jaxw2v.errors import InputError
from jaxw2v.launch.job import Failure, Job, record_failure
from jaxw2v.launch.sweep import returned
from jaxw2v.launch.task import Task, apply, compose_job
from jaxw2v.runs import run
from jaxw2v.settings.config import Config


def groups(configs: Sequence[Config], most: int, mix_windows: bool) -> list[list[int]]:
    """Which of the configs are trained side by side: lists of their numbers, each number in one of them.

    Args:
      configs: checked.
      most: runs in a group.
      mix_windows: runs of different windows go together, each at the price of the widest.
    """
    found: dict[str, list[int]] = {}
    for number, config in enumerate(configs):
        key = run.alike(config) | ({} if mix_windows else {"windows.window": config.windows.window})
        found.setdefault(json.dumps(key, sort_keys=True, default=str), []).append(number)
    parts = []
    for numbers in found.values():
        numbers = sorted(numbers, key=lambda number: configs[number].windows.window)
        pieces = math.ceil(len(numbers) / most)
        size = math.ceil(len(numbers) / pieces)
        parts += [numbers[at : at + size] for at in range(0, len(numbers), size)]
    return parts


class Population:
    """Starts the jobs of a sweep side by side.

    Args:
      context, task, config: as Hydra sets up a launcher.
      runs, mix_windows: see `groups`.
    """

    def __init__(self, context: HydraContext, task: Task, config: DictConfig, runs: int, mix_windows: bool):
        if not isinstance(runs, int) or runs < 1:
            raise InputError(f"hydra.launcher.runs={runs}: use 1 or more")
        self._context, self._task, self._config = context, task, config
        self._runs, self._mix_windows = runs, mix_windows

    def start(self, job_overrides: Sequence[Sequence[str]], first: int, finished: Collection[int]) -> list[JobReturn]:
        """A `sweep.Start`. Finished jobs count where groups are made: a sweep that goes on has the groups, and so the
        bytes, of one that was never stopped."""
        made = [self._make(overrides, first + i) for i, overrides in enumerate(job_overrides)]
        ends: list[Any] = list(made)
        jobs = {i: job for i, job in enumerate(made) if isinstance(job, Job)}
        sound = list(jobs)
        for part in groups([job.config for job in jobs.values()], self._runs, self._mix_windows):
            numbers = [i for i in (sound[at] for at in part) if i not in finished]
            for i, end in zip(numbers, self._train([jobs[i] for i in numbers])):
                ends[i] = end
        unfinished = [i for i in range(len(ends)) if i not in finished]
        return [returned(job_overrides[i], ends[i]) for i in unfinished]

    def _train(self, jobs: Sequence[Job]) -> list[Any]:
        """What became of each job of a group: a score or a Failure."""
        if not jobs:
            return []
        try:
            ends = self._task.work(jobs)
        except Exception as error:  # of something that all share
            ends = [error] * len(jobs)
        return [record_failure(end, job.folder) if isinstance(end, Exception) else end for job, end in zip(jobs, ends)]

    def _make(self, overrides: Sequence[str], number: int) -> Job | Failure:
        def make(settings: DictConfig) -> Job | Failure:
            try:
                return self._task.make(settings)
            except Exception as error:
                return record_failure(error, Path(HydraConfig.get().runtime.output_dir))

        composed = compose_job(self._context, self._config, overrides, number)
        try:
            return apply(make, composed, self._context, "hydra.sweep.subdir")
        except OSError as error:  # its folder cannot be made
            return record_failure(error, Path(composed.hydra.sweep.dir) / str(composed.hydra.sweep.subdir))
