"""Actions over principal steps, a panel a dimension, as in figure 5 of Gasztowtt et al. (2024)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from policybench.arrays import Floats
from policybench.errors import InputError
from policybench.plots.canvas import COLUMN, DrawnRun, legend, line_style, new_figure, panel_title, panels, themed
from policybench.plots.dimensions import dimension_names
from policybench.plots.series import action_series
from policybench.relabelling.runs import plain_run

WINDOW = 10


def actions_over_time(runs: Sequence[DrawnRun], theme: str) -> Figure:
    """What was set, mean of up to ten points: the mean over seeds, and a band from their first to third quartile.

    A point is a step, or the mean of several where there are more than a picture can show. Where there are
    contexts, each has a row of panels of its own. Relabelled actions are drawn as the environment met them.
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
    with themed(theme), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # steps in which no seed met the context
        grid = figure.subplots(len(contexts), dims, squeeze=False, sharex=True, sharey=True)
        for run in runs:
            for part in series[run.label]:
                for dim in range(dims):
                    axes, values = grid[contexts.index(part.context), dim], _smooth(part.values[:, :, dim])
                    low, high = np.nanquantile(values, (0.25, 0.75), axis=0)
                    axes.plot(part.steps, np.nanmean(values, axis=0), linewidth=1.2, **line_style(run.style))
                    axes.fill_between(part.steps, low, high, color=run.style.colour, alpha=0.15, linewidth=0)
        for dim, name in enumerate(dimension_names(runs[0].stored.manifest.environment, dims)):
            grid[0, dim].set_title(name)
            grid[-1, dim].set_xlabel("principal step")
            grid[-1, dim].xaxis.set_major_locator(MaxNLocator("auto", integer=True))
        for row, context in enumerate(contexts):
            grid[row, 0].set_ylabel(f"context {context}" if context else f"mean of {WINDOW} steps")
        figure.suptitle(panel_title(environment, protocol), fontsize=8.5)
        legend(figure, runs)
    return figure


def _smooth(values: Floats) -> Floats:
    """Mean of each point and those up to ``WINDOW`` before it, [n_seeds, n_points]; gaps are left out of it."""
    padded = np.pad(values, ((0, 0), (WINDOW - 1, 0)), constant_values=np.nan)
    smooth: Floats = np.nanmean(np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=1), axis=2)
    return smooth
