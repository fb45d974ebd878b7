"""Principals of economics, which play only this game: two fixed schedules, and the formula of Saez."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from policybench import AskTell, InputError
from policybench_gather_trade_build.brackets import DIMENSIONS
from policybench_gather_trade_build.rules import N_BRACKETS, US_FEDERAL
from policybench_gather_trade_build.saez import FIRST_ELASTICITY, MEMORY, next_elasticity, saez_rates
from policybench_gather_trade_build.tax import marginal_rate

if TYPE_CHECKING:
    from policybench import Array, Floats, Outcome, Problem


class IncomeTax(AskTell):
    """A principal that sets the income tax of this game."""

    name: ClassVar[str]

    def __init__(self, problem: Problem, *, rng: np.random.Generator) -> None:
        """Keep the problem.

        Raises:
            InputError: it is that of another environment, or its action is relabelled.
        """
        super().__init__(problem, rng=rng)
        if problem.description.action != DIMENSIONS:
            first = problem.description.action[0].name
            raise InputError(
                f"principal {self.name} sets an income tax, the rate of the lowest bracket first, and plays only "
                f"environment gather-trade-build, without -e relabel; the action of this one begins with {first!r}"
            )


class _Schedule(IncomeTax):
    """Always sets the same rates; learns nothing."""

    rates: ClassVar[tuple[float, ...]]

    def choose(self, context: Array | None) -> Floats:
        """The schedule."""
        return np.array(self.rates)

    def learn(self, context: Array | None, action: Floats, outcome: Outcome) -> None:
        """Ignore the outcome."""

    def recommend(self, context: Array | None) -> Floats:
        """The schedule."""
        return np.array(self.rates)


class FreeMarket(_Schedule):
    """No tax."""

    name = "free-market"
    rates = (0.0,) * N_BRACKETS


class UsFederal(_Schedule):
    """The federal marginal rates of the United States in 2019."""

    name = "us-federal"
    rates = US_FEDERAL


class Saez(IncomeTax):
    """The formula of Saez, with an elasticity that it estimates.

    As in the code of the AI Economist papers: until it has seen 500 incomes the rates are random, which also
    teaches the elasticity; then the formula is applied to the last 500, and the estimate follows period by period.
    There incomes are those of single agents, pooled over the games that run in parallel. Here they are means over
    validation episodes, of the lowest income of a period, the second lowest and so on, and the rates are those at
    these means.
    """

    name = "saez"

    def __init__(self, problem: Problem, *, rng: np.random.Generator) -> None:
        """Begin without a memory."""
        super().__init__(problem, rng=rng)
        self._incomes: Floats = np.zeros(0)
        self._marginal: Floats = np.zeros(0)
        self._elasticity = FIRST_ELASTICITY

    def choose(self, context: Array | None) -> Floats:
        """Random rates at first, later those of the formula."""
        if len(self._incomes) < MEMORY:
            return self.rng.uniform(size=N_BRACKETS)
        return saez_rates(self._incomes, self._elasticity)

    def learn(self, context: Array | None, action: Floats, outcome: Outcome) -> None:
        """Remember the incomes of every tax period; once there are enough, estimate the elasticity anew."""
        rates = np.asarray(action, dtype=np.float64)
        for incomes in np.asarray(outcome.observation["incomes"], dtype=np.float64):
            met = np.array([marginal_rate(rates, income) for income in incomes])
            self._incomes = np.append(self._incomes, incomes)[-MEMORY:]
            self._marginal = np.append(self._marginal, met)[-MEMORY:]
            if len(self._incomes) == MEMORY:
                self._elasticity = next_elasticity(self._elasticity, self._incomes, self._marginal)

    def recommend(self, context: Array | None) -> Floats:
        """What the formula says by now; before anything was seen, the middle of all rates."""
        if len(self._incomes) == 0:
            return self.problem.middle
        return saez_rates(self._incomes, self._elasticity)

    def notes(self) -> dict[str, Any]:
        """The estimate of the elasticity."""
        return {"elasticity": self._elasticity}

    def state_dict(self) -> dict[str, Any]:
        """What was seen, and the estimate."""
        return super().state_dict() | {
            "incomes": self._incomes,
            "marginal": self._marginal,
            "elasticity": self._elasticity,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""
        super().load_state_dict(state)
        self._incomes, self._marginal = np.array(state["incomes"]), np.array(state["marginal"])
        self._elasticity = float(state["elasticity"])
