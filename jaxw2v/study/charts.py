"""Charts of a group of runs for print: scores of all settings, against a number, and over two settings at a time."""

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from jaxw2v.study import marginals, statistics
from jaxw2v.study.analysis import intervals, is_grid
from jaxw2v.study.collection import Configuration, Group, rank, shortened, shown
from jaxw2v.study.figures import COLORS, FAINT, INK, LINE, frame, save
from jaxw2v.study.tables import Choices, name_of, scored

FORMATS = ("png", "pdf")
_ROWS = 60  # settings in one chart; of more, the best
_LINES = 8  # lines in one panel; a setting with more values is averaged over
_PANELS = 4
_LOG_FROM = 8  # the largest value of a setting over the smallest


def draw(group: Group, scores: Sequence[str], folder: Path, prefix: str, choices: Choices) -> list[Path]:
    """Every chart that the runs allow, as PNG and PDF in `folder`, the same runs as the same bytes; their paths.

    Names: PREFIX "settings", "against-SETTING" and "map", each with the score. A score that no run has gets none.

    Raises:
      InputError: a file cannot be written.
    """
    made = []
    short = shortened(group.varied)
    for score in scores:
        if not any(scored(setting, score) for setting in group.settings):
            continue
        found = [("settings", settings_chart(group, score, choices))]
        for name in group.varied:
            if _is_numeric(group, name):
                found.append((f"against-{short[name]}", curve(group, name, score, choices)))
        if is_grid(group) and len(group.varied) > 1:
            found.append(("map", maps(group, score)))
        for kind, figure in found:
            stem = f"{prefix}{kind}-{score}".replace("/", "_")
            made += [save(figure, folder / f"{stem}.{format}", format) for format in FORMATS]
    return made


def settings_chart(group: Group, score: str, choices: Choices) -> Figure:
    """A row for each setting: a dot for each seed, the mean and its interval."""
    lines = list(zip(group.settings, intervals(group, score, choices)))
    lines = [line for line in lines if line[1].mean is not None]
    best = sorted(range(len(lines)), key=lambda at: -lines[at][1].mean)[:_ROWS]
    some = [lines[at] for at in sorted(best)]
    figure, axes = _figure(7, 1.1 + 0.24 * len(some))
    for row, (setting, found) in enumerate(some):
        values = list(scored(setting, score).values())
        axes.plot(values, [row] * len(values), "o", color=LINE, alpha=0.35, markersize=4, markeredgewidth=0)
        axes.plot([found.mean], [row], "|", color=INK, markersize=9, markeredgewidth=1.6)
        if found.low is not None:
            axes.plot([found.low, found.high], [row, row], color=INK, linewidth=1.2)
    axes.set_yticks(range(len(some)), [name_of(group, setting) for setting, _ in some], parse_math=False)
    axes.set_ylim(len(some) - 0.4, -0.6)
    axes.grid(axis="y", color=FAINT, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.set_xlabel(score, color=INK, parse_math=False)
    more = f"; the best {_ROWS} of {len(lines)}" if len(lines) > _ROWS else ""
    axes.set_title(f"dots: seeds; line: mean and {choices.confidence:.0%} interval{more}", fontsize=8, color="#888888")
    frame(axes)
    return figure


def curve(group: Group, name: str, score: str, choices: Choices) -> Figure:
    """Score against a numeric setting, with a band over seeds: a line for each value of one other setting, a panel for
    each of another one, the mean over further ones. Where the runs are no full grid, those that differ in it alone.
    """
    at = group.varied.index(name)
    others = [place for place in range(len(group.varied)) if place != at]
    note, settings, lines, panels = "", group.settings, None, None
    if is_grid(group):
        by_size = [place for place in others if 1 < len(_values(settings, place)) <= _LINES]
        lines = by_size[0] if by_size else None
        panels = by_size[1] if len(by_size) > 1 and len(_values(settings, by_size[1])) <= _PANELS else None
        averaged = [group.varied[place] for place in others if place not in (lines, panels)]
        note = f"mean over {', '.join(averaged)}" if averaged else ""
    else:
        held: dict[tuple[str, ...], list[Configuration]] = {}
        for setting in settings:
            held.setdefault(tuple(shown(setting.values[place]) for place in others), []).append(setting)
        fixed, settings = max(held.items(), key=lambda item: len(item[1]))
        short = shortened(group.varied)
        note = ", ".join(f"{short[group.varied[place]]} {value}" for place, value in zip(others, fixed))
    split = [None] if panels is None else _values(settings, panels)
    figure = Figure(figsize=(5.2 + 2.9 * (len(split) - 1), 3.9), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    short = shortened(group.varied)
    for axes, panel in zip(figure.subplots(1, len(split), sharey=True, squeeze=False)[0], split):
        inside = [setting for setting in settings if panel is None or _same(setting.values[panels], panel)]
        for hue, color in zip([None] if lines is None else _values(inside, lines), itertools.cycle(COLORS)):
            mine = [setting for setting in inside if hue is None or _same(setting.values[lines], hue)]
            _line(axes, mine, at, score, choices, color, None if hue is None else shown(hue))
        title = note if panel is None else f"{short[group.varied[panels]]} {shown(panel)}"
        axes.set_title(title, fontsize=8.5, color=INK, parse_math=False)
        _scale(axes, [setting.values[at] for setting in settings])
        axes.set_xlabel(short[name], color=INK, parse_math=False)
        frame(axes)
    figure.axes[0].set_ylabel(score, color=INK, parse_math=False)
    if panels is not None and note:
        figure.suptitle(note, fontsize=8.5, color=INK, parse_math=False)
    if lines is not None:
        title = short[group.varied[lines]]
        figure.axes[-1].legend(title=title, frameon=False, fontsize=8, title_fontsize=8)
    return figure


def _line(
    axes: Axes, settings: Sequence[Configuration], at: int, score: str, choices: Choices, color: str, label
) -> None:
    """The mean of the seeds at each value; a seed's value is its mean over the settings with this value."""
    levels, found = [], []
    for value in _values(settings, at):
        own = [setting for setting in settings if _same(setting.values[at], value)]
        if means := list(marginals.by_seed(own, f"scores.{score}").values()):
            axes.plot([value] * len(means), means, "o", color=color, alpha=0.35, markersize=3.5, markeredgewidth=0)
            levels.append(value)
            found.append(statistics.interval(means, choices.confidence))
    axes.plot(levels, [each.mean for each in found], "-o", color=color, markersize=4, linewidth=1.6, label=label)
    low, high = ([np.nan if end is None else end for end in ends] for ends in zip(*((f.low, f.high) for f in found)))
    axes.fill_between(levels, low, high, color=color, alpha=0.13, linewidth=0)


def maps(group: Group, score: str) -> Figure:
    """A panel for each two settings: the mean score over seeds and all other settings."""
    pairs = list(itertools.combinations(range(len(group.varied)), 2))
    short = shortened(group.varied)
    wide = min(3, len(pairs))
    deep = math.ceil(len(pairs) / wide)
    most_rows = max(len(_values(group.settings, down)) for down, _ in pairs)
    most_columns = max(len(_values(group.settings, across)) for _, across in pairs)
    size = (wide * (1.2 + 0.62 * max(3, most_columns)) + 0.9, deep * (1.0 + 0.42 * max(3, most_rows)))
    figure = Figure(figsize=size, dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    grids = []
    for down, across in pairs:
        rows, columns = _values(group.settings, down), _values(group.settings, across)
        cells = [[_mean(group, score, {down: row, across: column}) for column in columns] for row in rows]
        grids.append((down, across, rows, columns, np.array(cells, np.float64)))
    low = min(np.nanmin(cells) for *_, cells in grids)
    high = max(np.nanmax(cells) for *_, cells in grids)
    panels = figure.subplots(deep, wide, squeeze=False).ravel()
    for axes in panels[len(grids) :]:
        axes.set_axis_off()
    for axes, (down, across, rows, columns, cells) in zip(panels, grids):
        image = axes.imshow(cells, cmap="Blues", vmin=low, vmax=high, aspect="auto")
        for (row, column), value in np.ndenumerate(cells):
            dark = high > low and (value - low) / (high - low) > 0.55
            axes.text(column, row, f"{value:.3f}", ha="center", va="center", fontsize=8, color="white" if dark else INK)
        axes.set_xticks(range(len(columns)), [shown(value) for value in columns], parse_math=False)
        axes.set_yticks(range(len(rows)), [shown(value) for value in rows], parse_math=False)
        axes.set_xlabel(short[group.varied[across]], color=INK, parse_math=False)
        axes.set_ylabel(short[group.varied[down]], color=INK, parse_math=False)
        frame(axes)
        axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=list(panels), shrink=0.9)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=8, colors=INK, color=FAINT)
    figure.suptitle(f"{score}, mean over seeds and all other settings", fontsize=9, color=INK, parse_math=False)
    return figure


def _mean(group: Group, score: str, fixed: dict[int, Any]) -> float:
    inside = [s for s in group.settings if all(_same(s.values[place], value) for place, value in fixed.items())]
    means = [np.mean(list(scored(setting, score).values())) for setting in inside if scored(setting, score)]
    return float(np.mean(means)) if means else float("nan")


def _is_numeric(group: Group, name: str) -> bool:
    at = group.varied.index(name)
    return all(isinstance(s.values[at], int | float) and not isinstance(s.values[at], bool) for s in group.settings)


def _values(settings: Sequence[Configuration], at: int) -> list[Any]:
    """The values of the setting at this place, each once, in order."""
    return sorted({shown(setting.values[at]): setting.values[at] for setting in settings}.values(), key=rank)


def _same(one: Any, other: Any) -> bool:
    return shown(one) == shown(other)


def _scale(axes: Axes, values: Sequence[float]) -> None:
    levels = sorted(set(values))
    if levels[0] > 0 and levels[-1] / levels[0] >= _LOG_FROM:
        axes.set_xscale("log")
    if len(levels) <= 10:
        axes.set_xticks(levels, [shown(level) for level in levels])
        axes.minorticks_off()


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots()
