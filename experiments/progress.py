"""What a person sees while a run trains: a bar on a terminal, one line now and then elsewhere."""

import os
import sys
import time

from tqdm import tqdm

from jaxw2v.session import Progress


class Display:
    """Takes the progress of a run, `display(progress)`; `close` it at the end.

    Args:
      seconds: without a terminal, the time between two lines.
    """

    def __init__(self, seconds: float):
        self._seconds = seconds
        self._shown = time.monotonic()
        self._bar: tqdm | None = None

    def __call__(self, progress: Progress) -> None:
        if not _terminal():
            self._line(progress)
            return
        if self._bar is None:
            layout = "{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} words{postfix}, {remaining} left"
            self._bar = tqdm(total=progress.total, unit_scale=True, bar_format=layout, dynamic_ncols=True)
        self._bar.set_postfix_str(
            f"{progress.words_per_second / 1e6:.2f}M words/s, epoch {progress.epoch}, loss {_loss(progress)}", False
        )
        self._bar.update(progress.words - self._bar.n)

    def _line(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.words < progress.total and now - self._shown < self._seconds:
            return
        self._shown = now
        left = progress.seconds * (progress.total - progress.words) / progress.words
        print(
            f"{progress.words / progress.total:4.0%} epoch {progress.epoch}, loss {_loss(progress)} nats/pair, "
            f"{progress.words / progress.seconds / 1e6:.2f}M words/s, {left:.0f} s left",
            flush=True,
        )

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def _loss(progress: Progress) -> str:
    return "unknown" if progress.loss is None else f"{progress.loss:.4f}"


def _terminal() -> bool:
    """Whether standard error is a terminal that a bar fits in."""
    return sys.stderr.isatty() and min(os.get_terminal_size(sys.stderr.fileno())) > 0
