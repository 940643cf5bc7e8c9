"""What a person sees while a run trains, a bar on a terminal or one line now and then, and while a sweep goes on."""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tqdm import tqdm

from jaxw2v.errors import Interrupted
from jaxw2v.launch import command
from jaxw2v.runs.callbacks import Progress


class Display:
    """Takes the progress of a run, `display(progress)`; `close` it at the end.

    Args:
      seconds: without a terminal, the time between two lines.
      say: takes a line.
      terminal: whether the bar may have the terminal, if there is one.
    """

    def __init__(self, seconds: float, say: Callable[[str], None], terminal: bool):
        self._seconds, self._say, self._terminal = seconds, say, terminal
        self._shown = time.monotonic()
        self._bar: tqdm | None = None
        self._heldout = ""  # the last loss on sentences held out, in words

    def __call__(self, progress: Progress) -> None:
        if not (self._terminal and _terminal()):
            self._line(progress)
            return
        if progress.heldout is not None:
            self._heldout = f" ({progress.heldout.loss:.4f} held out)"
        if self._bar is None:
            layout = "{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} words{postfix}, {remaining} left"
            self._bar = tqdm(total=progress.total, unit_scale=True, bar_format=layout, dynamic_ncols=True)
        self._bar.set_postfix_str(
            f"{progress.words_per_second / 1e6:.2f}M words/s, epoch {progress.epoch}, "
            f"loss {_loss(progress)}{self._heldout}",
            False,
        )
        self._bar.update(progress.words - self._bar.n)

    def _line(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.words < progress.total and now - self._shown < self._seconds and progress.heldout is None:
            return
        self._shown = now
        left = progress.seconds * (progress.total - progress.words) / progress.words
        self._say(
            f"{progress.words / progress.total:4.0%} epoch {progress.epoch}, loss {_loss(progress)} nats/pair, "
            f"{_heldout(progress)}"
            f"{progress.words / progress.seconds / 1e6:.2f}M words/s, {left:.0f} s left"
        )

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class Watch:
    """Says how far a sweep is, each time that one of its jobs ends, in whatever process: `with Watch(...):`.

    Args:
      folders: of the jobs; a job ends with a result.json or an error.txt there.
      ended: jobs that are no longer among these.
      total: all jobs.
    """

    def __init__(self, folders: Sequence[Path], ended: int, total: int):
        self._left, self._ended, self._total = set(folders), ended, total
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Watch":
        self._failed = 0
        self._begin, self._all = time.monotonic(), len(self._left)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        with contextlib.suppress(Interrupted):  # nobody reads it: the next line that is printed raises it again
            while not self._stop.wait(0.2):
                self._look()

    def _look(self) -> None:
        done = {folder for folder in self._left if (folder / "result.json").exists()}
        failed = {folder for folder in self._left - done if (folder / "error.txt").exists()}
        if not done | failed:
            return
        self._left -= done | failed
        self._failed += len(failed)
        here = self._all - len(self._left)
        ended = self._ended + here
        left = (time.monotonic() - self._begin) / here * (self._total - ended)
        failures = f", {self._failed} of them failed" if self._failed else ""
        estimate = f", about {_duration(left)} left" if ended < self._total else ""
        for folder in sorted(failed):
            reason = (folder / "error.txt").read_text(encoding="utf-8").strip().rpartition("\n")[2]
            command.say(f"{folder.name} failed: {reason}", tqdm.write)
        command.say(f"sweep: {ended} of {self._total} jobs done{failures}{estimate}", tqdm.write)


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _loss(progress: Progress) -> str:
    return "unknown" if progress.loss is None else f"{progress.loss:.4f}"


def _heldout(progress: Progress) -> str:
    return "" if progress.heldout is None else f"{progress.heldout.loss:.4f} held out, "


def _terminal() -> bool:
    """Whether standard error is a terminal that a bar fits in."""
    return sys.stderr.isatty() and min(os.get_terminal_size(sys.stderr.fileno())) > 0
