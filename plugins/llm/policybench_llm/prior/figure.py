"""The figure of a study: how the arms go on, and the differences between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from policybench.plots import COLOURS, COLUMN, THEMES, new_figure, themed
from policybench_llm.prior.arms import BASELINE, Runs
from policybench_llm.prior.values import Difference, differences, scores_so_far

_DASHES = {"relabelled": "--", "old words": ":"}


def draw(runs: Runs, title: str, theme: str = "light") -> Figure:
    """Two panels: the mean score of all steps so far, and the differences with their intervals.

    Args:
        runs: finished ones.
        title: of the whole figure.
        theme: ``light`` or ``dark``.
    """
    figure = new_figure(2 * COLUMN, 2.9, theme)
    with themed(theme):
        left, right = figure.subplots(1, 2)
        _curves(left, runs, theme)
        _bars(right, differences(runs), theme)
        figure.suptitle(title, fontsize=8.5)
        handles, labels = left.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return figure


def _curves(axes: Axes, runs: Runs, theme: str) -> None:
    for number, (name, run) in enumerate(runs):
        scores = scores_so_far(run)
        steps = np.arange(1, scores.shape[1] + 1)
        baseline = name == BASELINE
        colour = THEMES[theme].faint if baseline else COLOURS[number]
        axes.plot(
            steps,
            scores.mean(axis=0),
            color=colour,
            linestyle=_DASHES.get(name, "-"),
            linewidth=1.4,
            marker="o" if scores.shape[1] == 1 else None,
            label=name,
        )
    reference = next(iter(runs.arms.values())).manifest.reference
    scored = reference.floor is not None and reference.ceiling is not None
    axes.set_xlabel("principal step")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel(f"mean {'score' if scored else 'payoff'} of all steps so far")
    if scored:
        axes.axhline(0, color=THEMES[theme].faint, linewidth=0.6, zorder=0)


def _bars(axes: Axes, found: Sequence[Difference], theme: str) -> None:
    for place, difference in enumerate(found):
        estimate = difference.estimate
        colour = COLOURS[0] if difference.shown else THEMES[theme].faint
        if estimate.low is not None and estimate.high is not None:
            axes.plot([estimate.low, estimate.high], [place, place], color=colour, linewidth=1.6)
        axes.plot(estimate.mean, place, marker="o", markersize=4, color=colour, linestyle="none")
    axes.axvline(0, color=THEMES[theme].ink, linewidth=0.6, zorder=0)
    names = [f"{each.question.name}\n{each.question.one} - {each.question.other}" for each in found]
    axes.set_yticks(range(len(found)), names)
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.set_xlabel("difference of the means (blue: shown)")
