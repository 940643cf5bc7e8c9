"""The style of the notebooks' figures: used by the notebooks and by `agreement_figure`."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes

from jaxw2v.study.colors import COLORS, FAINT, INK
from jaxw2v.study.figures import frame
from jaxw2v.study.statistics import Interval

RC: dict[Any, Any] = {
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


def panels(*titles: str, width: float = 7.2, height: float = 3.0, dpi: int = RC["figure.dpi"]) -> list[Axes]:
    """Axes side by side, one below each title, in a figure that a notebook shows below the cell.

    Args:
      titles: what each panel shows.
      width, height, dpi: of the figure, in inches and dots.
    """
    import matplotlib.pyplot as plt  # here: importing the package leaves a user's pyplot alone

    with matplotlib.rc_context(RC):
        _, axes = plt.subplots(1, len(titles), figsize=(width, height), dpi=dpi, squeeze=False)
        for one, title in zip(axes[0], titles):
            one.set_title(title)
            frame(one)
        interactive = matplotlib.is_interactive()
    matplotlib.interactive(interactive)  # a notebook's backend sets it inside rc_context, which resets it
    return list(np.ravel(axes))


def curve(axes: Axes, found: Mapping[Any, Interval], label: str, scale: float = 1.0) -> None:
    """Draws a line through means, with their intervals as bars; such as of `marginals.curve`.

    Args:
      found: by value of x, in order; the values are the ticks.
      label: for a legend.
      scale: means and intervals are divided by it.
    """
    x = list(found)
    path(axes, [Interval(float(value), None, None, 1) for value in x], list(found.values()), label, scale)
    axes.set_xticks(x, [f"{value:g}" for value in x])
    axes.minorticks_off()


def path(axes: Axes, x: Sequence[Interval], y: Sequence[Interval], label: str, scale: float = 1.0) -> None:
    """Draws a line from point to point, with the intervals of both as bars; y is divided by `scale`."""
    means_x, means_y = (np.array([each.mean for each in found], np.float64) for found in (x, y))
    marks: dict[str, Any] = {"fmt": "-o", "markersize": 4, "linewidth": 1.4, "elinewidth": 1.2, "label": label}
    drawn = axes.errorbar(means_x, means_y / scale, _reach(y) / scale, _reach(x), **marks)
    for bars in drawn[2]:
        bars.set_alpha(0.35)


def _reach(found: Sequence[Interval]) -> np.ndarray:
    """[2, N] how far the ends of the intervals are below and above the means; of ratios, the two differ."""
    ends_N3 = np.array([(each.low, each.mean, each.high) for each in found], np.float64)
    return np.nan_to_num(np.diff(ends_N3, axis=1)).T


def label(axes: Axes, x: str, y: str, legend: bool = False) -> None:
    """Labels both axes; with a legend of the lines if `legend`."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if legend:
        axes.legend(frameon=False, fontsize=8)
