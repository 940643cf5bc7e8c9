"""The style of the notebooks' figures: that of `figures`, for pictures that stay in a page."""

import matplotlib
import numpy as np
from matplotlib import cycler
from matplotlib.axes import Axes

from jaxw2v.study.figures import COLOURS, FAINT, INK, frame

RC = {
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.prop_cycle": cycler(color=COLOURS),
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


def label(axes: Axes, x: str, y: str, legend: bool = False) -> None:
    """Names both axes, and the lines if `legend`."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if legend:
        axes.legend(frameon=False, fontsize=8)
