"""Learning curves: payoff over validation timesteps, as in figure 4 of Gasztowtt et al. (2024)."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from policybench.analysis.curves import curves_of
from policybench.analysis.metrics import TRAILING_STEPS, convergence_payoff
from policybench.errors import InputError
from policybench.plots.canvas import (
    COLUMN,
    DrawnRun,
    legend,
    level,
    line_style,
    new_figure,
    oracle_level,
    panel_title,
    panels,
    shortened,
    themed,
)
from policybench.plots.series import learning_curve

EARLY = 0.2
"""The share of the budget that the close-up shows."""


def learning_curves(runs: Sequence[DrawnRun], theme: str) -> Figure:
    """One panel per environment and protocol, and above it a close-up of its early part if that holds two points.

    Lines are means over seeds of the mean payoff of the last ten steps, bands their 95% intervals, triangles
    beside the panel convergence payoffs. An oracle is a dashed line at its mean payoff, with its name.

    Raises:
        InputError: no run has done a step.
    """
    if not any(run.stored.steps for run in runs):
        raise InputError(f"{runs[0].stored.path}: no step is done yet")
    grouped = panels(runs)
    ends = {panel: max(_last_timestep(run) for run in members) for panel, members in grouped.items()}
    close_ups = [panel for panel, members in grouped.items() if _has_close_up(members, ends[panel])]
    figure = new_figure(COLUMN * len(grouped), 4.6 if close_ups else 2.9, theme)
    with themed(theme):
        rows = 2 if close_ups else 1
        grid = figure.add_gridspec(rows, len(grouped), height_ratios=(1, 1.35)[:rows])
        for column, (panel, members) in enumerate(grouped.items()):
            end = ends[panel]
            if panel in close_ups:
                early = figure.add_subplot(grid[0, column])
                _fill(early, members, EARLY * end, theme)
                early.set_title(panel_title(*panel))
                if panel == close_ups[0]:
                    early.set_ylabel("payoff, early part")
                whole = figure.add_subplot(grid[1, column])
            else:
                whole = figure.add_subplot(grid[:, column])
                whole.set_title(panel_title(*panel))
            _fill(whole, members, end, theme)
            for run in members:
                if not run.oracle:
                    _converged(whole, run)
            whole.set_xlabel("validation timesteps")
            if column == 0:
                whole.set_ylabel(f"payoff, mean of last {TRAILING_STEPS} steps")
        legend(figure, [run for run in runs if not run.oracle])
    return figure


def _has_close_up(members: Sequence[DrawnRun], end: float) -> bool:
    """Whether the early part of some curve holds two points, which make a line."""
    curves = [learning_curve(run.stored, EARLY * end) for run in members if not run.oracle]
    return any(curve is not None and sum(time <= EARLY * end for time in curve.timesteps) > 1 for curve in curves)


def _fill(axes: Axes, members: Sequence[DrawnRun], end: float, theme: str) -> None:
    """Draw the runs of a panel up to a timestep, floor and ceiling, and the levels of oracles."""
    reference = members[0].stored.manifest.reference
    if reference.floor is not None and reference.ceiling is not None:
        level(axes, reference.floor, "random\nactions", theme, above=False)
        level(axes, reference.ceiling, "best known\naction", theme, above=True)
    for run in members:
        if run.oracle:
            mean = float(run.stored.steps.payoffs.mean())
            name = f"oracle: {shortened(run.stored.manifest.principal.name, 30)}"
            oracle_level(axes, mean, name, theme)
        else:
            _draw(axes, run, end)
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.set_xlim(0, max(end, 1e-9))


def _last_timestep(run: DrawnRun) -> float:
    """Validation timesteps that a seed has spent, mean over seeds; 0 before the first step."""
    curves = curves_of(run.stored)
    return float(curves.spent[:, -1].mean()) if curves.n_steps else 0.0


def _draw(axes: Axes, run: DrawnRun, until: float) -> None:
    """Draw one run's points up to a timestep."""
    curve = learning_curve(run.stored, until)
    if curve is None:
        return
    axes.plot(curve.timesteps, curve.mean, linewidth=1.4, label=run.label, **line_style(run.style))
    if curve.low and curve.high:
        axes.fill_between(curve.timesteps, curve.low, curve.high, color=run.style.colour, alpha=0.18, linewidth=0)


def _converged(axes: Axes, run: DrawnRun) -> None:
    """A triangle beside the panel at the convergence payoff of a finished run."""
    curves = curves_of(run.stored)
    if run.stored.manifest.status != "finished":
        return
    payoff = float(convergence_payoff(curves.payoffs).mean())
    place = axes.get_yaxis_transform()
    axes.plot(
        [1.018], [payoff], "<", color=run.style.colour, markersize=3.5, alpha=0.8, transform=place, clip_on=False
    )
