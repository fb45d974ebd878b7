"""Two runs held against each other, and what may be concluded from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from policybench.analysis.statistics import (
    Estimate,
    difference_of_means,
    mean_with_interval,
    probability_of_improvement,
)
from policybench.analysis.summary import Summary, summarise
from policybench.arrays import Floats
from policybench.errors import InputError

FEWEST_SEEDS = 5
"""With fewer seeds no claim is made: no interval from so few is to be trusted."""

MANY_SEEDS = 10
"""From so many seeds on, the bootstrap interval is about as wide as it should be."""


@dataclass(frozen=True)
class Difference:
    """One metric of two runs: ``difference`` is that of their means, one minus other."""

    metric: str
    one: Estimate
    other: Estimate
    difference: Estimate
    probability_of_improvement: float


@dataclass(frozen=True)
class Comparison:
    """Two runs on one environment under one protocol.

    Attributes:
        one: the name of the first run.
        other: the name of the second.
        shared_seeds: seeds that both ran; if there are any, differences are paired and use only those.
        differences: one a metric.
        conclusion: one sentence on what may be concluded, and what may not.
    """

    one: str
    other: str
    shared_seeds: list[int]
    differences: list[Difference]
    conclusion: str


def compare(one: Path, other: Path) -> Comparison:
    """Compare two finished runs.

    Raises:
        InputError: a run is unfinished, or the two are of different environments or budgets.
    """
    runs = [summarise(one), summarise(other)]
    for path, run in zip((one, other), runs, strict=True):
        if run.status != "finished":
            raise InputError(f"{path}: is not finished; give its command again to continue it")
    for name in ("environment", "steps"):
        first, second = (getattr(run, name) for run in runs)
        if first != second:
            raise InputError(f"{one} and {other} cannot be compared: {name} {first} against {second}")
    shared = sorted(_seeds(runs[0]) & _seeds(runs[1]))
    differences = [_difference(name, runs, shared) for name in ("recommended payoff", "convergence payoff")]
    conclusion = _conclude(runs[0].principal, runs[1].principal, differences[0], runs, shared)
    return Comparison(runs[0].principal, runs[1].principal, shared, differences, conclusion)


def _difference(metric: str, runs: list[Summary], shared: list[int]) -> Difference:
    one, other = (_values(run, metric, shared) for run in runs)
    return Difference(
        metric,
        mean_with_interval(one),
        mean_with_interval(other),
        mean_with_interval(one - other) if shared else difference_of_means(one, other),
        probability_of_improvement([one], [other]),
    )


def _values(run: Summary, metric: str, shared: list[int]) -> Floats:
    return np.array(
        [getattr(seed, metric.replace(" ", "_")) for seed in run.per_seed if not shared or seed.seed in shared]
    )


def _conclude(one: str, other: str, difference: Difference, runs: list[Summary], shared: list[int]) -> str:
    seeds = len(shared) or min(len(run.per_seed) for run in runs)
    where = f"on {runs[0].environment} within {runs[0].steps} steps"
    if seeds < FEWEST_SEEDS:
        return f"{seeds} seeds allow no claim about {one} and {other} {where}; run at least {FEWEST_SEEDS}."
    found = difference.difference
    if found.low is None or found.high is None or found.low <= 0 <= found.high:
        return (
            f"Neither may be called better {where}: the difference of the {difference.metric}s could be zero, "
            "which does not show that the two are equal."
        )
    better, worse = (one, other) if found.mean > 0 else (other, one)
    weak = "" if seeds >= MANY_SEEDS else f"; with {seeds} seeds the interval is likely too narrow"
    return (
        f"{better} recommends better actions than {worse} {where}, by {abs(found.mean):.4g}{weak}; "
        "other environments, budgets and settings may tell otherwise."
    )


def _seeds(run: Summary) -> set[int]:
    return {seed.seed for seed in run.per_seed}
