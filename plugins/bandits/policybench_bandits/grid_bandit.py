"""What the bandit algorithms share: a grid of arms, a table of payoffs a context, and what they recommend."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from policybench import AskTell
from policybench_bandits.arms import arms
from policybench_bandits.table import Table, Tables

if TYPE_CHECKING:
    from policybench import Array, Floats, Outcome, Problem


class GridBandit(AskTell):
    """A bandit algorithm over the arms of a grid, with separate payoffs for each context.

    Args:
        problem: the task.
        rng: the only source of randomness.
        levels: levels of each action dimension.
        ties: which of several best arms ``best`` takes: a ``random`` one, or the ``first``.

    Attributes:
        arms: [n_arms, action_dim].
        tables: the payoffs so far.
    """

    def __init__(self, problem: Problem, *, rng: np.random.Generator, levels: int, ties: str) -> None:
        super().__init__(problem, rng=rng)
        self.arms = arms(problem.action_space, levels)
        self.tables = Tables(len(self.arms))
        self._ties = ties

    @abstractmethod
    def select(self, table: Table) -> int:
        """The number of the arm to try next, given what the arms have paid in this context."""

    def values(self, table: Table) -> Floats:
        """What the arms are believed to pay on average, [n_arms]."""
        return table.means

    def best(self, scores: Array) -> int:
        """The number of the arm with the highest of ``scores``, [n_arms]."""
        if self._ties == "first":
            return int(scores.argmax())
        return int(self.rng.choice(np.flatnonzero(scores == scores.max())))

    def choose(self, context: Array | None) -> Floats:
        """The action of the selected arm."""
        arm: Floats = self.arms[self.select(self.tables[context])]
        return arm

    def learn(self, context: Array | None, action: Floats, outcome: Outcome) -> None:
        """Add the payoff to the context's table."""
        arm = np.flatnonzero((self.arms == action).all(axis=1))[0]
        self.tables.add(context, int(arm), outcome.payoff)

    def recommend(self, context: Array | None) -> Floats:
        """The action of the visited arm of highest value, the first of several; draws nothing.

        In a context never seen the payoffs of all contexts are pooled; before any payoff it is the middle of
        the action space.
        """
        table = self.tables[context]
        if not table.plays:
            table = self.tables.pooled()
        if not table.plays:
            return self.problem.middle
        arm = np.where(table.visited, self.values(table), -np.inf).argmax()
        action: Floats = self.arms[arm].copy()
        return action

    def state_dict(self) -> dict[str, Any]:
        """The question that is open and the tables."""
        return super().state_dict() | {"tables": self.tables.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""
        super().load_state_dict(state)
        self.tables.load_state_dict(state["tables"])
