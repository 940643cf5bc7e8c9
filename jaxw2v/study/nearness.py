"""Pictures of how near training came to its optimum: over epochs, and by how often pairs of words are expected."""

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from jaxw2v.study import style
from jaxw2v.study.figures import FAINT, frame, save

TITLES = ("Correlation with PMI - log k", "Distance from it in the end")


def draw(over_time: Axes, by_count: Axes, curve: Sequence[Any], bands: Sequence[Any]) -> None:
    """Draws both panels.

    Args:
      over_time: gets the correlation after each epoch, every pair once and every pair as often as it is expected.
      by_count: gets the parts of the error against the expected count of pairs.
      curve, bands: of `convergence.follow`, or read from its file.
    """
    epochs = [moment.epoch for moment in curve]
    over_time.plot(epochs, [moment.agreement.weighted for moment in curve], "o-", markersize=3, label="pairs weighted")
    over_time.plot(epochs, [moment.agreement.correlation for moment in curve], "o-", markersize=3, label="pairs alike")
    over_time.axhline(1, color=FAINT, linewidth=0.8, zorder=0)
    style.label(over_time, "epoch", "Pearson's correlation", legend=True)
    place = range(len(bands))
    for name, value in {
        "of chance": lambda band: band.parts.own,
        "in common": lambda band: band.parts.common,
        "|mean|": lambda band: abs(band.agreement.bias),
    }.items():
        by_count.plot(place, [value(band) for band in bands], "o-", markersize=3, label=name)
    by_count.set_xticks(place, [_span(band.agreement.low, band.agreement.high) for band in bands], rotation=40)
    by_count.set_ylim(0)
    style.label(by_count, "expected count of the pair in an epoch", "nats", legend=True)


def picture(curve: Sequence[Any], bands: Sequence[Any], path: str | os.PathLike) -> Path:
    """Saves a PNG of both panels; gives its path back.

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
        draw(*panels, curve, bands)
        return save(figure, path)


def _span(low: float, high: float) -> str:
    if not low:
        return f"≤ {high:g}"
    return f"> {low:g}" if math.isinf(high) else f"{low:g}-{high:g}"
