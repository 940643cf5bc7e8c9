"""What becomes of runs that are trained but not finished: a signal or a full disk must not cost what was trained."""

import contextlib
from collections.abc import Iterator

from jaxw2v.checkpoints import folder, signals
from jaxw2v.checkpoints.manager import CheckpointManager
from jaxw2v.checkpoints.signals import StopRequest
from jaxw2v.checkpoints.state import TrainState
from jaxw2v.errors import InputError, Interrupted, is_full


class Finishing:
    """Holds what was trained until its result is written, and says how an unfinished run goes on.

    Args:
      manager: makes checkpoints.
      request: whether somebody has asked for the end.
    """

    def __init__(self, manager: CheckpointManager, request: StopRequest):
        self.request = request
        self._manager, self._folders = manager, manager.folders
        self._trained: TrainState | None = None
        self._freed = False

    def hold(self, state: TrainState) -> None:
        """Keeps in reach what all segments have made, until the runs are finished: see `held`.

        Raises:
          Interrupted: somebody asked for the end meanwhile.
        """
        self._trained = state
        self._manager.settle()
        if self.request.asked is not None:
            self._manager.save(state, 1.0)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Inside, Ctrl-C or SIGTERM ends at once, but saves what is held before; a second one does not wait for that.

        Raises:
          Interrupted: in the place of a KeyboardInterrupt that does not say how to go on.
        """

        def stop(number):
            self.request.ask(signals.interrupted(number))
            if self._trained is None or self._freed:
                raise self.request.asked

        with signals.handled(stop):
            try:
                yield
                self.check()  # Python may have ignored it, as in a callback of the garbage collector
            except KeyboardInterrupt as error:
                if self._trained is None or (isinstance(error, Interrupted) and error.onward):
                    raise
                unfinished = [r for r, place in enumerate(self._folders) if not (place / "result.json").exists()]
                ways = [self.onward(r) for r in unfinished if r not in self._trained.failed]
                way = max(set(ways), key=ways.count, default="the result is there")
                raise signals.with_onward(error, way) from None
            finally:
                self._manager.settle()  # whatever ended training

    def check(self) -> None:
        """After training: what it has left is freed, where Python ignores exceptions, and a signal may raise again.

        Raises:
          Interrupted: somebody asked for the end meanwhile.
        """
        self._freed = True
        if self.request.asked is not None:
            raise self.request.asked

    def onward(self, r: int) -> str:
        """How run r goes on if it is not finished. What is held of it is saved before, where there is room."""
        self._manager.settle()
        place, state, command = self._folders[r], self._trained, self._manager.command
        last = max(self._manager.made(r), default=0)
        if state is None:
            return f"{command} goes on from the last checkpoint" if last > 0 else "the same command starts anew"
        if folder.checkpoint(place, state.done).exists() or self._manager.write(r, state, 1.0):
            return f"{command} goes on from what was trained"
        if any((each / "result.json").exists() for each in self._folders):  # its company is gone
            folder.end(place)
            last = 0
        if last > 0:
            return f"{command} goes on from the checkpoint after {last / state.done:.0%} of the segments"
        return "the same command trains anew, as there was no room for a checkpoint"

    def unfinished(self, r: int, error: Exception) -> Exception:
        """Why run r was not finished and how it goes on, saved before if need be, unless its settings are at fault."""
        cause = error if isinstance(error, OSError) else error.__cause__
        if isinstance(error, InputError) and not isinstance(cause, OSError):
            return error
        onward = self.onward(r)
        if not isinstance(cause, OSError):
            return error
        what = f"{self._folders[r]}: cannot write ({cause.strerror or cause})"
        first = "make room" if is_full(cause) else "fix that"
        return InputError(f"{what if error is cause else str(error).partition('; ')[0]}; {first}, and {onward}")
