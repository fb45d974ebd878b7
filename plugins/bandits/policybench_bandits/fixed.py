"""The constant action."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from policybench import AskTell, InputError, check_action

if TYPE_CHECKING:
    from policybench import Array, Floats, Outcome, Problem


class Fixed(AskTell):
    """Always sets, and recommends, the action that it was given; learns nothing."""

    def __init__(self, problem: Problem, *, rng: np.random.Generator, action: tuple[float, ...] | None) -> None:
        super().__init__(problem, rng=rng)
        space = problem.action_space
        if action is None:
            raise InputError(
                f"-p action=... is missing: principal fixed takes a number for each dimension, separated by "
                f"commas, from {space.low.tolist()} to {space.high.tolist()}"
            )
        given = "-p action=" + ",".join(f"{number:.12g}" for number in action)
        self._action: Floats = check_action(given, action, space).astype(space.dtype)

    def choose(self, context: Array | None) -> Floats:
        """The constant action."""
        return self._action

    def learn(self, context: Array | None, action: Floats, outcome: Outcome) -> None:
        """Ignore the outcome."""

    def recommend(self, context: Array | None) -> Floats:
        """The constant action."""
        return self._action.copy()
