"""The environment ``tabular``: the payoff of the nearest action of a grid that was measured before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from gymnasium import spaces

from policybench import (
    Description,
    Dimension,
    Environment,
    Floats,
    Outcome,
    Problem,
    Reference,
    Timesteps,
    check_actions,
)
from policybench.streams import generator
from policybench_tabular.table import Table, load_table

_STEPS = 3000
"""The budget of the paper for its Harvest."""


class TabularEnvironment(Environment):
    """Answers with one of the recorded payoffs of the grid's nearest action.

    Which of them is the luck of (seed, step): evaluations of a landscape share their luck between actions, so two
    principals that meet at one step and seed meet the same luck, as in a game.
    """

    def __init__(self, seeds: Sequence[int], *, landscape: str) -> None:
        """Read the landscape; raises ``InputError`` if there is none that fits."""
        super().__init__(seeds)
        self._table = _load(landscape)
        self.problem = _problem(self._table)

    def evaluate(self, step: int, actions: Floats, *, gradient: bool = False) -> list[Outcome]:
        """Look the payoffs up; there is no gradient."""
        checked = check_actions(actions, len(self.seeds), self.problem.action_space)
        evaluations = self._table.payoffs.shape[-1]
        luck = [generator(seed, step, "evaluation").integers(evaluations) for seed in self.seeds]
        payoffs = self._table.payoffs[(*self._table.nearest(checked), np.array(luck))]
        return [Outcome(float(payoff), Timesteps(training=0, validation=1)) for payoff in payoffs]


@lru_cache(maxsize=8)
def _load(landscape: str) -> Table:
    """Read once for all threads of a run."""
    return load_table(landscape)


def _problem(table: Table) -> Problem:
    means = table.means
    best = np.unravel_index(means.argmax(), means.shape)
    spread = float(table.payoffs[best].std(ddof=1)) if table.payoffs.shape[-1] > 1 else None
    action = tuple(
        float(low + (high - low) * level / (table.levels - 1))
        for low, high, level in zip(table.low, table.high, best, strict=True)
    )
    return Problem(
        action_space=spaces.Box(table.low.astype(np.float32), table.high.astype(np.float32), dtype=np.float32),
        observation_space=spaces.Dict({}),
        steps=_STEPS,
        fine_levels=table.levels,
        coarse_levels=table.levels,
        description=_description(table),
        floor=Reference(table.uniform_mean(), 0.0, "exact mean of the table over uniformly random actions"),
        ceiling=Reference(
            float(means[best]), 0.0, "highest mean of the table", action={"": action}, deviation=spread
        ),
        payoff_bounds=(float(table.payoffs.min()), float(table.payoffs.max())),
        noise=spread,
    )


def _description(table: Table) -> Description:
    return Description(
        story=(
            f"A table holds what actions paid in the environment {table.environment}: the payoffs of a grid of "
            f"{table.levels} levels in each of {len(table.dimensions)} dimensions, each action evaluated "
            f"{table.payoffs.shape[-1]} times. Nobody plays: the payoff of an action is one of those that were "
            "recorded for the action of the grid that is nearest."
        ),
        action=tuple(
            Dimension(name, f"the number that {table.environment} calls {name}") for name in table.dimensions
        ),
        payoff=f"the payoff of {table.environment}, in its own unit",
    )
