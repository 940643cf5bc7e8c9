"""From conf/ and the words of a user to jobs; a user's mistakes are reported in one line."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence

import hydra
from omegaconf import DictConfig, OmegaConf

import jaxw2v
from jaxw2v.errors import InputError, is_full
from jaxw2v.launch import arguments, command
from jaxw2v.launch.completion import completed
from jaxw2v.launch.mistakes import explain, of_settings, refuse_uncaught
from jaxw2v.launch.places import CONF
from jaxw2v.launch.schema import register, to_dict
from jaxw2v.launch.task import Reading, Task, Work
from jaxw2v.launch.words import quoted as as_quoted

QUIET = ("hydra.output_subdir=null", "hydra/job_logging=disabled", "hydra/hydra_logging=disabled")
_PLACES = ("hydra.run.dir", "hydra.sweep.dir", "hydra.sweep.subdir", "hydra.output_subdir")


def main(
    work: Work, *fixed: str, ignores: Sequence[str] = (), reads: Sequence[str] = (), leaves_files: bool = True
) -> Callable[..., int]:
    """A command: `start` with its words, or else with those of the process.

    It returns 0, or prints one line and returns 2 if the user made a mistake.
    """
    reading = Reading(fixed, ignores, reads, leaves_files)

    def started(words: Sequence[str] | None) -> None:
        given = sys.argv[1:] if words is None else words
        if arguments.VERSION in given:
            command.say(f"jaxw2v {jaxw2v.__version__}")
        else:
            start(work, given, reading)

    return lambda words=None: command.run(lambda: started(words))


def start(work: Work, words: Sequence[str], reading: Reading) -> Task:
    """Composes the settings, checks them and does `work([job])`, or in a sweep that for each job.

    Args:
      work: gives what became of each of its jobs: a score for a sweeper, or an exception. It gets more than one job
        where the launcher trains them side by side.
      words: settings and flags of Hydra, as of a command line.
      reading: how the command takes them.

    Returns:
      The task that Hydra was given; it knows the folder of a sweep.

    Raises:
      InputError: a user's mistake. In a sweep the other jobs go on after one that fails; the notes of the error
        have a line for each of those.
    """
    task, words = Task(work, reading), arguments.read(words)
    try:
        with explained(words):
            words = completed(words)
            composed = hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(task)
            with (
                _folders(words, reading.leaves_files) as (before, after),
                arguments.given(arguments.arranged([*words, *after], [*before, *reading.fixed])),
            ):
                task.reading = reading._replace(fixed=(*reading.fixed, *before, *after))
                composed()
            if task.mistake is not None:
                raise task.mistake
    except Exception:
        if not task.failures:  # else a sweeper could not go on without a score: the failures say why
            raise
    if number := len(task.failures):
        error = InputError(f"{number} job{'s' * (number > 1)} failed; the same command does only those again")
        for line in task.failures:
            error.add_note(line)
        raise error
    return task


@contextlib.contextmanager
def explained(words: Sequence[str]) -> Iterator[None]:
    """Inside, settings are composed; what Hydra and the system say of a user's mistake becomes an InputError."""
    refuse_uncaught(words)
    register()
    try:
        yield
    except Exception as error:
        ours = _to_input_error(error, words)
        if ours is error:
            raise
        raise ours from error


@contextlib.contextmanager
def _folders(words: Sequence[str], leaves_files: bool) -> Iterator[tuple[list[str], list[str]]]:
    """Overrides before and after the user's, so that Hydra itself writes nothing but where this program would."""
    if not leaves_files:
        for word in words:
            if word.lstrip("+").partition("=")[0] in _PLACES:
                raise InputError(
                    f"{word}: this command leaves nothing but the cache; leave it out, or use cache=FOLDER"
                )
        with tempfile.TemporaryDirectory(prefix="jaxw2v-") as folder:
            yield [], [*QUIET, *_inside(folder)]
        return
    if _follows(words):
        with tempfile.TemporaryDirectory(prefix="jaxw2v-") as folder:
            yield [], [*QUIET, *_inside(folder)]
        return
    other = [word.partition("=")[2] for word in words if word.startswith("--config-path=")]
    yield (_of_record(other[-1]) if other else []), []


def _inside(folder: str) -> list[str]:
    return [f"{key}={as_quoted(os.path.join(folder, key))}" for key in ("hydra.run.dir", "hydra.sweep.dir")]


def _follows(words: Sequence[str]) -> bool:
    """Whether these are the words of a process of a run that leaves its files to process 0."""
    numbers = [word.partition("=")[2] for word in words if word.startswith("train.hosts.process=")]
    return bool(numbers) and numbers[-1].isdecimal() and int(numbers[-1]) > 0


def _of_record(folder: str) -> list[str]:
    """What settings of another folder than conf/, such as a run's record, say nothing of: Hydra's own, as in conf/."""
    try:
        theirs = OmegaConf.load(os.path.join(folder, "config.yaml"))
    except Exception:  # as Hydra will say
        return [*QUIET]
    if not isinstance(theirs, DictConfig) or "hydra" in theirs or "defaults" in theirs:
        return [*QUIET]
    ours = to_dict(OmegaConf.load(CONF / "config.yaml"))["hydra"]
    places = [
        f"hydra.{mode}.{key}={as_quoted(value)}" for mode in ("run", "sweep") for key, value in ours[mode].items()
    ]
    return [*QUIET, f"hydra.searchpath=[{as_quoted(f'file://{CONF}')}]", "hydra/launcher=skip_finished", *places]


def _to_input_error(error: Exception, words: Sequence[str]) -> Exception:
    """What the user can do about an error; the error itself where that is nothing, or said already."""
    if of_settings(error):
        return InputError(explain(error, words))
    if isinstance(error, BrokenPipeError) or not isinstance(error, OSError):
        return error
    remedy = "make room, and give the same command again" if is_full(error) else "choose another hydra.run.dir"
    where = error.filename or "writing"  # Hydra makes the folder of a run before our code runs
    return InputError(f"{where}: {error.strerror or error}; {remedy}")
