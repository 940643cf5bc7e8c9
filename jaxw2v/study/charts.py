"""Charts of a group of runs for print: scores of all configurations, against one setting, and over two settings."""

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jaxw2v.study import fonts, marginals, statistics, wording
from jaxw2v.study.analysis import intervals, is_grid
from jaxw2v.study.collection import Configuration, Group, rank, shortened, shown
from jaxw2v.study.colors import COLORS, FAINT, INK, LINE
from jaxw2v.study.figures import frame, save
from jaxw2v.study.tables import Choices, name_of, scored

FORMATS = ("png", "pdf")
_ROWS = 60  # configurations in one chart; of more, the best
_LINES = 8  # in one panel; a setting with more values is averaged over
_PANELS = 4
_APART = 0.012  # of an axis, between the bars of two lines at one value
_LOG_FROM = 8  # largest value of a setting over its smallest from which its axis is logarithmic


class _Split(NamedTuple):
    """Which configurations a curve shows, and what its lines and panels are.

    Attributes:
      configurations: those drawn.
      lines, panels: place in `Group.varied` of the setting with a line, or a panel, for each value; None: there is one.
      note: which settings are averaged over, or held at which values.
    """

    configurations: Sequence[Configuration]
    lines: int | None
    panels: int | None
    note: str


def draw(group: Group, scores: Sequence[str], folder: Path, prefix: str, choices: Choices) -> list[Path]:
    """Saves every chart that the runs allow as PNG and PDF in `folder`, the same runs as the same bytes; the paths.

    Names: PREFIX "configurations", "against-SETTING" and "map", each with the score. A score that no run has gets none.

    Raises:
      InputError: a file cannot be written.
    """
    texts = [
        *map(wording.of_score, scores),
        *group.varied,
        *(shown(value) for each in group.configurations for value in each.values),
    ]
    with matplotlib.rc_context({"font.family": fonts.choose(texts).families}):
        return _draw(group, scores, folder, prefix, choices)


def _draw(group: Group, scores: Sequence[str], folder: Path, prefix: str, choices: Choices) -> list[Path]:
    made = []
    short = shortened(group.varied)
    for score in scores:
        if not any(scored(configuration, score) for configuration in group.configurations):
            continue
        found = [("configurations", configurations_chart(group, score, choices))]
        for name in group.varied:
            if _is_numeric(group, name):
                found.append((f"against-{short[name]}", curve_chart(group, name, score, choices)))
        if is_grid(group) and len(group.varied) > 1:
            found.append(("map", map_chart(group, score)))
        for kind, figure in found:
            stem = f"{prefix}{kind}-{score}".replace("/", "_")
            made += [save(figure, folder / f"{stem}.{format}", format) for format in FORMATS]
    return made


def configurations_chart(group: Group, score: str, choices: Choices) -> Figure:
    """A row for each configuration: a dot for each seed, the mean and its interval."""
    rows = [
        (configuration, found, found.mean)
        for configuration, found in zip(group.configurations, intervals(group, score, choices))
        if found.mean is not None
    ]
    best = sorted(range(len(rows)), key=lambda at: -rows[at][2])[:_ROWS]
    some = [rows[at] for at in sorted(best)]
    figure = _figure(7, 1.1 + 0.24 * len(some))
    axes = figure.subplots()
    for row, (configuration, found, mean) in enumerate(some):
        values = list(scored(configuration, score).values())
        axes.plot(values, [row] * len(values), "o", color=LINE, alpha=0.35, markersize=4, markeredgewidth=0)
        axes.plot([mean], [row], "|", color=INK, markersize=9, markeredgewidth=1.6)
        if found.low is not None and found.high is not None:
            axes.plot([found.low, found.high], [row, row], color=INK, linewidth=1.2)
    names = [name_of(group, configuration) for configuration, *_ in some]
    axes.set_yticks(range(len(some)), names, parse_math=False)
    axes.set_ylim(len(some) - 0.4, -0.6)
    axes.grid(axis="y", color=FAINT, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.set_xlabel(wording.of_score(score), color=INK, parse_math=False)
    more = f"; the best {_ROWS} of {len(rows)}" if len(rows) > _ROWS else ""
    axes.set_title(f"dots: seeds; line: mean and {choices.confidence:.0%} interval{more}", fontsize=8, color="#888888")
    frame(axes)
    return figure


def curve_chart(group: Group, name: str, score: str, choices: Choices) -> Figure:
    """Score against a numeric setting: a line for each value of one other setting, a panel for each of another one, the
    mean over further ones. Where the runs are no full grid, those that differ in it alone.

    The intervals of one line are a band; of several, bars side by side, since bands would cover one another.
    """
    at, short = group.varied.index(name), _short(group)
    shows = _split(group, at)
    titles = [None] if shows.panels is None else _values(shows.configurations, shows.panels)
    levels = sorted({configuration.values[at] for configuration in shows.configurations})
    figure = _figure(5.8 + 2.9 * (len(titles) - 1), 3.9)
    for axes, panel in zip(figure.subplots(1, len(titles), sharey=True, squeeze=False)[0], titles):
        inside = _with_value(shows.configurations, shows.panels, panel)
        hues = [None] if shows.lines is None else _values(inside, shows.lines)
        for number, (hue, color) in enumerate(zip(hues, itertools.cycle(COLORS))):
            where = dict(zip(levels, _apart(levels, number, len(hues))))
            found = _means(_with_value(inside, shows.lines, hue), at, score)
            moved = {where[value]: of_seeds for value, of_seeds in found.items()}
            line = _line(axes, moved, choices.confidence, color, band=len(hues) == 1)
            line.set_label("" if shows.lines is None else shown(hue))
        title = shows.note if shows.panels is None else f"{short[group.varied[shows.panels]]} {shown(panel)}"
        axes.set_title(title, fontsize=8.5, color=INK, parse_math=False)
        _scale(axes, levels)
        axes.set_xlabel(wording.of_axis(name, short[name]), color=INK, parse_math=False)
        frame(axes)
    figure.axes[0].set_ylabel(wording.of_score(score), color=INK, parse_math=False)
    if shows.panels is not None and shows.note:
        figure.suptitle(shows.note, fontsize=8.5, color=INK, parse_math=False)
    if shows.lines is not None:
        _legend(figure, short[group.varied[shows.lines]])
    return figure


def _legend(figure: Figure, title: str) -> None:
    """Right of the panels, where it covers nothing."""
    lines = [line for line in figure.axes[-1].get_lines() if line.get_linestyle() != "None"]  # the others are dots
    labels = [str(line.get_label()) for line in lines]  # given, as those that begin with _ would be left out
    style = {"frameon": False, "fontsize": 8, "title_fontsize": 8, "labelcolor": INK}
    legend = figure.legend(lines, labels, loc="outside right upper", title=title, **style)
    for text in [legend.get_title(), *legend.get_texts()]:
        text.set_parse_math(False)
        text.set_color(INK)


def _split(group: Group, at: int) -> _Split:
    """How the curve against the setting at this place is split."""
    others = [place for place in range(len(group.varied)) if place != at]
    if is_grid(group):
        count = {place: len(_values(group.configurations, place)) for place in others}
        lines, panels, *_ = [*(place for place in others if 1 < count[place] <= _LINES), None, None]
        panels = None if panels is None or count[panels] > _PANELS else panels
        averaged = [_short(group)[group.varied[place]] for place in others if place not in (lines, panels)]
        return _Split(group.configurations, lines, panels, f"mean over {', '.join(averaged)}" if averaged else "")
    alike: dict[tuple[str, ...], list[Configuration]] = {}
    for configuration in group.configurations:
        alike.setdefault(tuple(shown(configuration.values[place]) for place in others), []).append(configuration)
    fixed, most = max(alike.items(), key=lambda item: len(item[1]))
    short = _short(group)
    note = ", ".join(f"{short[group.varied[place]]} {value}" for place, value in zip(others, fixed))
    return _Split(most, None, None, note)


def _means(configurations: Sequence[Configuration], at: int, score: str) -> dict[Any, list[float]]:
    """For each value of the setting at this place, each seed's mean over the configurations with this value."""
    found = {}
    for value in _values(configurations, at):
        if means := list(marginals.by_seed(_with_value(configurations, at, value), f"scores.{score}").values()):
            found[value] = means
    return found


def _line(axes: Axes, means: dict[float, list[float]], confidence: float, color: str, band: bool) -> Line2D:
    """A dot for each seed, a line through the means over seeds, and their intervals: a band, or bars."""
    for place, of_seeds in means.items():
        axes.plot([place] * len(of_seeds), of_seeds, "o", color=color, alpha=0.3, markersize=3, markeredgewidth=0)
    places, found = list(means), [statistics.interval(of_seeds, confidence) for of_seeds in means.values()]
    mean, low, high = np.array([(each.mean, each.low, each.high) for each in found], np.float64).reshape(-1, 3).T
    if band:
        axes.fill_between(places, low, high, color=color, alpha=0.13, linewidth=0)
    else:
        axes.vlines(places, low, high, color=color, alpha=0.55, linewidth=1.2)
    return axes.plot(places, mean, "-o", color=color, markersize=4, linewidth=1.6)[0]


def _apart(levels: Sequence[float], number: int, lines: int) -> list[float]:
    """Where line `number` of `lines` has the levels: a little beside them, so that its bars cover no other ones."""
    shift = (number - (lines - 1) / 2) * _APART
    if _is_logarithmic(levels):
        return [level * (levels[-1] / levels[0]) ** shift for level in levels]
    return [level + shift * (levels[-1] - levels[0]) for level in levels]


def map_chart(group: Group, score: str) -> Figure:
    """A panel for each two settings: the mean score over seeds and all other settings."""
    pairs = list(itertools.combinations(range(len(group.varied)), 2))
    count = [len(_values(group.configurations, at)) for at in range(len(group.varied))]
    wide = min(3, len(pairs))
    deep = math.ceil(len(pairs) / wide)
    most_rows, most_columns = max(count[down] for down, _ in pairs), max(count[across] for _, across in pairs)
    figure = _figure(wide * (1.2 + 0.62 * max(3, most_columns)) + 0.9, deep * (1.0 + 0.42 * max(3, most_rows)))
    grids = [_cells(group, score, down, across) for down, across in pairs]
    low, high = min(np.nanmin(cells) for cells in grids), max(np.nanmax(cells) for cells in grids)
    panels = figure.subplots(deep, wide, squeeze=False).ravel()
    for axes in panels[len(grids) :]:
        axes.set_axis_off()
    for axes, (down, across), cells in zip(panels, pairs, grids):
        image = axes.imshow(cells, cmap="Blues", vmin=low, vmax=high, aspect="auto")
        _write_cells(axes, cells, low, high)
        _name_cells(axes, group, down, across)
    bar = figure.colorbar(image, ax=list(panels), shrink=0.9)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=8, colors=INK, color=FAINT)
    figure.suptitle(
        f"{wording.of_score(score)}, mean over seeds and all other settings", fontsize=9, color=INK, parse_math=False
    )
    return figure


def _cells(group: Group, score: str, down: int, across: int) -> np.ndarray:
    """The mean score for each value of two settings; NaN: there is none."""
    rows, columns = _values(group.configurations, down), _values(group.configurations, across)
    cells = np.full((len(rows), len(columns)), np.nan)
    for (i, row), (j, column) in itertools.product(enumerate(rows), enumerate(columns)):
        inside = _with_value(_with_value(group.configurations, down, row), across, column)
        means = [np.mean(list(scored(each, score).values())) for each in inside if scored(each, score)]
        if means:
            cells[i, j] = np.mean(means)
    return cells


def _write_cells(axes: Axes, cells: np.ndarray, low: float, high: float) -> None:
    for (row, column), value in np.ndenumerate(cells):
        dark = high > low and (value - low) / (high - low) > 0.55
        axes.text(column, row, f"{value:.3f}", ha="center", va="center", fontsize=8, color="white" if dark else INK)


def _name_cells(axes: Axes, group: Group, down: int, across: int) -> None:
    short = _short(group)
    columns, rows = ([shown(value) for value in _values(group.configurations, at)] for at in (across, down))
    axes.set_xticks(range(len(columns)), columns, parse_math=False)
    axes.set_yticks(range(len(rows)), rows, parse_math=False)
    axes.set_xlabel(short[group.varied[across]], color=INK, parse_math=False)
    axes.set_ylabel(short[group.varied[down]], color=INK, parse_math=False)
    frame(axes)
    axes.spines[:].set_visible(False)


def _is_numeric(group: Group, name: str) -> bool:
    at = group.varied.index(name)
    values = [configuration.values[at] for configuration in group.configurations]
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _values(configurations: Sequence[Configuration], at: int) -> list[Any]:
    """The values of the setting at this place, each once, in order."""
    return sorted({shown(each.values[at]): each.values[at] for each in configurations}.values(), key=rank)


def _with_value(configurations: Sequence[Configuration], at: int | None, value: Any) -> Sequence[Configuration]:
    """Those with this value of the setting at this place; all where there is no place."""
    if at is None:
        return configurations
    return [each for each in configurations if shown(each.values[at]) == shown(value)]


def _scale(axes: Axes, levels: Sequence[float]) -> None:
    if _is_logarithmic(levels):
        axes.set_xscale("log")
    if len(levels) <= 10:
        axes.set_xticks(levels, [shown(level) for level in levels])
        axes.minorticks_off()


def _is_logarithmic(levels: Sequence[float]) -> bool:
    """Whether an axis with these levels, smallest first, is."""
    return levels[0] > 0 and levels[-1] / levels[0] >= _LOG_FROM


def _short(group: Group) -> dict[str, str]:
    """The names of the settings that vary, as a reader wants them."""
    return {name: wording.of_setting(short) for name, short in shortened(group.varied).items()}


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    return figure
