"""Performance profiles: how many seeds score how much (Agarwal et al. 2021, section 4.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from policybench.analysis.aggregates import performance_profile
from policybench.analysis.summary import summary_of
from policybench.arrays import Floats
from policybench.errors import InputError
from policybench.plots.canvas import COLUMN, DrawnRun, legend, line_style, new_figure, themed

THRESHOLDS = np.linspace(-0.2, 1.2, 281)


def performance_profiles(runs: Sequence[DrawnRun], theme: str) -> Figure:
    """One panel: the share of seeds whose sample efficiency lies above each threshold, mean over environments.

    Oracles are left out.

    Raises:
        InputError: the principals' runs are not on the same environments or not under one protocol, or one has
            no score; or all are oracles.
    """
    runs = [run for run in runs if not run.oracle]
    if not runs:
        raise InputError("--kind profile: only oracles are given; give runs of other principals")
    scores: dict[str, dict[tuple[str, str], Floats]] = defaultdict(dict)
    for run in runs:
        scores[run.label][run.panel] = _scores(run)
    everywhere = {panel for found in scores.values() for panel in found}
    if len(protocols := sorted({protocol for _, protocol in everywhere})) > 1:
        raise InputError(f"--kind profile: runs of protocols {', '.join(protocols)}; give those of one")
    for label, found in scores.items():
        if missing := everywhere - found.keys():
            where = " ".join(sorted(missing)[0])
            raise InputError(f"--kind profile: {label} has no run on {where}; all need the same environments")
    figure = new_figure(COLUMN, 2.9, theme)
    with themed(theme):
        axes = figure.subplots()
        for run in {run.label: run for run in runs}.values():
            share = performance_profile(list(scores[run.label].values()), THRESHOLDS)
            axes.step(THRESHOLDS, share, where="post", linewidth=1.4, label=run.label, **line_style(run.style))
        axes.set_xlim(THRESHOLDS[0], THRESHOLDS[-1])
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel("sample efficiency (0: random, 1: best known)")
        axes.set_ylabel("share of seeds above")
        names = ", ".join(sorted(environment for environment, _ in everywhere))
        axes.set_title(names if len(names) <= 42 else f"{len(everywhere)} environments")
        legend(figure, runs)
    return figure


def _scores(run: DrawnRun) -> Floats:
    summary = summary_of(run.stored)
    if not summary.finished or summary.scores.ranking is None or summary.scores.ranking.scores is None:
        raise InputError(
            f"--kind profile: {run.stored.path}: needs a finished run on an environment with floor and ceiling"
        )
    return summary.scores.ranking.values
