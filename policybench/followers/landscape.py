"""What actions pay, by weights files: how much a principal can learn from followers that start from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from tabulate import tabulate

from policybench.arrays import Floats
from policybench.problem import Problem
from policybench.sharded import ShardedEnvironment
from policybench.specs import EnvironmentSpec

_FIRST_STEP = 2_000_000
"""Principal steps from here on; no run and no reference payoff uses them."""


class Band(NamedTuple):
    """Actions of which one number lies in a range, bounds included."""

    dimension: int
    low: float
    high: float


class Survey(NamedTuple):
    """What to measure.

    Attributes:
        spec: of the environment; its option ``weights`` names a file.
        shipped: the file that the distribution ships.
        named: actions to list one by one.
        bands: parts of the action space, by title; random actions are drawn from each.
    """

    spec: EnvironmentSpec
    shipped: Path
    named: Sequence[tuple[float, ...]]
    bands: Mapping[str, Band]


def measure(spec: EnvironmentSpec, weights: Path, actions: Floats, n_seeds: int, workers: int) -> Floats:
    """Payoffs, [n_actions, n_seeds], of actions, [n_actions, action_dim], each at a step of its own."""
    environment = ShardedEnvironment(spec, range(n_seeds), workers, {"weights": str(weights)})
    environment.prepare()
    return np.array(
        [
            [o.payoff for o in environment.evaluate(_FIRST_STEP + i, np.tile(action, (n_seeds, 1)))]
            for i, action in enumerate(actions)
        ]
    )


def random_actions(problem: Problem, band: Band, n: int) -> Floats:
    """Actions of the fine grid that lie in a band, [n, action_dim]; always the same ones."""
    space, n_levels = problem.action_space, problem.fine_levels
    rng = np.random.default_rng(0)
    levels = np.linspace(space.low, space.high, n_levels)
    drawn = rng.integers(0, n_levels, (n, problem.action_dim))
    inside = (levels[:, band.dimension] >= band.low - 1e-9) & (levels[:, band.dimension] <= band.high + 1e-9)
    drawn[:, band.dimension] = rng.choice(np.flatnonzero(inside), n)
    return np.take_along_axis(levels, drawn, axis=0)


def signal_to_noise(payoffs: Floats) -> float:
    """How much actions differ, of payoffs [n_actions, n_seeds].

    The variance between actions, less what noise adds to it, over the mean variance between seeds.
    """
    noise = payoffs.var(axis=1, ddof=1).mean()
    return float((payoffs.mean(axis=1).var(ddof=1) - noise / payoffs.shape[1]) / noise)


def report(survey: Survey, files: Sequence[Path], n_random: int, n_seeds: int, workers: int) -> str:
    """The table, as Markdown, with a column for each file.

    Named actions: mean and, in brackets, standard deviation over seeds. For each band ``n_random`` random actions:
    mean and, in brackets, lowest and highest mean of an action; and the signal-to-noise ratio. Last, how the mean
    payoffs of all these actions correlate between files.
    """
    problem = survey.spec.create([0]).problem
    parts = [np.array(survey.named)] + [random_actions(problem, band, n_random) for band in survey.bands.values()]
    starts = np.cumsum([len(part) for part in parts])[:-1]
    columns, means = [], []
    for file in files:
        payoffs = measure(survey.spec, file, np.vstack(parts), n_seeds, workers)
        means.append(payoffs.mean(axis=1))
        named, *bands = np.split(payoffs, starts)
        cells = [f"{row.mean():.1f} ({row.std(ddof=1):.1f})" for row in named]
        for band in bands:
            average = band.mean(axis=1)
            cells += [
                f"{average.mean():.1f} [{average.min():.1f}, {average.max():.1f}]",
                f"{signal_to_noise(band):.1f}",
            ]
        columns.append(cells)
    titles = [", ".join(f"{number:g}" for number in action) for action in survey.named]
    for title in survey.bands:
        titles += [f"{n_random} random, {title}: mean [min, max]", "their signal-to-noise ratio"]
    rows = [list(row) for row in zip(titles, *columns, strict=True)]
    headers = ["action", *(file.stem for file in files)]
    table: str = tabulate(rows, headers=headers, tablefmt="github", disable_numparse=True)
    if len(files) == 1:
        return table
    correlations = np.corrcoef(means)[np.triu_indices(len(files), 1)]
    return f"{table}\n\nCorrelation between files: {correlations.min():.3f} to {correlations.max():.3f}"


def landscape_command(survey: Survey) -> click.Command:
    """The command line of a distribution's landscape module."""

    @click.command()
    @click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option(
        "--actions", type=click.IntRange(2), default=30, show_default=True, help="Random actions a band."
    )
    @click.option("--seeds", type=click.IntRange(2), default=10, show_default=True, help="Seeds an action.")
    @click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Threads.")
    def main(files: tuple[Path, ...], actions: int, seeds: int, workers: int) -> None:
        """Print what actions pay with the followers of weights FILES; by default, of those that are shipped."""
        click.echo(report(survey, files or (survey.shipped,), actions, seeds, workers))

    return main
