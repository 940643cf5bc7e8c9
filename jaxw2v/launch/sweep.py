"""A sweep: jobs that are finished are skipped, those that fail do not stop the others, and both are counted.

The launchers in hydra_plugins/ are made of it and of a way to start the other jobs.
"""

import contextlib
import json
import tempfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext
from omegaconf import DictConfig, OmegaConf

from jaxw2v.checkpoints import folder as run_folder
from jaxw2v.checkpoints import signals
from jaxw2v.errors import EndedElsewhere, InputError
from jaxw2v.hosts.connection import packed
from jaxw2v.hosts.join import join
from jaxw2v.hosts.processes import ALONE, Processes
from jaxw2v.launch import command, given
from jaxw2v.launch.job import Failure
from jaxw2v.launch.plan import Planned, plan
from jaxw2v.launch.progress import Watch
from jaxw2v.launch.schema import to_dict
from jaxw2v.launch.task import Task
from jaxw2v.launch.words import escaped, quoted
from jaxw2v.settings.hosts import HostSettings


class Start(Protocol):
    """Does the jobs of a sweep that are not finished, and returns what became of them: scores and Failures."""

    def __call__(
        self, job_overrides: Sequence[Sequence[str]], first: int, finished: Collection[int]
    ) -> Sequence[JobReturn]:
        """Takes the overrides of all jobs, the number of the first, and the positions of those that are finished."""


def is_here(launcher: Launcher) -> bool:
    """Whether jobs are done in this process, as by Hydra's own launcher."""
    return not type(launcher).__module__.startswith("hydra_plugins.")


def start_with(launcher: Launcher) -> Start:
    """Jobs are started by another launcher.

    Raises:
      InputError: it gave up.
    """

    def start(job_overrides: Sequence[Sequence[str]], first: int, finished: Collection[int]) -> Sequence[JobReturn]:
        try:
            return launcher.launch([each for i, each in enumerate(job_overrides) if i not in finished], first)
        except Exception as error:
            if is_here(launcher):
                raise  # the error is ours
            why = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            raise InputError(
                f"the launcher gave up ({why}); what is finished is kept, the same command goes on from there"
            ) from error

    return start


class Sweep:
    """Does the jobs that are not finished.

    Args:
      context, task, config: as Hydra sets up a launcher. The task gets a line for each job that fails.
      start: how the jobs are done.
      here: whether they are done in this process.
    """

    def __init__(self, context: HydraContext, task: Task, config: DictConfig, start: Start, here: bool):
        self._context, self._task, self._config, self._start = context, task, config, start
        self._here, self._ended = here, 0
        if (folder := str(config.hydra.sweep.dir)).startswith("~"):
            raise InputError(f"hydra.sweep.dir={folder}: in a preset, write ${{oc.env:HOME}} instead of ~")
        _refuse_without_test_sets(config)

    def launch(self, job_overrides: Sequence[Sequence[str]], first: int) -> list[JobReturn]:
        """What became of each job, as the sweeper wants it: a score, or None of one that failed.

        Raises:
          InputError: a setting that does not exist; a folder that cannot be used; the sweep is running elsewhere.
        """
        processes = self._join()
        with processes.ending():
            return self._launch(job_overrides, first, processes) if processes.leads else self._follow(first, processes)

    def _join(self) -> Processes:
        """The processes that train each job together, where jobs are done in this one."""
        hosts = HostSettings(**to_dict(self._config.train.hosts, resolve=True))
        if self._here or hosts.coordinator in (None, "auto"):
            return join(hosts) if self._here else ALONE  # jobs in other processes join by themselves
        raise InputError(
            f"train.hosts.coordinator={hosts.coordinator}: jobs of this launcher are processes of their own, which "
            "cannot share it; use launcher=basic or population, or launcher=submitit with nodes"
        )

    def _follow(self, first: int, processes: Processes) -> list[JobReturn]:
        """Does with process 0 the jobs that it says; nothing is written or said here."""
        with tempfile.TemporaryDirectory(prefix="jaxw2v-") as folder, command.quiet():
            said = json.loads(processes.told())
            jobs = [Planned(words, Path(folder, Path(place).name), *more) for words, place, *more in said]
            ends = self._do(jobs, first, first + len(jobs), Path(folder))
        return [self._returned(job, end) for job, end in zip(jobs, ends)]

    def _launch(self, job_overrides: Sequence[Sequence[str]], first: int, processes: Processes) -> list[JobReturn]:
        resume = self._config.train.resume
        folder = self._task.sweep = Path(self._config.hydra.sweep.dir)
        total = max(self._config.hydra.sweeper.get("n_trials") or 0, first + len(job_overrides))
        given.refuse_misplaced(self._task.words(self._config.hydra), swept=True)
        try:
            with _lock(folder):
                jobs = plan(self._context, self._config, job_overrides, first, total)
                if resume == "must" and not self._ended and not any(job.begun for job in jobs):
                    raise InputError(
                        f"train.resume=must: no job of this sweep was begun in {folder}; use train.resume=auto"
                    )
                if processes.count > 1:
                    processes.tell(packed([[*job._asdict().values()] for job in jobs], str))
                ends = self._do(jobs, first, total, folder)
        except KeyboardInterrupt as error:
            onward = "the same command does the jobs that are not finished"
            onward += ", from their checkpoints" * (resume != "never")
            raise signals.with_onward(error, onward) from None
        return [self._returned(job, end) for job, end in zip(jobs, ends)]

    def _do(self, jobs: Sequence[Planned], first: int, total: int, folder: Path) -> list[Any]:
        """What became of each job: a score or a Failure."""
        ends: list[Any] = [job.score for job in jobs]
        todo = [i for i, job in enumerate(jobs) if not job.finished]
        finished = {i for i, job in enumerate(jobs) if job.finished}
        if finished or not self._ended:  # a sweeper that searches comes more than once
            skipped = f", {len(finished)} of them finished already" if finished else ""
            command.say(f"sweep: {total} jobs in {folder}{skipped}")
        self._ended += len(finished)
        if todo:
            for i in todo:
                (jobs[i].folder / "error.txt").unlink(missing_ok=True)  # of an earlier start
            with Watch([jobs[i].folder for i in todo], self._ended, total):
                found = self._start([self._settled(job) for job in jobs], first, finished)
            for i, end in zip(todo, found):
                ends[i] = end.return_value
            self._ended += len(todo)
        return ends

    def _settled(self, job: Planned) -> list[str]:
        """The overrides that a launcher gets: whatever it does, the job has this folder and this title."""
        settled = {
            "hydra.sweep.dir": job.folder.parent,
            "hydra.sweep.subdir": job.folder.name,
            "hydra.job.name": job.title,
        }
        words = [f"{key}={quoted(escaped(str(value)))}" for key, value in settled.items()]
        if self._config.train.resume == "must":
            words.append("train.resume=auto")  # the sweep is what must have been begun
        return [*job.overrides, *words]

    def _returned(self, job: Planned, end: Any) -> JobReturn:
        if isinstance(end, Failure) and not end.message:
            self._task.mistake, end = EndedElsewhere(2), None
        elif isinstance(end, Failure):
            self._task.failures.append(f"{job.title}, {job.folder.name}, failed: {end.message}")
            end = None
        return returned(job.overrides, end)


def returned(overrides: Sequence[str], end: Any) -> JobReturn:
    """What became of a job, as launchers hand it over."""
    made = JobReturn(overrides=overrides, status=JobStatus.COMPLETED)
    made.return_value = end
    return made


def _refuse_without_test_sets(config: DictConfig) -> None:
    """Resolves the test sets before Hydra composes all jobs, which takes a while; see `published.needed`."""
    given = {str(word).lstrip("+").partition("=")[0] for word in config.hydra.overrides.task}
    for key in ("eval.similarity", "eval.analogies"):
        if key not in given:  # those given may be swept, and take the place of what a preset says
            OmegaConf.select(config, key)


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """No other sweep runs in this folder meanwhile; the lock goes with its process."""
    folder.mkdir(parents=True, exist_ok=True)
    otherwise = f"{folder}: a sweep is running there; wait for it or choose another hydra.sweep.dir"
    with run_folder.hold(folder / ".lock", otherwise):
        yield
