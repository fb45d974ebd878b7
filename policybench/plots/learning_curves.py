"""Learning curves: payoff over validation timesteps, as in figure 4 of Gasztowtt et al. (2024)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from policybench.metrics import TRAILING_STEPS
from policybench.plots.canvas import COLUMN, DrawnRun, legend, level, line_style, new_figure, panels, themed
from policybench.series import learning_curve
from policybench.summary import curves_of

EARLY = 0.2
"""The share of the budget that the close-up shows."""


def learning_curves(runs: Sequence[DrawnRun], theme: str) -> Figure:
    """A panel an environment and protocol, and above each a close-up of its early part.

    Lines are means over seeds of the mean payoff of the last ten steps, bands their 95% intervals, dashed lines
    at the right convergence payoffs.
    """
    grouped = panels(runs)
    figure = new_figure(COLUMN * len(grouped), 4.6, theme)
    with themed(theme):
        grid = figure.subplots(2, len(grouped), squeeze=False, height_ratios=(1, 1.35))
        for column, ((environment, protocol), members) in enumerate(grouped.items()):
            early, whole = grid[0, column], grid[1, column]
            end = max((_draw(axes, run) for run in members for axes in (early, whole)), default=1.0)
            reference = members[0].stored.manifest.reference
            for axes in (early, whole):
                if reference.floor is not None and reference.ceiling is not None:
                    level(axes, reference.floor, "random actions", theme)
                    level(axes, reference.ceiling, "best known action", theme)
                axes.xaxis.set_major_formatter(EngFormatter(sep=""))
            for run in members:
                _converged(whole, run, end)
            early.set_xlim(0, max(EARLY * end, 1e-9))
            whole.set_xlim(0, end)
            early.set_title(f"{environment}, protocol {protocol}")
            whole.set_xlabel("validation timesteps")
        grid[0, 0].set_ylabel("payoff, early part")
        grid[1, 0].set_ylabel(f"payoff, mean of {TRAILING_STEPS} steps")
        legend(figure, runs)
    return figure


def _draw(axes: Axes, run: DrawnRun) -> float:
    """Draw one run; returns its last timestep."""
    curve = learning_curve(run.stored)
    if curve is None:
        return 0.0
    axes.plot(curve.timesteps, curve.mean, linewidth=1.4, label=run.label, **line_style(run.style))
    if curve.low and curve.high:
        axes.fill_between(curve.timesteps, curve.low, curve.high, color=run.style.colour, alpha=0.18, linewidth=0)
    return curve.timesteps[-1]


def _converged(axes: Axes, run: DrawnRun, end: float) -> None:
    """A dashed line at the convergence payoff of a finished run."""
    curves = curves_of(run.stored)
    if run.stored.manifest.status != "finished":
        return
    payoff = float(np.mean([curve.convergence_payoff() for curve in curves]))
    axes.plot([0, end], [payoff, payoff], color=run.style.colour, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1)
