"""Epsilon-greedy action selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from policybench_bandits.grid_bandit import GridBandit

if TYPE_CHECKING:
    from policybench import Problem
    from policybench_bandits.table import Table


class EpsilonGreedy(GridBandit):
    """Takes the arm with the best sample average or, with probability epsilon, any arm, each as likely.

    Action values are sample averages (Sutton & Barto 2018, 2nd ed., equation 2.1 and the algorithm of section
    2.4). Until an arm is tried it has the value ``initial``: the book's Q1, optimistic if it lies above the
    payoffs (section 2.6). With ``unvisited="excluded"`` the greedy choice is among tried arms alone.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        rng: np.random.Generator,
        epsilon: float,
        unvisited: str,
        initial: float,
        ties: str,
        levels: int | None,
    ) -> None:
        super().__init__(problem, rng=rng, levels=levels or problem.fine_levels, ties=ties)
        self._epsilon = epsilon
        self._untried = -np.inf if unvisited == "excluded" else initial

    def select(self, table: Table) -> int:
        """A random arm with probability epsilon, else the greedy one."""
        if self.rng.random() < self._epsilon:
            return int(self.rng.integers(len(self.arms)))
        return self.best(np.where(table.visited, table.means, self._untried))
