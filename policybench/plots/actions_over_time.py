"""Actions over principal steps, a panel a dimension, as in figure 5 of Gasztowtt et al. (2024)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator

from policybench.analysis.statistics import interval_widths
from policybench.arrays import Floats
from policybench.errors import InputError
from policybench.plots.canvas import COLUMN, DrawnRun, legend, line_style, new_figure, panel_title, panels, themed
from policybench.plots.dimensions import dimension_names
from policybench.plots.series import ActionSeries, action_series
from policybench.plots.wanted import EVERYTHING_RAN, Wanted
from policybench.relabelling.runs import plain_run

WINDOW = 10


def actions_over_time(runs: Sequence[DrawnRun], theme: str, wanted: Wanted = EVERYTHING_RAN) -> Figure:
    """What was set, mean of up to ten points: the mean over seeds, and its 95% interval, cut at what was ever set.

    A point is a step, or the mean of several where there are more than a picture can show. Where there are
    contexts, each has a row of panels of its own. Relabelled actions are drawn as the environment met them.

    Args:
        runs: of one environment under one protocol.
        theme: of ``policybench.plots.canvas.THEMES``.
        wanted: what is missing, which a line below says.

    Raises:
        InputError: the runs are of several environments or protocols, or no step is done.
    """
    grouped = panels(runs)
    if len(grouped) > 1:
        raise InputError(
            f"--kind actions: runs of {', '.join(' '.join(key) for key in grouped)}; give those of one"
        )
    [(environment, protocol)] = grouped
    series = {run.label: action_series(plain_run(run.stored)) for run in runs}
    contexts = sorted({part.context for parts in series.values() for part in parts})
    if not contexts:
        raise InputError("--kind actions: no step is done yet")
    dims = next(part.values.shape[2] for parts in series.values() for part in parts)
    figure = new_figure(COLUMN * min(1 + 0.35 * (dims - 1), 2.4), 1.2 + 1.5 * len(contexts), theme)
    with themed(theme):
        grid = figure.subplots(len(contexts), dims, squeeze=False, sharex=True, sharey=True)
        for run in runs:
            for part in series[run.label]:
                for dim in range(dims):
                    _draw(grid[contexts.index(part.context), dim], run, part, dim)
        for dim, name in enumerate(dimension_names(runs[0].stored.manifest.environment, dims)):
            grid[0, dim].set_title(name)
            grid[-1, dim].set_xlabel("principal step")
            grid[-1, dim].xaxis.set_major_locator(MaxNLocator("auto", integer=True))
            grid[-1, dim].xaxis.set_major_formatter(EngFormatter(sep=""))
        for row, context in enumerate(contexts):
            grid[row, 0].set_ylabel(f"context {context}" if context else f"mean of {WINDOW} steps")
        figure.suptitle(panel_title(environment, protocol), fontsize=8.5)
        if note := wanted.note():
            figure.supxlabel(note, fontsize=8)
        legend(figure, runs)
    return figure


def _draw(axes: Axes, run: DrawnRun, part: ActionSeries, dim: int) -> None:
    """Draw one dimension of what one run set in one context."""
    values = part.values[:, :, dim]
    smooth = _smooth(values)
    mean, width = _interval(smooth)
    axes.plot(part.steps, mean, linewidth=1.2, **line_style(run.style))
    if len(values) > 1:
        low = np.maximum(mean - width, np.nanmin(values))
        high = np.minimum(mean + width, np.nanmax(values))
        axes.fill_between(part.steps, low, high, color=run.style.colour, alpha=0.15, linewidth=0)


def _interval(values: Floats) -> tuple[Floats, Floats]:
    """Mean over seeds and half the width of its interval, [n_points] each, of [n_seeds, n_points].

    Seeds with a gap at a point do not count there; NaN where none is left.
    """
    mean, width = np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
    known = np.isfinite(values)
    for mask in np.unique(known, axis=1).T:
        points = (known == mask[:, None]).all(axis=0)
        if mask.any():
            some = values[mask][:, points]
            mean[points], width[points] = some.mean(axis=0), interval_widths(some.T)
    return mean, width


def _smooth(values: Floats) -> Floats:
    """Mean of each point and those up to ``WINDOW`` before it, [n_seeds, n_points]; gaps are left out of it."""
    padded = np.pad(values, ((0, 0), (WINDOW - 1, 0)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=1)
    known = np.isfinite(windows)
    total, count = np.where(known, windows, 0.0).sum(axis=2), known.sum(axis=2)
    smooth: Floats = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return smooth
