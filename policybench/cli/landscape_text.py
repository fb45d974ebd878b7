"""Landscapes as tables of text."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from tabulate import tabulate

from policybench.analysis.statistics import signal_to_noise
from policybench.arrays import Floats
from policybench.landscape import Landscape
from policybench.landscape.reading import correlation

_BEST = 8


def as_text(landscapes: Sequence[Landscape]) -> str:
    """What the actions pay, and if there are several landscapes how alike they are.

    All must be of the same actions. Given actions are listed one by one, in a single table; of grids and random
    actions the best are listed, with the extent of all and the signal-to-noise ratio, one table per landscape and
    context.
    """
    titles = _titles(landscapes)
    if landscapes[0].manifest.names is not None:
        parts = [_given(landscapes, titles)]
    else:
        parts = [
            part for title, landscape in zip(titles, landscapes, strict=True) for part in _best(landscape, title)
        ]
    if len(landscapes) > 1:
        parts.append("\n".join(_correlations(landscapes, titles)))
    return "\n\n".join(parts)


def _titles(landscapes: Sequence[Landscape]) -> list[str]:
    """The options in which landscapes differ, ``weights=core3.safetensors``; empty if there is but one."""
    options = [landscape.manifest.environment.options for landscape in landscapes]
    differing = [name for name in options[0] if any(other[name] != options[0][name] for other in options)]
    return [", ".join(f"{name}={values[name]}" for name in differing) for values in options]


def _given(landscapes: Sequence[Landscape], titles: Sequence[str]) -> str:
    """One row per action, one column per landscape and context: mean payoff (standard deviation)."""
    columns: dict[str, list[str]] = {}
    for title, landscape in zip(titles, landscapes, strict=True):
        for context, payoffs in landscape.payoffs.items():
            where = f"context {context}" * bool(context)
            heading = "\n".join(filter(None, [title, where])) or "mean payoff (sd over seeds)"
            columns[heading] = [f"{mean:.4g} ({sd:.2g})" for mean, sd in zip(*_moments(payoffs), strict=True)]
    names = landscapes[0].manifest.names or []
    table: str = tabulate({"action": names, **columns}, headers="keys", disable_numparse=True)
    return table


def _best(landscape: Landscape, title: str) -> Iterator[str]:
    """The best actions and the extent of all, one text per context."""
    for context, payoffs in landscape.payoffs.items():
        means, spread = _moments(payoffs)
        rows = [
            [", ".join(f"{value:.4g}" for value in landscape.actions[i]), f"{means[i]:.4g}", f"{spread[i]:.2g}"]
            for i in landscape.ranked(context)[:_BEST]
        ]
        table = tabulate(rows, ["best actions", "mean payoff", "sd over seeds"], disable_numparse=True)
        ratio = signal_to_noise(payoffs)
        noise = f"signal-to-noise ratio {ratio:.3g}" if np.isfinite(ratio) else "no noise"
        extent = (
            f"{len(means)} actions: mean {means.mean():.4g}, from {means.min():.4g} to {means.max():.4g}; {noise}"
        )
        heading = ", ".join(filter(None, [title, f"context {context}" * bool(context)]))
        yield "\n".join([heading] * bool(heading) + [table, "", extent])


def _correlations(landscapes: Sequence[Landscape], titles: Sequence[str]) -> Iterator[str]:
    """How mean payoffs correlate, a line a pair of landscapes and context."""
    for (one, its), (other, others) in itertools.combinations(zip(landscapes, titles, strict=True), 2):
        for context in one.payoffs:
            if context in other.payoffs:
                where = f", context {context}" * bool(context)
                yield f"{its} and {others}{where}: mean payoffs correlate {correlation(one, other, context):.2f}"


def _moments(payoffs: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each action's payoffs, [n_actions] each."""
    return payoffs.mean(axis=1), payoffs.std(axis=1, ddof=1)
