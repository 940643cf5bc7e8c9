"""Launchers that skip the finished jobs of a sweep; what they do stands in jaxw2v/launch.

Hydra imports this file in every program on a machine that uses Hydra. So it imports jaxw2v only where a launcher is
set up.
"""

import copy
from collections.abc import Sequence

from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict


class SkipFinished(Launcher):
    """Hands the jobs that are not finished to another launcher.

    Args:
      inner: the settings of that launcher, as they would stand in hydra.launcher.
    """

    def __init__(self, inner: DictConfig):
        self._inner = inner

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        from hydra.core.plugins import Plugins

        from jaxw2v.launch import sweep
        from jaxw2v.launch.task import Task

        assert isinstance(task_function, Task)
        inside = copy.deepcopy(config)
        with open_dict(inside):
            inside.hydra.launcher = self._inner
        launcher = Plugins.instance().instantiate_launcher(hydra_context, task_function, inside)
        start, here = sweep.start_with(launcher), sweep.is_here(launcher)
        self._sweep = sweep.Sweep(hydra_context, task_function, config, start, here)

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        return self._sweep.launch(job_overrides, initial_job_idx)


class Population(Launcher):
    """Trains the jobs that are not finished side by side.

    Args:
      runs, mix_windows: see `jaxw2v.launch.population.groups`.
    """

    def __init__(self, runs: int, mix_windows: bool):
        self._runs, self._mix_windows = runs, mix_windows

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        from jaxw2v.launch import population, sweep
        from jaxw2v.launch.task import Task

        assert isinstance(task_function, Task)
        together = population.Population(hydra_context, task_function, config, self._runs, self._mix_windows)
        self._sweep = sweep.Sweep(hydra_context, task_function, config, together.start, here=True)

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        return self._sweep.launch(job_overrides, initial_job_idx)
