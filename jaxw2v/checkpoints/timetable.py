"""When checkpoints are due: after so many segments, or so often that they take a small part of the time."""

import time

from jaxw2v.settings.train import TrainSettings

SHARE = 0.02  # of the time, at most, goes into checkpoints that are made by time


class Timetable:
    """When the next checkpoint is due.

    Args:
      settings: how often.
      runs: that are trained side by side.

    Attributes:
      seconds: that went into checkpoints, those before a restart counted.
    """

    def __init__(self, settings: TrainSettings, runs: int):
        self._settings, self._runs = settings, runs
        self._last, self._cost = time.monotonic(), 0.0
        self.seconds = 0.0

    def due(self, done: int, rounds: int, busy: bool) -> bool:
        """Whether it is time for a checkpoint after `done` of `rounds` segments.

        Args:
          busy: one is being written.
        """
        if done == rounds and self._runs > 1:
            return True  # of runs side by side some may be finished when the last part is stopped
        every = self._settings.checkpoint_every
        if every == 0:
            return False
        if self._settings.checkpoint_unit == "segments":
            return done % every == 0
        if busy:
            return False
        return time.monotonic() - self._last >= max(every, self._cost / SHARE)

    def count(self, begin: float) -> None:
        """Counts a checkpoint that is done now and was begun then, by `time.monotonic`."""
        self._last = time.monotonic()
        self._cost = self._last - begin
        self.seconds += self._cost
