"""Learning curves over principal steps, or over validation timesteps as in Gasztowtt et al. (2024), figure 4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator
from matplotlib.transforms import ScaledTranslation

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
    nothing_yet,
    oracle_level,
    panel_title,
    panels,
    shortened,
    themed,
)
from policybench.plots.series import AXES, LearningCurve, learning_curve, payoff_range
from policybench.plots.wanted import EVERYTHING_RAN, Wanted

EARLY = 0.2
"""The share of the budget that the close-up shows."""

_APART = 0.035
"""How far apart triangles in one column are, as a share of the panel's height."""

_COLUMN_WIDTH = 3.4
"""Of triangles, in points."""


def learning_curves(
    runs: Sequence[DrawnRun],
    theme: str,
    axis: str = "steps",
    wanted: Wanted = EVERYTHING_RAN,
    *,
    convergence_lines: bool = False,
) -> Figure:
    """One panel per environment and protocol, and above it a close-up of its early part if that holds two points.

    Lines are means over seeds of the mean payoff of the last ten steps. Bands are their 95% intervals, cut where
    they are much higher than the lines. Triangles beside the panel are convergence payoffs; those that would hide
    each other stand side by side. An oracle is a dashed line at its mean payoff, with its name.

    Args:
        runs: with their styles.
        theme: of ``policybench.plots.canvas.THEMES``.
        axis: one of ``policybench.plots.series.AXES``.
        wanted: which panels stand in which order, and what is missing in them, which a line below says.
        convergence_lines: whether dashed lines show convergence payoffs where the curves are, as in figure 4 of
            Gasztowtt et al. (2024), in the close-up or else in the whole.

    Raises:
        InputError: no run has done a step.
    """
    if not any(run.stored.steps for run in runs):
        raise InputError(f"{runs[0].stored.path}: no step is done yet")
    grouped = panels(runs, wanted)
    ends = {panel: max((_end(run, axis) for run in members), default=0) for panel, members in grouped.items()}
    close_ups = [panel for panel, members in grouped.items() if _has_close_up(members, ends[panel], axis)]
    figure = new_figure(COLUMN * len(grouped), 4.6 if close_ups else 2.9, theme)
    with themed(theme):
        rows = 2 if close_ups else 1
        grid = figure.add_gridspec(rows, len(grouped), height_ratios=(1, 1.35)[:rows])
        for column, (panel, members) in enumerate(grouped.items()):
            end = ends[panel]
            converged = _convergence(members)
            if panel in close_ups:
                early = figure.add_subplot(grid[0, column])
                lined = converged if convergence_lines else {}
                _fill(early, members, EARLY * end, theme, axis, lined=lined)
                early.set_title(panel_title(*panel))
                if panel == close_ups[0]:
                    early.set_ylabel("payoff, early part")
                whole = figure.add_subplot(grid[1, column])
            else:
                whole = figure.add_subplot(grid[:, column])
                whole.set_title(panel_title(*panel))
            note = wanted.note(panel) if members else ""
            if members:
                lined = converged if convergence_lines and panel not in close_ups else {}
                _fill(whole, members, end, theme, axis, converged, lined)
            else:
                nothing_yet(whole, theme)
            whole.set_xlabel(f"{AXES[axis]}\n{note}".rstrip())
            if column == 0:
                most = max(run.stored.manifest.protocol.steps for run in runs)
                whole.set_ylabel(f"payoff, mean of last {min(TRAILING_STEPS, most)} steps")
        legend(figure, [run for run in runs if not run.oracle])
    return figure


def _has_close_up(members: Sequence[DrawnRun], end: float, axis: str) -> bool:
    """Whether the early part of some curve holds two points, which make a line."""
    curves = [learning_curve(run.stored, EARLY * end, axis) for run in members if not run.oracle]
    return any(
        curve is not None and sum(place <= EARLY * end for place in curve.over(axis)) > 1 for curve in curves
    )


def _fill(
    axes: Axes,
    members: Sequence[DrawnRun],
    end: float,
    theme: str,
    axis: str,
    converged: Mapping[str, float] = MappingProxyType({}),
    lined: Mapping[str, float] = MappingProxyType({}),
) -> None:
    """Draw the runs of a panel up to some place on the axis, with levels.

    ``converged`` are the convergence payoffs, by label, that triangles beside the panel show, ``lined`` those that
    dashed lines show.
    """
    reference = members[0].stored.manifest.reference
    levels: list[float] = []
    if reference.floor is not None and reference.ceiling is not None:
        levels = [reference.floor, reference.ceiling]
    oracles = {run.label: float(run.stored.steps.payoffs.mean()) for run in members if run.oracle}
    curves = {run.label: learning_curve(run.stored, end, axis) for run in members if not run.oracle}
    drawn = [curve for curve in curves.values() if curve is not None]
    bottom, top = payoff_range(
        [levels, [*oracles.values()], [*converged.values()], [*lined.values()], *(curve.mean for curve in drawn)],
        [band for curve in drawn for band in (curve.low, curve.high) if band],
    )
    columns = _columns(converged, _APART * (top - bottom))
    if levels:
        gap = 9 + _COLUMN_WIDTH * max(columns.values(), default=0)
        level(axes, levels[0], "random\nactions", theme, above=False, gap=gap)
        level(axes, levels[1], "best known\naction", theme, above=True, gap=gap)
    for run in members:
        if run.oracle:
            name = f"oracle: {shortened(run.stored.manifest.principal.name, 30)}"
            oracle_level(axes, oracles[run.label], name, theme)
        elif curve := curves[run.label]:
            _draw(axes, run, curve, axis)
        if run.label in lined:
            colour = run.style.colour
            axes.axhline(lined[run.label], color=colour, linewidth=0.8, linestyle=(0, (4, 3)), alpha=0.8, zorder=0)
        if run.label in converged:
            _triangle(axes, run, converged[run.label], columns[run.label])
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    axes.set_xlim(0, max(end, 1e-9))
    axes.set_ylim(bottom, top)


def _end(run: DrawnRun, axis: str) -> float:
    """The last place on the axis: steps, or timesteps a seed, mean over seeds; 0 before the first step."""
    curves = curves_of(run.stored)
    if axis == "steps" or not curves.n_steps:
        return float(curves.n_steps)
    return float(curves.spent[:, -1].mean())


def _draw(axes: Axes, run: DrawnRun, curve: LearningCurve, axis: str) -> None:
    """Draw one run's points."""
    places = curve.over(axis)
    axes.plot(places, curve.mean, linewidth=1.4, label=run.label, **line_style(run.style))
    if curve.low and curve.high:
        axes.fill_between(places, curve.low, curve.high, color=run.style.colour, alpha=0.18, linewidth=0)


def _convergence(members: Sequence[DrawnRun]) -> dict[str, float]:
    """Convergence payoffs of the finished runs that are no oracles, by label."""
    return {
        run.label: float(convergence_payoff(curves_of(run.stored).payoffs).mean())
        for run in members
        if run.stored.manifest.status == "finished" and not run.oracle
    }


def _columns(converged: Mapping[str, float], apart: float) -> dict[str, int]:
    """For each label a column of triangles; two in one column are so far apart as long as four columns suffice."""
    columns: dict[str, int] = {}
    highest = [float("-inf")] * 4
    for label, payoff in sorted(converged.items(), key=lambda item: item[1]):
        free = [column for column, below in enumerate(highest) if payoff - below >= apart]
        columns[label] = free[0] if free else highest.index(min(highest))
        highest[columns[label]] = payoff
    return columns


def _triangle(axes: Axes, run: DrawnRun, payoff: float, column: int) -> None:
    """A triangle beside the panel."""
    place = axes.get_yaxis_transform() + ScaledTranslation(
        (3.4 + _COLUMN_WIDTH * column) / 72, 0, axes.figure.dpi_scale_trans
    )
    axes.plot(
        [1], [payoff], "<", color=run.style.colour, markersize=3.5, alpha=0.8, transform=place, clip_on=False
    )
