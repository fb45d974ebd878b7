"""Learning curves: payoff over validation timesteps, as in figure 4 of Gasztowtt et al. (2024)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from policybench.errors import InputError
from policybench.metrics import TRAILING_STEPS
from policybench.plots.canvas import (
    COLUMN,
    DrawnRun,
    legend,
    level,
    line_style,
    new_figure,
    panel_title,
    panels,
    shortened,
    themed,
)
from policybench.series import learning_curve
from policybench.summary import curves_of

EARLY = 0.2
"""The share of the budget that the close-up shows."""


def learning_curves(runs: Sequence[DrawnRun], theme: str) -> Figure:
    """A panel an environment and protocol, and above each a close-up of its early part.

    Lines are means over seeds of the mean payoff of the last ten steps, bands their 95% intervals, dashed lines
    at the right convergence payoffs. An oracle is a dashed line at its mean payoff, with its name.

    Raises:
        InputError: no run has done a step.
    """
    if not any(run.stored.steps for run in runs):
        raise InputError(f"{runs[0].stored.path}: no step is done yet")
    grouped = panels(runs)
    figure = new_figure(COLUMN * len(grouped), 4.6, theme)
    with themed(theme):
        grid = figure.subplots(2, len(grouped), squeeze=False, height_ratios=(1, 1.35))
        for column, ((environment, protocol), members) in enumerate(grouped.items()):
            early, whole = grid[0, column], grid[1, column]
            competitors = [run for run in members if not run.oracle]
            end = max(_last_timestep(run) for run in members)
            for run in competitors:
                _draw(whole, run)
                _draw(early, run, EARLY * end)
            reference = members[0].stored.manifest.reference
            for axes in (early, whole):
                if reference.floor is not None and reference.ceiling is not None:
                    level(axes, reference.floor, "random actions", theme)
                    level(axes, reference.ceiling, "best known action", theme)
                for run in members:
                    if run.oracle:
                        mean = float(np.mean([row.payoff for row in run.stored.steps]))
                        level(
                            axes,
                            mean,
                            f"oracle: {shortened(run.stored.manifest.principal.name, 30)}",
                            theme,
                            oracle=True,
                        )
                axes.xaxis.set_major_formatter(EngFormatter(sep=""))
            for run in competitors:
                _converged(whole, run, end)
            early.set_xlim(0, max(EARLY * end, 1e-9))
            whole.set_xlim(0, end)
            early.set_title(panel_title(environment, protocol))
            whole.set_xlabel("validation timesteps")
        grid[0, 0].set_ylabel("payoff, early part")
        grid[1, 0].set_ylabel(f"payoff, mean of last {TRAILING_STEPS} steps")
        legend(figure, [run for run in runs if not run.oracle])
    return figure


def _last_timestep(run: DrawnRun) -> float:
    """Validation timesteps that a seed has spent, mean over seeds; 0 before the first step."""
    curves = curves_of(run.stored)
    return float(np.mean([curve.spent[-1] for curve in curves])) if curves[0].n_steps else 0.0


def _draw(axes: Axes, run: DrawnRun, until: float = math.inf) -> None:
    """Draw one run, or its points up to a timestep."""
    curve = learning_curve(run.stored, until)
    if curve is None:
        return
    axes.plot(curve.timesteps, curve.mean, linewidth=1.4, label=run.label, **line_style(run.style))
    if curve.low and curve.high:
        axes.fill_between(curve.timesteps, curve.low, curve.high, color=run.style.colour, alpha=0.18, linewidth=0)


def _converged(axes: Axes, run: DrawnRun, end: float) -> None:
    """A dashed line at the convergence payoff of a finished run."""
    curves = curves_of(run.stored)
    if run.stored.manifest.status != "finished":
        return
    payoff = float(np.mean([curve.convergence_payoff() for curve in curves]))
    axes.plot([0, end], [payoff, payoff], color=run.style.colour, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1)
