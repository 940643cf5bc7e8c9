"""Figure of how near training came to PMI - log k: over epochs, and by the expected count of pairs."""

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from jaxw2v.study import style
from jaxw2v.study.colors import FAINT
from jaxw2v.study.figures import frame, save

TITLES = ("Correlation with PMI - log k", "Error at the end")


def over_time(axes: Axes, curve: Sequence[Any]) -> None:
    """Draws the correlation after each epoch: with equal weights, and with each pair weighted by its expected count.

    Args:
      axes: to draw on.
      curve: of `convergence.follow`, or read from its file.
    """
    epochs = [moment.epoch for moment in curve]
    weighted = [moment.agreement.weighted for moment in curve]
    axes.plot(epochs, weighted, "o-", markersize=3, label="weighted by expected count")
    axes.plot(epochs, [moment.agreement.correlation for moment in curve], "o-", markersize=3, label="equal weights")
    axes.axhline(1, color=FAINT, linewidth=0.8, zorder=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    style.label(axes, "epoch", "Pearson correlation", legend=True)


def by_count(axes: Axes, bands: Sequence[Any]) -> None:
    """Draws the parts of the error against the expected count of pairs.

    Args:
      axes: to draw on.
      bands: of `convergence.follow`, or read from its file.
    """
    place = range(len(bands))
    for name, value in {
        "random": lambda band: band.parts.own,
        "systematic": lambda band: band.parts.common,
        "|mean|": lambda band: abs(band.agreement.bias),
    }.items():
        axes.plot(place, [value(band) for band in bands], "o-", markersize=3, label=name)
    axes.set_xticks(place, [_up_to(band.agreement.high) for band in bands])
    axes.set_ylim(0)
    style.label(axes, "expected count of the pair in an epoch, up to", "nats", legend=True)


def picture(curve: Sequence[Any], bands: Sequence[Any], path: str | os.PathLike) -> Path:
    """Saves a PNG of both panels; returns its path.

    Raises:
      InputError: the file cannot be written.
    """
    with matplotlib.rc_context(style.RC):
        figure = Figure(figsize=(8.5, 3.4), dpi=150, layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(1, 2)
        for axes, title in zip(panels, TITLES):
            axes.set_title(title)
            frame(axes)
        over_time(panels[0], curve)
        by_count(panels[1], bands)
        return save(figure, path)


def _up_to(high: float) -> str:
    if math.isinf(high):
        return "∞"
    return f"{high / 1000:g}k" if high >= 1000 else f"{high:g}"
