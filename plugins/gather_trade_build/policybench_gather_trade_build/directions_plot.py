"""The figure of ``directions``: payoff over the height of a tax, a line a shape, and random rates beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
from matplotlib.figure import Figure

from policybench import Floats

_COLOURS = ("#0072b2", "#009e73", "#1c1c1c", "#e07b00", "#cc5fa0", "#8c7a1f")
_INK, _FAINT = "#1c1c1c", "#8a8a8a"


def draw(along: Mapping[str, Floats], heights: Sequence[float], random: Floats) -> Figure:
    """Draw means with bands of a standard error to both sides; random rates as dots.

    Args:
        along: payoffs of each direction, [n_heights, n_seeds].
        heights: those of the directions.
        random: payoffs of random rates, [n_actions, n_seeds].
    """
    figure = Figure(figsize=(7.2, 3.8), layout="constrained", dpi=150)
    lines, dots = figure.subplots(1, 2, sharey=True, width_ratios=(6, 1))
    for (name, payoffs), colour in zip(along.items(), cycle(_COLOURS), strict=False):
        mean = payoffs.mean(axis=1)
        error = payoffs.std(axis=1, ddof=1) / np.sqrt(payoffs.shape[1])
        lines.fill_between(heights, mean - error, mean + error, color=colour, alpha=0.15, linewidth=0)
        lines.plot(heights, mean, color=colour, linewidth=1.6, marker="o", markersize=2.5, label=name)
    lines.set_xlabel("highest marginal rate", color=_INK)
    lines.set_ylabel("equality times mean coin", color=_INK)
    lines.set_xlim(heights[0], heights[-1])
    lines.set_ylim(bottom=0)
    lines.legend(frameon=False, fontsize=8, title="shape of the tax", title_fontsize=8)
    means = random.mean(axis=1)
    # Spread sideways by rank, so that dots of like payoffs can be told apart.
    aside = (np.argsort(np.argsort(means)) * 0.618034) % 1
    dots.scatter(aside, means, s=9, color=_FAINT, linewidth=0)
    dots.axhline(means.mean(), color=_FAINT, linewidth=1)
    dots.set_xticks([])
    dots.set_xlim(-0.2, 1.2)
    dots.set_xlabel(f"{len(means)} random rates\n(line: mean)", color=_INK, fontsize=8)
    for axes in (lines, dots):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8)
    return figure
