"""Series for pictures: what a run's step log holds, thinned to as many points as a screen can show."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from policybench.analysis.curves import Curves, curves_of
from policybench.analysis.metrics import TRAILING_STEPS
from policybench.analysis.statistics import interval_widths
from policybench.arrays import Array, Floats
from policybench.contexts import context_key
from policybench.store import StoredRun

AXES = {"steps": "principal steps", "timesteps": "validation timesteps"}
"""What learning curves may be drawn over, by the names that users give."""

POINTS = 150
"""Points of a line; of longer runs every n-th step is drawn, or the mean of n steps."""


@dataclass(frozen=True)
class LearningCurve:
    """Trailing means of payoffs.

    Attributes:
        steps: [n], principal steps that are done at each point.
        timesteps: [n], validation timesteps that a seed has spent, mean over seeds.
        mean: [n], over seeds.
        low: [n], lower end of the 95% interval of the mean; None for a single seed.
        high: [n], upper end.
        seeds: [n_seeds, n].
    """

    steps: list[int]
    timesteps: list[float]
    mean: list[float]
    low: list[float] | None
    high: list[float] | None
    seeds: Floats

    def over(self, axis: str) -> Sequence[float]:
        """[n], where the points stand on one of ``AXES``."""
        return self.steps if axis == "steps" else self.timesteps


@dataclass(frozen=True)
class ActionSeries:
    """What principals set in one context.

    Attributes:
        context: as in ``Reference.action``; empty where there are none.
        steps: [n_points], the middle of the steps that a point is the mean of.
        values: [n_seeds, n_points, action_dim], NaN where a seed never met the context in these steps.
        width: steps that a point is the mean of.
    """

    context: str
    steps: list[float]
    values: Floats
    width: int


def learning_curve(run: StoredRun, until: float = math.inf, axis: str = "steps") -> LearningCurve | None:
    """A run's learning curve; None before its first step.

    Args:
        run: the run.
        until: where on the axis the points end, for close-ups; one point beyond it is kept, so that a line reaches
            the edge.
        axis: one of ``AXES``.
    """
    return curve_of(curves_of(run), until, axis)


def curve_of(curves: Curves, until: float = math.inf, axis: str = "steps") -> LearningCurve | None:
    """The same from rows that may come from elsewhere, such as a submission."""
    done = curves.n_steps
    if not done:
        return None
    spent = curves.spent.mean(axis=0)
    places = np.arange(1, done + 1) if axis == "steps" else spent
    last = min(int(np.searchsorted(places, until, side="right")), done - 1)
    shown = np.unique(np.linspace(0, last, min(last + 1, POINTS)).round().astype(int))
    trailing = trailing_means(curves.payoffs)[:, shown]
    means, widths = trailing.mean(axis=0), interval_widths(trailing.T)
    banded = len(trailing) > 1
    return LearningCurve(
        steps=(shown + 1).tolist(),
        timesteps=spent[shown].tolist(),
        mean=means.tolist(),
        low=(means - widths).tolist() if banded else None,
        high=(means + widths).tolist() if banded else None,
        seeds=trailing,
    )


def payoff_range(lines: Iterable[Sequence[float]], bands: Iterable[Sequence[float]]) -> tuple[float, float]:
    """The payoffs that a picture of learning curves shows, lowest and highest.

    All of the lines, and of their bands as much as lies within a quarter of the lines' height: with two or three
    seeds a band may be a hundred times as high as what it belongs to.

    Args:
        lines: payoffs of each; where there are none, the range is from 0 to 1.
        bands: ends of the intervals.
    """
    drawn = np.concatenate([np.empty(0), *(np.asarray(line, np.float64) for line in lines)])
    if not drawn.size:
        return 0.0, 1.0
    low, high = float(drawn.min()), float(drawn.max())
    margin = 0.25 * (high - low or abs(high) or 1.0)
    ends = np.concatenate([drawn, *(np.asarray(band, np.float64) for band in bands)])
    bottom, top = max(float(ends.min()), low - margin), min(float(ends.max()), high + margin)
    pad = 0.05 * (top - bottom) or margin
    return bottom - pad, top + pad


def trailing_means(payoffs: Floats) -> Floats:
    """Means over the last ten steps, [n_seeds, n_steps]; over fewer where a seed has not done as many."""
    total = np.cumsum(payoffs, axis=1, dtype=np.float64)
    count = np.minimum(np.arange(1, payoffs.shape[1] + 1), TRAILING_STEPS)
    before = np.zeros_like(total)
    before[:, TRAILING_STEPS:] = total[:, :-TRAILING_STEPS]
    means: Floats = (total - before) / count
    return means


def action_series(run: StoredRun) -> list[ActionSeries]:
    """What the principals of a run set over time, apart for each context; empty before the first step.

    Actions of a relabelled run must have been translated (``policybench.relabelling.runs``): seeds are averaged.
    """
    n_seeds = len(run.manifest.protocol.seeds)
    done = len(run.steps) // n_seeds
    if not done:
        return []
    rows = run.steps[: done * n_seeds]
    actions = rows.actions.reshape(done, n_seeds, -1)
    if rows.contexts is None:
        keys = np.full((done, n_seeds), context_key(None))
    else:
        known, which = np.unique(rows.contexts, axis=0, return_inverse=True)
        keys = np.array([context_key(context) for context in known])[which.reshape(done, n_seeds)]
    width = -(-done // POINTS)
    starts = np.arange(0, done, width)
    middles = [1 + (start + min(start + width, done) - 1) / 2 for start in starts.tolist()]
    return [
        ActionSeries(str(key), middles, _binned(actions, keys == key, starts), width) for key in np.unique(keys)
    ]


def _binned(actions: Floats, wanted: Array, starts: Array) -> Floats:
    """Means of the wanted actions between starts, [n_seeds, n_points, action_dim]."""
    sums = np.add.reduceat(np.where(wanted[..., None], actions, 0.0), starts, axis=0)
    counts = np.add.reduceat(wanted.astype(np.int64), starts, axis=0)[..., None]
    means = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    result: Floats = means.swapaxes(0, 1)
    return result
