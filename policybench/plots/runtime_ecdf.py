"""How soon targets are reached: the runtime ECDF over all targets (Hansen et al. 2021, COCO)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

from policybench.analysis.curves import curves_of
from policybench.analysis.metrics import TARGETS, runtime, runtime_ecdf
from policybench.analysis.scores import target_payoffs
from policybench.errors import InputError
from policybench.plots.canvas import COLUMN, DrawnRun, legend, line_style, new_figure, panel_title, panels, themed


def runtime_ecdfs(runs: Sequence[DrawnRun], theme: str) -> Figure:
    """One panel per environment and protocol: the share of pairs of seed and target that were reached by then."""
    grouped = panels(runs)
    figure = new_figure(COLUMN * len(grouped), 2.9, theme)
    with themed(theme):
        [row] = figure.subplots(1, len(grouped), squeeze=False, sharey=True)
        for axes, ((environment, protocol), members) in zip(row, grouped.items(), strict=True):
            for run in members:
                times, shares = ecdf(run)
                axes.step(times, shares, where="post", linewidth=1.4, label=run.label, **line_style(run.style))
            _time_axis(axes)
            axes.set_ylim(-0.02, 1.02)
            axes.set_title(panel_title(environment, protocol))
            axes.set_xlabel("principal steps")
        targets = ", ".join(f"{share:.0%}" for share in TARGETS)
        row[0].set_ylabel(f"share of targets reached\n({targets} of the way)")
        legend(figure, runs)
    return figure


def _time_axis(axes: Axes) -> None:
    """A log axis whose ticks read 1k, 2k, 5k; of two decades or more only the powers of ten have numbers."""
    axes.set_xscale("log")
    first, last = axes.get_xlim()
    if last < 100 * first:
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.xaxis.set_minor_formatter(NullFormatter())


def ecdf(run: DrawnRun) -> tuple[list[float], list[float]]:
    """Steps and shares of one run, from the first step to the last; raises ``InputError`` without references."""
    reference, curves = run.stored.manifest.reference, curves_of(run.stored)
    targets = target_payoffs(reference.floor, reference.ceiling)
    if not targets or not curves.n_steps:
        raise InputError(f"--kind ecdf: {run.stored.path}: needs an environment with floor and ceiling, and steps")
    runtimes = np.stack([runtime(curves.payoffs, payoff) for payoff in targets.values()], axis=1)
    times, shares = runtime_ecdf(runtimes)
    last = float(shares[-1]) if shares.size else 0.0
    return [1.0, *times.tolist(), float(curves.n_steps)], [0.0, *shares.tolist(), last]
