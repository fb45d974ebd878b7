"""The upper confidence bound algorithm UCB1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from policybench_bandits.grid_bandit import GridBandit

if TYPE_CHECKING:
    from policybench import Problem
    from policybench_bandits.table import Table


class UCB(GridBandit):
    """Takes the arm with the highest ``mean + c * sqrt(ln t / n)``.

    ``mean`` and ``n`` are the arm's sample average and count in this context, and ``t`` counts the steps
    so far. An arm with n = 0 is unboundedly promising, so every arm is tried once before any is tried twice.
    With ``c = sqrt(2)`` and payoffs in [0, 1] this is UCB1 (Auer, Cesa-Bianchi & Fischer 2002, figure 1).
    """

    def __init__(
        self, problem: Problem, *, rng: np.random.Generator, c: float, t: str, ties: str, levels: int | None
    ) -> None:
        super().__init__(problem, rng=rng, levels=levels or problem.coarse_levels, ties=ties)
        self._c = c
        self._counts_all_contexts = t == "all"

    def select(self, table: Table) -> int:
        """An arm never tried in this context, or else the one with the highest upper confidence bound."""
        visited = table.visited
        if not visited.all():
            return self.best(~visited)
        t = self.tables.plays if self._counts_all_contexts else table.plays
        return self.best(table.means + self._c * np.sqrt(math.log(t) / table.counts))
