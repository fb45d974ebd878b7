"""How often intervals, comparisons and ranks are right, by simulation; prints what docs/statistics.md quotes.

From the project's root: python tests/analysis/simulation.py
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from tabulate import tabulate

from policybench.analysis.metrics import runtime
from policybench.analysis.ranking import rank
from policybench.analysis.statistics import interval_widths, paired_p_values

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, ...]], Floats]

SEEDS = (5, 10, 20)
PRINCIPALS = 12


def _bimodal(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    found = rng.random(shape) < 0.8
    return np.where(found, rng.normal(0.95, 0.02, shape), rng.normal(0.3, 0.15, shape))


DISTRIBUTIONS: dict[str, tuple[Draw, float]] = {
    "normal": (lambda rng, shape: rng.normal(size=shape), 0.0),
    "skewed to the left, skewness -0.7": (lambda rng, shape: -rng.gamma(8, size=shape), -8.0),
    "skewed to the left, skewness -1": (lambda rng, shape: -rng.gamma(4, size=shape), -4.0),
    "skewed to the left, skewness -2": (lambda rng, shape: -rng.exponential(size=shape), -1.0),
    "lognormal, skewness 6": (lambda rng, shape: rng.lognormal(size=shape), math.exp(0.5)),
    "two values, the higher with 0.8": (lambda rng, shape: (rng.random(shape) < 0.8) * 1.0, 0.8),
    "a search that fails in one seed of five": (_bimodal, 0.8 * 0.95 + 0.2 * 0.3),
}


def coverage(draw: Draw, truth: float, n_seeds: int, draws: int) -> tuple[float, float]:
    """Share of 95% intervals that hold the truth, and share of draws in which no spread was seen."""
    values = draw(np.random.default_rng(n_seeds), (draws, n_seeds))
    widths = interval_widths(values)
    spread = widths > 0
    return float((np.abs(values.mean(axis=1) - truth) <= widths)[spread].mean()), float(1 - spread.mean())


def bootstrap_coverage(draw: Draw, truth: float, n_seeds: int, draws: int, resamples: int = 999) -> float:
    """The same share for bootstrap-t intervals (Efron and Tibshirani 1993, section 12.5)."""
    rng = np.random.default_rng(n_seeds)
    hits = []
    for values in draw(rng, (draws, n_seeds)):
        if np.ptp(values) == 0:
            continue
        again = values[rng.integers(n_seeds, size=(resamples, n_seeds))]
        errors = again.std(axis=1, ddof=1)
        ratios = (again.mean(axis=1) - values.mean())[errors > 0] / errors[errors > 0]
        low, high = values.mean() - np.quantile(ratios, [0.975, 0.025]) * values.std(ddof=1)
        hits.append(low <= truth <= high)
    return float(np.mean(hits))


def false_positives(draw: Draw, n_seeds: int, draws: int) -> float:
    """Share of paired t-tests at 5% that tell two equal methods apart."""
    values = draw(np.random.default_rng(n_seeds), (2, draws, n_seeds))
    return float((paired_p_values(values[0] - values[1]) <= 0.05).mean())


def ranked_apart(draw: Draw, n_seeds: int, draws: int) -> float:
    """Share of tables of equal principals in which some rank is not 1."""
    rng = np.random.default_rng(n_seeds)
    return float(np.mean([rank(draw(rng, (PRINCIPALS, n_seeds))).ranks[-1] != 1 for _ in range(draws)]))


def lucky(noise: float, steps: int, draws: int, *, worth: float = 0.6, target: float = 0.75) -> float:
    """Probability that a constant action reaches a target that it is not worth, by the luck of ten steps."""
    rng = np.random.default_rng(steps)
    return float(np.isfinite(runtime(rng.normal(worth, noise, (draws, steps)), target)).mean())


def main() -> None:
    """Print the tables."""
    rows = [
        [
            name,
            seeds,
            *coverage(draw, truth, seeds, 20_000),
            bootstrap_coverage(draw, truth, seeds, 1000),
            false_positives(draw, seeds, 20_000),
            ranked_apart(draw, seeds, 1000),
        ]
        for name, (draw, truth) in DISTRIBUTIONS.items()
        for seeds in SEEDS
    ]
    headers = ["seeds' values", "seeds", "t covers", "no spread", "bootstrap-t covers", "apart: 2 equal"]
    print(tabulate(rows, [*headers, f"apart: {PRINCIPALS} equal"], "github", floatfmt=".2f"))
    noises = (0.1, 0.15, 0.2, 0.3)
    luck = [[noise, *(lucky(noise, steps, 1000) for steps in (100, 1000, 3000))] for noise in noises]
    print()
    print(tabulate(luck, ["noise", "100 steps", "1000 steps", "3000 steps"], "github", floatfmt=".2f"))


if __name__ == "__main__":
    main()
