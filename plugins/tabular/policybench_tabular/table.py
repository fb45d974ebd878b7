"""A landscape as a table: what each action of a grid paid, each time that it was evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from policybench import Floats, InputError
from policybench.landscape import Landscape, load_landscape

SHIPPED = {file.stem: file for file in sorted((Path(__file__).parent / "measured").glob("*.zip"))}
"""The landscapes that come with this package, by name."""


@dataclass(frozen=True)
class Table:
    """Payoffs over a grid.

    Attributes:
        environment: which one was measured, with the options that are not its defaults.
        dimensions: [action_dim], what the numbers of an action are called.
        low: [action_dim], the lowest corner of the grid.
        high: [action_dim], its highest corner.
        payoffs: [levels, ..., levels, n_evaluations], one axis per dimension of the action.
    """

    environment: str
    dimensions: tuple[str, ...]
    low: Floats
    high: Floats
    payoffs: Floats

    @property
    def levels(self) -> int:
        """Levels of each dimension."""
        return len(self.payoffs)

    @property
    def means(self) -> Floats:
        """Mean payoff of each action of the grid, [levels, ..., levels]."""
        means: Floats = self.payoffs.mean(axis=-1)
        return means

    def nearest(self, actions: Floats) -> tuple[np.ndarray, ...]:
        """The grid's actions that are nearest to some others.

        Args:
            actions: [n, action_dim].

        Returns:
            For each dimension the levels, [n]: an index into the first axes of ``payoffs``.
        """
        places = (actions - self.low) / (self.high - self.low) * (self.levels - 1)
        return tuple(np.clip(np.rint(places), 0, self.levels - 1).astype(np.intp).T)

    def uniform_mean(self) -> float:
        """The mean payoff of actions drawn uniformly from the box between the corners.

        The outermost levels are nearest to half as many actions as the others.
        """
        weights = np.ones(self.levels)
        weights[[0, -1]] = 0.5
        means = self.means
        for _ in self.dimensions:
            means = np.average(means, axis=0, weights=weights)
        return float(means)


def load_table(landscape: str) -> Table:
    """The table of a landscape.

    Args:
        landscape: the name of one that is shipped, or the path of a folder or zip file.

    Raises:
        InputError: there is none, or it is not a complete grid of an environment without contexts.
    """
    path = SHIPPED.get(landscape, Path(landscape))
    if not path.exists():
        raise InputError(
            f"-e landscape={landscape}: not found; takes {', '.join(SHIPPED)}, or a folder or zip file "
            "of one made by: policybench landscape --env NAME --levels N"
        )
    measured = load_landscape(path)
    levels = measured.manifest.levels
    if levels is None:
        raise InputError(f"-e landscape={landscape}: its actions are no grid; takes one made with --levels")
    if list(measured.payoffs) != [""]:
        raise InputError(f"-e landscape={landscape}: has contexts; takes one of an environment without")
    if not measured.complete:
        raise InputError(f"-e landscape={landscape}: not complete; give its command again to continue it")
    return _table(measured, levels)


def _table(measured: Landscape, levels: int) -> Table:
    low, high = measured.actions.min(axis=0), measured.actions.max(axis=0)
    payoffs = measured.payoffs[""]
    return Table(
        environment=measured.manifest.environment.variant,
        dimensions=tuple(measured.manifest.dimensions),
        low=low,
        high=high,
        payoffs=payoffs.reshape(*(levels,) * len(low), payoffs.shape[1]),
    )
