"""A sweep: jobs that are finished are skipped, those that fail do not stop the others, and both are counted.

It stands before whatever launcher the settings choose, and so holds for all of them.
"""

import contextlib
import re
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hydra._internal.core_plugins.basic_launcher import BasicLauncher
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.utils import instantiate
from omegaconf import OmegaConf, open_dict

from jaxw2v.checkpoints import folder as run_folder
from jaxw2v.checkpoints import signals
from jaxw2v.errors import InputError
from jaxw2v.files import results
from jaxw2v.launch import command
from jaxw2v.launch.job import Failure, difference
from jaxw2v.launch.mistakes import refuse_unknown
from jaxw2v.launch.population import Population
from jaxw2v.launch.progress import Watch
from jaxw2v.runs import evaluation

POPULATION = f"{Population.__module__}.{Population.__qualname__}"
LONGEST = 150  # characters of a folder's name


class Planned(NamedTuple):
    """A job before it starts.

    Attributes:
      overrides: as the sweeper made them.
      folder: where its files go.
      score: of a finished one.
      finished: it is there already, whole and with the same settings.
      begun: so are files of an earlier start, at least.
    """

    overrides: list[str]
    folder: Path
    score: float | None
    finished: bool
    begun: bool


@contextlib.contextmanager
def sweeps(work: Callable) -> Iterator[None]:
    """Inside, every sweep that Hydra runs is a `Sweep`; at the end its failures are told.

    Raises:
      InputError: jobs failed; the message counts them.
    """
    failures: list[str] = []
    original = Plugins.instantiate_launcher

    def instantiate_launcher(self, hydra_context, task_function, config):
        if config.hydra.launcher._target_ == POPULATION:  # Hydra looks for launchers among its plugins only
            inner = instantiate(config.hydra.launcher, work=work)
            inner.setup(hydra_context=hydra_context, task_function=task_function, config=config)
        else:
            inner = original(self, hydra_context, task_function, config)
        sweep = Sweep(inner, failures)
        sweep.setup(hydra_context=hydra_context, task_function=task_function, config=config)
        return sweep

    Plugins.instantiate_launcher = instantiate_launcher  # sweepers of all kinds get their launcher there
    try:
        yield
    except Exception:
        if not failures:
            raise  # otherwise a sweeper could not go on without a score: the failures say why
    finally:
        Plugins.instantiate_launcher = original
    if failures:
        for line in failures:
            print(line, file=sys.stderr)
        raise InputError(
            f"{len(failures)} job{'s' if len(failures) > 1 else ''} failed; the same command does only those again"
        )


class Sweep(Launcher):
    """Hands those jobs to a launcher that are not finished.

    Args:
      inner: the launcher.
      failures: gets a line for each job that fails.
    """

    def __init__(self, inner: Launcher, failures: list[str]):
        self._inner, self._failures = inner, failures
        self._ended = 0

    def setup(self, *, hydra_context, task_function, config) -> None:
        self._context, self._config = hydra_context, config
        words = OmegaConf.to_container(config.hydra.overrides.task)
        parsed = OverridesParser.create().parse_overrides(words)
        last = {override.key_or_group: override for override in parsed}
        self._fixed = {key for key, override in last.items() if not override.is_sweep_override()}

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """What became of each job, as the sweeper wants it: a score, or None of one that failed.

        Raises:
          InputError: a setting that does not exist; a folder that cannot be used; the sweep is running elsewhere.
        """
        folder = Path(self._config.hydra.sweep.dir)
        try:
            with _lock(folder):
                return self._launch_unfinished(job_overrides, initial_job_idx, folder)
        except KeyboardInterrupt as error:
            onward = "the same command does the jobs that are not finished"
            onward += ", from their checkpoints" * (self._config.train.resume != "never")
            raise signals.with_onward(error, onward) from None

    def _launch_unfinished(self, job_overrides, initial_job_idx: int, folder: Path) -> list[JobReturn]:
        total = max(self._config.hydra.sweeper.get("n_trials") or 0, initial_job_idx + len(job_overrides))
        jobs = [self._plan(list(overrides), folder, initial_job_idx + i) for i, overrides in enumerate(job_overrides)]
        titles = [f"job {initial_job_idx + i + 1} of {total}" for i in range(len(jobs))]
        if self._config.train.resume == "must" and not self._ended and not any(job.begun for job in jobs):
            raise InputError(f"train.resume=must: no job of this sweep was begun in {folder}; use train.resume=auto")
        if twice := [job for i, job in enumerate(jobs) if job.folder in [other.folder for other in jobs[:i]]]:
            raise InputError(f"{twice[0].folder}: the folder of two jobs; leave hydra.sweep.subdir as it is")
        ends: list[Any] = [job.score for job in jobs]
        todo = [i for i, job in enumerate(jobs) if not job.finished]
        finished = len(jobs) - len(todo)
        skipped = f", {finished} of them finished already" if finished else ""
        if finished or not self._ended:  # a sweeper that searches comes more than once
            command.say(f"sweep: {total} jobs in {folder}{skipped}")
        self._ended += finished
        if todo:
            for i in todo:
                (jobs[i].folder / "error.txt").unlink(missing_ok=True)  # of an earlier start
            with Watch([jobs[i].folder for i in todo], self._ended, total):
                settled = [self._settled(job, title) for job, title in zip(jobs, titles)]
                if isinstance(self._inner, Population):
                    all_returned = self._inner.launch(settled, initial_job_idx, set(range(len(jobs))) - set(todo))
                    returned = [all_returned[i] for i in todo]
                else:
                    returned = self._launch([settled[i] for i in todo], initial_job_idx)
            for i, end in zip(todo, returned):
                ends[i] = end.return_value
            self._ended += len(todo)
        for i, end in enumerate(ends):
            if isinstance(end, Failure):
                self._failures.append(f"{titles[i]}, {jobs[i].folder.name}, failed: {end.message}")
                ends[i] = None
        return [_returned(job, end) for job, end in zip(jobs, ends)]

    def _launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        try:
            return self._inner.launch(job_overrides, initial_job_idx)
        except Exception as error:
            if isinstance(self._inner, BasicLauncher):
                raise
            why = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            raise InputError(
                f"the launcher gave up ({why}); what is finished is kept, the same command goes on from there"
            ) from error

    def _plan(self, overrides: list[str], sweep: Path, number: int) -> Planned:
        composed = self._context.config_loader.load_sweep_config(self._config, overrides)
        with open_dict(composed):
            composed.hydra.job.num = number
        before = HydraConfig.instance().cfg
        HydraConfig.instance().set_config(composed)  # for interpolations that name hydra
        try:
            subdir = composed.hydra.sweep.subdir
            folder = sweep / (self._name(overrides) if subdir == "auto" else str(subdir))
            with open_dict(composed):
                del composed["hydra"]
            refuse_unknown(composed)
            settings = OmegaConf.to_container(composed, resolve=True)
        finally:
            HydraConfig.instance().cfg = before
        result = results.read_result(folder / "result.json")
        if result is None:
            if (folder / "result.json").exists():
                if not run_folder.recorded(folder):
                    raise InputError(f"{folder}/result.json is no run's; choose another hydra.sweep.dir")
                command.say(f"{folder}/result.json is cut short: the job runs again")
                (folder / "result.json").unlink()
            begun = bool(run_folder.leftovers(folder))
            return Planned(overrides, folder, None, finished=False, begun=begun)
        if other := difference(folder, settings):
            raise InputError(f"{folder} holds a result of other settings ({other}); choose another hydra.sweep.dir")
        run_folder.end(folder)
        of_run = {key: value for key, value in result.items() if key.startswith(("scores.", "heldout."))}
        scores = {key.removeprefix("scores."): value for key, value in of_run.items()}
        score = evaluation.chosen_score(scores, result.get("eval.objective"))
        return Planned(overrides, folder, score, finished=True, begun=True)

    def _name(self, overrides: list[str]) -> str:
        """A folder's name: what differs between the jobs of this sweep."""
        parsed = OverridesParser.create().parse_overrides(overrides)
        own = [word for word, override in zip(overrides, parsed) if override.key_or_group not in self._fixed]
        text = ",".join(sorted(own))  # in whatever order they are given
        name = re.sub(r"[^\w.,=+-]", "_", text)[:LONGEST] or "all"
        return name if name == (text or "all") else f"{name}-{zlib.crc32(text.encode()):08x}"

    def _settled(self, job: Planned, title: str) -> list[str]:
        """The overrides that a launcher gets: whatever it does, the job has this folder and this title."""
        settled = {"hydra.sweep.dir": job.folder.parent, "hydra.sweep.subdir": job.folder.name, "hydra.job.name": title}
        words = [f"{key}={_quoted(str(value))}" for key, value in settled.items()]
        if self._config.train.resume == "must":
            words.append("train.resume=auto")  # the sweep is what must have been begun
        return [*job.overrides, *words]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "\\'") + "'"


def _returned(job: Planned, end: Any) -> JobReturn:
    returned = JobReturn(overrides=job.overrides, status=JobStatus.COMPLETED)
    returned.return_value = end
    return returned


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """No other sweep runs in this folder meanwhile; the lock goes with its process."""
    folder.mkdir(parents=True, exist_ok=True)
    otherwise = f"{folder}: a sweep is running there; wait for it or choose another hydra.sweep.dir"
    with run_folder.hold(folder / ".lock", otherwise):
        yield
