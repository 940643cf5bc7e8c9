"""From conf/ and the command line to jobs; a user's mistakes are reported in one line."""

import sys
from collections.abc import Callable, Sequence

import hydra

from jaxw2v.errors import InputError, is_full
from jaxw2v.launch import arguments, command
from jaxw2v.launch.mistakes import explain, of_settings, refuse_uncaught
from jaxw2v.launch.places import CONF
from jaxw2v.launch.schema import register
from jaxw2v.launch.task import Task, Work


def main(work: Work, *fixed: str) -> Callable[..., int]:
    """A command that composes the settings, checks them and does `work([job])`, or in a sweep that for each job.

    Args:
      work: gives what became of each of its jobs: a score for a sweeper, or an exception. It gets more than one job
        where the launcher trains them side by side.
      fixed: overrides that the command always has.

    The command takes its words, or else those of the process. It returns 0, or prints one line and returns 2 if the
    user made a mistake. In a sweep the other jobs go on after one that fails, and those that failed are listed in the
    end.
    """

    def start(typed: Sequence[str]) -> None:
        words = arguments.read(typed)
        refuse_uncaught(words)
        register()
        task = Task(work)
        composed = hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(task)
        try:
            with arguments.given(arguments.arranged(words, fixed)):
                composed()
            if task.mistake is not None:
                raise task.mistake
        except Exception as error:
            if not task.failures:  # else a sweeper could not go on without a score: the failures say why
                ours = _to_input_error(error, words)
                if ours is error:
                    raise
                raise ours from error
        if task.failures:
            for line in task.failures:
                print(line, file=sys.stderr)
            number = len(task.failures)
            raise InputError(f"{number} job{'s' * (number > 1)} failed; the same command does only those again")

    return lambda words=None: command.run(lambda: start(sys.argv[1:] if words is None else words))


def _to_input_error(error: Exception, words: Sequence[str]) -> Exception:
    """What the user can do about an error; the error itself where that is nothing, or said already."""
    if of_settings(error):
        return InputError(explain(error, words))
    if isinstance(error, BrokenPipeError) or not isinstance(error, OSError):
        return error
    remedy = "make room, and give the same command again" if is_full(error) else "choose another hydra.run.dir"
    where = error.filename or "writing"  # Hydra makes the folder of a run before our code runs
    return InputError(f"{where}: {error.strerror or error}; {remedy}")
