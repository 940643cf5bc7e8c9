"""From conf/ and the words of a user to jobs; a user's mistakes are reported in one line."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence

import hydra

from jaxw2v.errors import InputError, is_full
from jaxw2v.launch import arguments, command
from jaxw2v.launch.completion import completed
from jaxw2v.launch.mistakes import explain, of_settings, refuse_uncaught
from jaxw2v.launch.places import CONF
from jaxw2v.launch.schema import register
from jaxw2v.launch.task import Reading, Task, Work


def main(work: Work, *fixed: str, ignores: Sequence[str] = (), reads: Sequence[str] = ()) -> Callable[..., int]:
    """A command: `start` with its words, or else with those of the process.

    It returns 0, or prints one line and returns 2 if the user made a mistake.
    """
    reading = Reading(fixed, ignores, reads)

    def started(words: Sequence[str] | None) -> None:
        start(work, sys.argv[1:] if words is None else words, reading)

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
    task = Task(work, reading)
    try:
        with explained(words):
            words = completed(words)
            composed = hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(task)
            with arguments.given(arguments.arranged(words, reading.fixed)):
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


def _to_input_error(error: Exception, words: Sequence[str]) -> Exception:
    """What the user can do about an error; the error itself where that is nothing, or said already."""
    if of_settings(error):
        return InputError(explain(error, words))
    if isinstance(error, BrokenPipeError) or not isinstance(error, OSError):
        return error
    remedy = "make room, and give the same command again" if is_full(error) else "choose another hydra.run.dir"
    where = error.filename or "writing"  # Hydra makes the folder of a run before our code runs
    return InputError(f"{where}: {error.strerror or error}; {remedy}")
