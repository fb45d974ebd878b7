"""Sample averages of the arms' payoffs, one table per context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from policybench import context_key

if TYPE_CHECKING:
    from policybench import Array, Floats


class Table:
    """What the arms paid in one context.

    Attributes:
        counts: [n_arms] int64, how often each arm was told of.
        means: [n_arms], mean payoff; 0 where the count is 0.
        squares: [n_arms], sum of the payoffs' squared deviations from that mean.
    """

    def __init__(self, n_arms: int) -> None:
        self.counts = np.zeros(n_arms, dtype=np.int64)
        self.means: Floats = np.zeros(n_arms)
        self.squares: Floats = np.zeros(n_arms)

    @property
    def visited(self) -> NDArray[np.bool_]:
        """Which arms were ever told of, [n_arms]."""
        return self.counts > 0

    @property
    def plays(self) -> int:
        """Number of payoffs in the table."""
        return int(self.counts.sum())

    def add(self, arm: int, payoff: float) -> None:
        """Take in one payoff (Welford 1962: stable, and no payoff is kept)."""
        self.counts[arm] += 1
        deviation = payoff - self.means[arm]
        self.means[arm] += deviation / self.counts[arm]
        self.squares[arm] += deviation * (payoff - self.means[arm])

    def merge(self, other: Table) -> None:
        """Take in all payoffs of another table (Chan, Golub & LeVeque 1983)."""
        counts = self.counts + other.counts
        weight = other.counts / np.maximum(counts, 1)
        deviations = other.means - self.means
        self.squares += other.squares + deviations**2 * self.counts * weight
        self.means += deviations * weight
        self.counts = counts

    def state_dict(self) -> dict[str, Any]:
        """The visited arms only: a budget visits few of a fine grid."""
        arms = np.flatnonzero(self.counts)
        return {
            "arms": arms,
            "counts": self.counts[arms],
            "means": self.means[arms],
            "squares": self.squares[arms],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Make an empty table equal to the one that was saved."""
        arms = state["arms"]
        self.counts[arms] = state["counts"]
        self.means[arms] = state["means"]
        self.squares[arms] = state["squares"]


class Tables:
    """A table for each context; contexts are told apart by their values."""

    def __init__(self, n_arms: int) -> None:
        self._n_arms = n_arms
        self._tables: dict[str, tuple[Array | None, Table]] = {}

    def __getitem__(self, context: Array | None) -> Table:
        """The context's table; one without payoffs if the context was never told of."""
        known = self._tables.get(context_key(context))
        return Table(self._n_arms) if known is None else known[1]

    def add(self, context: Array | None, arm: int, payoff: float) -> None:
        """Take in one payoff."""
        _, table = self._tables.setdefault(context_key(context), (context, Table(self._n_arms)))
        table.add(arm, payoff)

    @property
    def plays(self) -> int:
        """Number of payoffs in all tables."""
        return sum(table.plays for _, table in self._tables.values())

    def pooled(self) -> Table:
        """One table of all payoffs, whatever their context."""
        pooled = Table(self._n_arms)
        for _, table in self._tables.values():
            pooled.merge(table)
        return pooled

    def state_dict(self) -> list[dict[str, Any]]:
        """The tables in the order in which their contexts first came."""
        return [{"context": context} | table.state_dict() for context, table in self._tables.values()]

    def load_state_dict(self, state: Iterable[Mapping[str, Any]]) -> None:
        """Continue from what ``state_dict`` returned."""
        self._tables = {}
        for saved in state:
            table = Table(self._n_arms)
            table.load_state_dict(saved)
            self._tables[context_key(saved["context"])] = (saved["context"], table)
