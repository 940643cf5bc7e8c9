"""The launcher `population`: jobs that differ only in numbers are trained side by side in one compiled program."""

import json
import math
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from omegaconf import open_dict

from jaxw2v.errors import InputError
from jaxw2v.launch.job import Failure, Job, make_job, tell
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


class Population(Launcher):
    """A launcher of Hydra.

    Args:
      work: what does several jobs at once.
      runs, mix_windows: see `groups`.
    """

    def __init__(self, work: Callable[[Sequence[Job]], Sequence[Any]], runs: int, mix_windows: bool):
        if runs < 1:
            raise InputError(f"hydra.launcher.runs={runs}: use 1 or more")
        self._work, self._most, self._mix = work, runs, mix_windows

    def setup(self, *, hydra_context, task_function, config) -> None:
        self._loader, self._config = hydra_context.config_loader, config

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int, finished: Collection[int] = ()
    ) -> Sequence[JobReturn]:
        """What became of each job: a score or a Failure.

        Args:
          job_overrides: of all jobs of the sweep.
          initial_job_idx: the number of the first.
          finished: positions of those that are not done again. They count where groups are made: a sweep that goes on
            has the groups, and so the bytes, of one that was never stopped.
        """
        made = [self._make(list(overrides), initial_job_idx + i) for i, overrides in enumerate(job_overrides)]
        ends: list[Any] = made
        sound = [i for i, job in enumerate(made) if isinstance(job, Job)]
        parts = groups([made[i].config for i in sound], self._most, self._mix)
        for part in parts:
            numbers = [i for i in (sound[at] for at in part) if i not in finished]
            if not numbers:
                continue
            jobs = [made[i] for i in numbers]
            try:
                found = self._work(jobs)
            except Exception as error:  # of something that all share
                found = [error] * len(jobs)
            for i, job, end in zip(numbers, jobs, found):
                ends[i] = tell(end, job.folder) if isinstance(end, Exception) else end
        returned = []
        for overrides, end in zip(job_overrides, ends):
            returned.append(JobReturn(overrides=overrides, status=JobStatus.COMPLETED))
            returned[-1].return_value = end
        return returned

    def _make(self, overrides: list[str], number: int) -> Job | Failure:
        composed = self._loader.load_sweep_config(self._config, overrides)
        folder = Path(composed.hydra.sweep.dir) / composed.hydra.sweep.subdir
        before = HydraConfig.instance().cfg
        try:
            with open_dict(composed):
                composed.hydra.job.num = number
                composed.hydra.runtime.output_dir = str(folder.absolute())
                HydraConfig.instance().set_config(composed)
                settings = composed.copy()
                del settings["hydra"]
            return make_job(settings, HydraConfig.get())
        except Exception as error:
            return tell(error, folder)
        finally:
            HydraConfig.instance().cfg = before
