"""Payoff landscapes: a panel a dimension and a panel a pair of dimensions."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from policybench.arrays import Array, Floats
from policybench.landscape import Landscape
from policybench.plots.canvas import COLUMN, THEMES, new_figure, themed
from policybench.plots.dimensions import in_short_lines

_MAP = "viridis"

_DOTS, _LINE, _CROSS = 2.6, 2.7, 2.8
"""In which order marks are drawn, all above the axes, which lie on the bounds of actions."""


def landscape_slices(landscape: Landscape, theme: str) -> Figure:
    """Slices through the best action, for each context.

    On the diagonal, payoff over one dimension: every action as a dot, and of a grid the slice through the best
    action as a line. Below it, mean payoff over two dimensions as a colour: of a grid the slice through the best
    action, each place with the colour of the level that is nearest, else every random action as a dot. A cross
    marks the best action. Axes span the action space.
    """
    contexts, dims = list(landscape.payoffs), landscape.actions.shape[1]
    names = in_short_lines(landscape.manifest.dimensions)
    side = max(1.35, COLUMN / dims)
    figure = new_figure(side * dims + 0.6, (side * dims + 0.4) * len(contexts), theme)
    with themed(theme):
        parts = figure.subfigures(len(contexts), 1, squeeze=False)[:, 0]
        for part, context in zip(parts, contexts, strict=True):
            part.set_facecolor(THEMES[theme].paper)
            means, best = landscape.means(context), landscape.best(context)
            scale = Normalize(means.min(), means.max())
            grid = part.subplots(dims, dims, squeeze=False, sharex="col")
            for row in range(dims):
                for column in range(dims):
                    axes = grid[row, column]
                    if column > row:
                        axes.set_axis_off()
                    elif column == row:
                        _one(axes, landscape, means, best, row, theme)
                    else:
                        _two(axes, landscape, means, best, column, row, scale, theme)
                    if row == dims - 1:
                        axes.set_xlabel(names[column])
                    if column == 0 and row > 0:
                        axes.set_ylabel(names[row])
            for dim, bounds in enumerate(zip(landscape.manifest.low, landscape.manifest.high, strict=True)):
                grid[0, dim].set_xlim(bounds)  # of the whole column
                for axes in grid[dim, :dim]:
                    axes.set_ylim(bounds)
            grid[0, 0].set_ylabel("payoff")
            title = landscape.manifest.environment.variant + (f", context {context}" if context else "")
            part.suptitle(title, fontsize=8.5)
            if dims > 1:
                part.colorbar(ScalarMappable(scale, _MAP), ax=list(grid.flat), label="mean payoff", fraction=0.06)
        handles, labels = grid[0, 0].get_legend_handles_labels()
        parts[-1].legend(handles, labels, loc="outside lower center", ncols=len(handles))
    return figure


def _through_best(landscape: Landscape, best: Floats, free: tuple[int, ...]) -> Array:
    """Which actions equal the best one in all dimensions but the free ones, [n_actions]."""
    fixed = [dim for dim in range(len(best)) if dim not in free]
    equal: Array = np.all(np.isclose(landscape.actions[:, fixed], best[fixed]), axis=1)
    return equal


def _one(axes: Axes, landscape: Landscape, means: Floats, best: Floats, dim: int, theme: str) -> None:
    x = landscape.actions[:, dim]
    axes.scatter(
        x,
        means,
        s=3,
        color=THEMES[theme].faint,
        alpha=0.8,
        linewidth=0,
        clip_on=False,
        zorder=_DOTS,
        label="each action",
    )
    if landscape.manifest.levels is not None:
        slice_ = np.flatnonzero(_through_best(landscape, best, (dim,)))
        order = slice_[np.argsort(x[slice_])]
        axes.plot(
            x[order],
            means[order],
            color="#0072b2",
            linewidth=1.3,
            clip_on=False,
            zorder=_LINE,
            label="slice through the best",
        )
    _mark(axes, best[dim], means.max())


def _two(
    axes: Axes,
    landscape: Landscape,
    means: Floats,
    best: Floats,
    across: int,
    up: int,
    scale: Normalize,
    theme: str,
) -> None:
    x, y = landscape.actions[:, across], landscape.actions[:, up]
    if landscape.manifest.levels is not None:
        shown = _through_best(landscape, best, (across, up))
        columns, rows = np.unique(x[shown]), np.unique(y[shown])
        table = np.full((len(rows), len(columns)), np.nan)
        table[np.searchsorted(rows, y[shown]), np.searchsorted(columns, x[shown])] = means[shown]
        axes.pcolormesh(columns, rows, table, cmap=_MAP, norm=scale, shading="nearest")
    else:
        order = np.argsort(means)  # the best ones on top
        dots = axes.scatter(
            x[order],
            y[order],
            c=means[order],
            cmap=_MAP,
            norm=scale,
            s=11,
            linewidth=0.3,
            clip_on=False,
            zorder=_DOTS,
        )
        dots.set_edgecolor(THEMES[theme].faint)
    _mark(axes, best[across], best[up])


def _mark(axes: Axes, x: float, y: float) -> None:
    """A cross at the best action, whole even on an edge of the action space."""
    axes.plot(
        x,
        y,
        marker="x",
        color="#d5452b",
        markersize=5,
        linestyle="none",
        clip_on=False,
        zorder=_CROSS,
        label="best action",
    )
