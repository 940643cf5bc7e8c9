"""Figures of a run: its loss over time, and a map of its words."""

import itertools
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.cluster.hierarchy
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from jaxw2v.errors import InputError
from jaxw2v.study import layout
from jaxw2v.study.colors import COLORS, FAINT, INK, LINE
from jaxw2v.study.fonts import WARNINGS, Fonts, choose

_ABOVE: Any = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "annotation_clip": False}
_SMOOTH_FROM = 40  # reports; with fewer, the points themselves are the line


def loss_curve(metrics: Sequence[Mapping[str, Any]], path: str | os.PathLike) -> Path:
    """Saves a PNG of the loss, and of the learning rate below it, over the words seen; returns its path.

    Args:
      metrics: reports in the order of training, as in metrics.jsonl: "words" (raw words seen), "epoch" (a whole number
        or a fraction), "loss" (nats per pair; None or NaN: not measured), "learning_rate", "heldout.loss" (where
        measured; a line of its own). Reports without words are skipped.
      path: the file; the same metrics give the same bytes (with one version of Matplotlib).

    Raises:
      InputError: the file cannot be written.
    """
    reports = [report for report in metrics if report.get("words") is not None]
    words_S, loss_S, rate_S, epoch_S, heldout_S = (
        np.array([np.nan if report.get(key) is None else report[key] for report in reports], np.float64)
        for key in ("words", "loss", "learning_rate", "epoch", "heldout.loss")
    )
    scale, unit = (1e6, "million words seen") if words_S.max(initial=0) >= 1e6 else (1, "words seen")
    figure = Figure(figsize=(7, 4.6), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3.2, 1))
    measured_S = np.isfinite(loss_S)
    x, y = words_S[measured_S] / scale, loss_S[measured_S]
    _mark_epochs(upper, lower, epoch_S, words_S / scale)
    if len(y) >= _SMOOTH_FROM:
        upper.plot(x, y, color=LINE, linewidth=0.7, alpha=0.35)
        upper.plot(x, _smooth(y), color=LINE, linewidth=1.8)
    else:
        upper.plot(x, y, color=LINE, linewidth=1.8, marker="o", markersize=3)
    if not len(y):
        upper.text(0.5, 0.5, "no loss was reported", transform=upper.transAxes, ha="center", color=INK)
    if (has_heldout_S := np.isfinite(heldout_S)).any():
        line = upper.plot(
            words_S[has_heldout_S] / scale, heldout_S[has_heldout_S], "o-", color=COLORS[1], linewidth=1.3, markersize=4
        )
        upper.legend(line, ["held-out sentences"], frameon=False, fontsize=8, labelcolor=INK)
    lower.plot(words_S / scale, rate_S, color=INK, linewidth=1.3)
    if np.isfinite(rate_S).any():
        lower.set_ylim(0, np.nanmax(rate_S) * 1.15 or 1)
    for axes, label in ((upper, "loss (nats per pair)"), (lower, "learning rate")):
        frame(axes)
        axes.set_ylabel(label, color=INK, fontsize=9)
    upper.ticklabel_format(axis="y", useOffset=False)
    lower.set_xlabel(unit, color=INK, fontsize=9)
    lower.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    figure.align_ylabels()
    return save(figure, path)


def _mark_epochs(upper: Axes, lower: Axes, epoch_S: np.ndarray, x_S: np.ndarray) -> None:
    """A line where an epoch ends, and the numbers of epochs above, of at most a dozen; nothing in the first one."""
    whole_S = np.floor(epoch_S)
    ends = [at for at in range(len(whole_S) - 1) if whole_S[at + 1] > whole_S[at]]
    if not ends:
        return
    every = -(-len(ends) // 12)
    for at in ends:
        for axes in (upper, lower):
            axes.axvline(x_S[at], color=FAINT, linewidth=0.6, alpha=0.6, zorder=0)
    for at in ends[every - 1 :: every]:
        place = (x_S[at], 1.0)
        upper.annotate(f"{whole_S[at + 1]:.0f}", place, (3, 3), fontsize=7.5, color="#777777", **_ABOVE)
    upper.annotate(f"epoch {whole_S[ends[0]]:.0f}", (x_S[0], 1.0), (0, 3), fontsize=7.5, color="#777777", **_ABOVE)


def projection(
    table: Any,
    path: str | os.PathLike,
    kind: str = "tsne",
    words: int = 250,
    skip: int = 50,
    say: Callable[[str], None] = lambda line: None,
) -> Path:
    """Saves a PNG of `word_map`; returns its path.

    Args:
      table, kind, words, skip, say: of `word_map`.
      path: the file; the same table gives the same bytes (with one version of the libraries).

    Raises:
      InputError: fewer than five words to show, or the file cannot be written.
    """
    try:
        figure = word_map(table, words, skip, kind=kind, say=say)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return save(figure, path)


def word_map(
    table: Any,
    words: int = 250,
    skip: int = 50,
    *,
    kind: str = "tsne",
    width: float = 11.0,
    height: float = 8.5,
    dpi: int = 150,
    say: Callable[[str], None] = lambda line: None,
) -> Figure:
    """A map of frequent words: words are near one another where their vectors are.

    t-SNE (van der Maaten and Hinton 2008) by cosine, started from the two principal components, or these themselves;
    colors are ten Ward clusters of the vectors, independent of the map. Words whose label would cover another one are
    dots.

    Args:
      table: with `words`, V of them, most frequent first, and `vectors_VD`, [V, D] float32.
      words: how many; fewer where the table has fewer.
      skip: so many of the most frequent words (function words) are left out, fewer where the table is small; </s> and
        single letters always are, and words that no installed font can show if there are five others.
      kind: "tsne" or "pca".
      width, height, dpi: of the figure, in inches and dots.
      say: takes a line for a person: how many words no installed font can show.

    Raises:
      InputError: fewer than five words to show.
    """
    trained_V = np.any(table.vectors_VD, axis=1)
    chosen = [row for row, word in enumerate(table.words) if word != "</s>" and len(word) > 1 and trained_V[row]]
    chosen, fonts = _drawable(table, chosen[: 10 * (words + skip)], say)
    first = max(0, min(skip, len(chosen) - words))
    chosen = chosen[first : first + words]
    if len(chosen) < 5:
        raise InputError(f"{len(chosen)} words are too few to draw; use a larger corpus or figures=false")
    vectors = np.asarray(table.vectors_VD, np.float64)[chosen]
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    place = layout.plane(unit, kind)
    cluster = scipy.cluster.hierarchy.fcluster(
        scipy.cluster.hierarchy.linkage(unit, "ward"), len(COLORS), criterion="maxclust"
    )
    colors = [COLORS[number - 1] for number in cluster]

    figure = Figure(figsize=(width, height), dpi=dpi)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.02, 0.02, 0.96, 0.96))
    axes.set_axis_off()
    axes.scatter(place[:, 0], place[:, 1], s=7, c=colors, linewidths=0)
    axes.margins(0.04)
    figure.draw_without_rendering()  # fixes the scale that labels are measured in
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", WARNINGS)  # as in save
        _label(axes, canvas, place, [table.words[row] for row in chosen], colors, fonts)
    return figure


def _drawable(table: Any, rows: list[int], say: Callable[[str], None]) -> tuple[list[int], Fonts]:
    """Those of the rows whose words can be drawn, or all if they are hardly any; and the fonts for them."""
    fonts = choose(table.words[row] for row in rows)
    able = [row for row in rows if fonts.has(table.words[row])]
    if len(able) < len(rows):
        shown = next(table.words[row] for row in rows if not fonts.has(table.words[row]))
        what = "left out" if len(able) >= 5 else "dots"
        say(
            f"projection: {len(rows) - len(able):,} of {len(rows):,} words are {what}, such as {shown}: no installed "
            "font has their characters; install one, such as Noto Sans of their script"
        )
    return (able if len(able) >= 5 else rows), fonts


def _label(
    axes: Axes, canvas: FigureCanvasAgg, place: np.ndarray, words: list[str], colors: list[str], fonts: Fonts
) -> None:
    """Writes each word beside its dot where it covers no other label, frequent words first; else leaves it out."""
    renderer = canvas.get_renderer()
    dots = axes.transData.transform(place)
    width, height = canvas.get_width_height()
    taken = np.empty((0, 4))
    sides = [("left", "center", 4, 0), ("right", "center", -4, 0), ("center", "bottom", 0, 3), ("center", "top", 0, -3)]
    sides += [
        (side, level, dx, dy) for side, dx in (("left", 3), ("right", -3)) for level, dy in (("bottom", 2), ("top", -2))
    ]
    for dot, at, word, color in zip(dots, place, words, colors):
        if not fonts.has(word):
            continue
        for side, level, dx, dy in sides:
            text = axes.annotate(
                word,
                at,
                (dx, dy),
                textcoords="offset points",
                ha=side,
                va=level,
                fontsize=7.5,
                fontfamily=fonts.families,
                color=color,
                parse_math=False,
            )
            box = text.get_window_extent(renderer)
            inside = box.x0 > 0 and box.y0 > 0 and box.x1 < width and box.y1 < height
            over = (taken[:, 0] < box.x1) & (taken[:, 2] > box.x0) & (taken[:, 1] < box.y1) & (taken[:, 3] > box.y0)
            hidden = (dots > (box.x0, box.y0)).all(1) & (dots < (box.x1, box.y1)).all(1) & (dots != dot).any(1)
            if inside and not over.any() and not hidden.any():
                taken = np.vstack([taken, box.extents])
                break
            text.remove()


def _smooth(y: np.ndarray) -> np.ndarray:
    """Mean over a window of a twentieth of the reports, narrower at both ends."""
    reach = max(1, len(y) // 40)
    total = np.concatenate([[0], np.cumsum(y)])
    low = np.maximum(np.arange(len(y)) - reach, 0)
    high = np.minimum(np.arange(len(y)) + reach + 1, len(y))
    return (total[high] - total[low]) / (high - low)


def frame(axes: Axes) -> None:
    """The style of all axes: two faint spines."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(which="both", colors=INK, labelsize=8, color=FAINT)


def save(figure: Figure, path: str | os.PathLike, format: str = "png") -> Path:
    """Saves a figure as "png" or "pdf", the same figure as the same bytes; returns the path.

    Raises:
      InputError: the file cannot be written.
    """
    path = Path(path)
    omitted = {"png": ("Software",), "pdf": ("Creator", "Producer", "CreationDate")}[format]  # versions and times
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", WARNINGS)  # characters that no font has show as boxes
            figure.savefig(path, format=format, metadata=dict.fromkeys(omitted))
    except OSError as error:
        raise InputError(f"{path}: cannot write ({error.strerror}); choose a folder with room to write in") from error
    return path


def quality_speed(points: Sequence[Mapping[str, Any]], path: str | os.PathLike) -> Path:
    """Saves a PNG of score against speed, a dot for each trial and a color for each program; returns its path.

    Args:
      points: "name"; "speed" in words a second; "score", the mean over test sets.
      path: the file.

    Raises:
      InputError: the file cannot be written.
    """
    figure = Figure(figsize=(7, 4.6), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    names = list(dict.fromkeys(point["name"] for point in points))
    for name, color in zip(names, itertools.cycle(COLORS)):
        mine = [point for point in points if point["name"] == name]
        x, y = [point["speed"] / 1e6 for point in mine], [point["score"] for point in mine]
        axes.plot(x, y, "o", color=color, markersize=5, alpha=0.75, markeredgewidth=0, label=name)
        axes.plot(np.median(x), np.mean(y), "+", color=color, markersize=12, markeredgewidth=1.8)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(lambda value, _: f"{value:g}")
    axes.set_xlabel("million words per second (+: median speed, mean score)", color=INK, fontsize=9)
    axes.set_ylabel("mean score", color=INK, fontsize=9)
    axes.legend(frameon=False, fontsize=8, labelcolor=INK)
    frame(axes)
    return save(figure, path)
