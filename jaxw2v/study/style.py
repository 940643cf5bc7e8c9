"""The style of the notebooks' figures: that of `figures`, for pictures that stay in a page."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib import cycler
from matplotlib.axes import Axes

from jaxw2v.study.figures import COLORS, FAINT, INK, frame
from jaxw2v.study.statistics import Interval

RC = {
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.prop_cycle": cycler(color=COLORS),
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 9,
    "figure.constrained_layout.use": True,
    "figure.dpi": 110,  # a figure of the notebooks is 20 to 50 kB
    "font.size": 9,
    "text.color": INK,
}


def panels(*titles: str, width: float = 7.2, height: float = 3.0) -> list[Axes]:
    """Axes side by side, one below each title, in a figure that a notebook shows below the cell.

    Args:
      titles: what each panel shows.
      width, height: of the figure, in inches.
    """
    import matplotlib.pyplot as plt  # only where a figure is shown: a user's own pyplot is left alone

    with matplotlib.rc_context(RC):
        _, axes = plt.subplots(1, len(titles), figsize=(width, height), squeeze=False)
        for one, title in zip(axes[0], titles):
            one.set_title(title)
            frame(one)
        interactive = matplotlib.is_interactive()
    matplotlib.interactive(interactive)  # a notebook's backend, loaded with its first figure, says so inside
    return list(np.ravel(axes))


def curve(axes: Axes, found: Mapping[Any, Interval], label: str, scale: float = 1.0) -> None:
    """A line through means with their intervals as bars, where they have one; such as of `slices.curve`.

    Args:
      found: by the numbers of the x axis, in order, which are its ticks.
      label: for a legend.
      scale: means and intervals are divided by it.
    """
    x = list(found)
    path(axes, [Interval(float(value), None, None, 1) for value in x], list(found.values()), label, scale)
    axes.set_xticks(x, [f"{value:g}" for value in x])
    axes.minorticks_off()


def path(axes: Axes, x: Sequence[Interval], y: Sequence[Interval], label: str, scale: float = 1.0) -> None:
    """A line from point to point with the intervals of both coordinates as bars; y is divided by `scale`."""
    at, reach = ([each.mean for each in x], [each.mean for each in y]), (_reach(x), _reach(y))
    marks = {"fmt": "-o", "markersize": 4, "linewidth": 1.4, "elinewidth": 1.2, "label": label}
    drawn = axes.errorbar(at[0], np.divide(at[1], scale), np.divide(reach[1], scale), reach[0], **marks)
    for bars in drawn[2]:
        bars.set_alpha(0.35)


def _reach(found: Sequence[Interval]) -> np.ndarray:
    ends = [(0.0, 0.0) if each.low is None else (each.mean - each.low, each.high - each.mean) for each in found]
    return np.array(ends).T  # those of a ratio are not equally far


def label(axes: Axes, x: str, y: str, legend: bool = False) -> None:
    """Names both axes, and the lines if `legend`."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if legend:
        axes.legend(frameon=False, fontsize=8)
