"""One seed as a ``gymnasium.Env``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np

from policybench.arrays import Array, Floats
from policybench.gymnasium.observations import Observation
from policybench.gymnasium.steps import Steps


class PolicyEnv(gymnasium.Env[Observation, Array]):
    """One seed of an environment: an action, [action_dim], a step; the reward is the payoff.

    ``policybench.gymnasium.make`` makes it. Observations are dictionaries, whose entries have the shapes of
    ``observation_space``; before the first step they hold zeros, and ``context`` if there is one.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - Gymnasium's interface

    def __init__(self, steps: Steps) -> None:
        """Wrap the steps of one seed."""
        self._steps = steps
        self.action_space = steps.problem.action_space
        self.observation_space = steps.space

    @property
    def budget(self) -> int:
        """Principal steps of an episode."""
        return self._steps.budget

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode.

        Args:
            seed: of the environment, whose first step comes next. Without one the environment's luck goes on: a
                new episode is another one. While a run is recorded its seed stays, and no step comes again.
            options: none are known.

        Returns:
            The observation, its entries in the shapes of ``observation_space``, and an empty dictionary.
        """
        super().reset(seed=seed)
        [seen] = self._steps.begin(None if seed is None else [seed])
        return seen, {}

    def step(self, action: Array) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Set an action, let followers learn under it, and validate them.

        Args:
            action: [action_dim].

        Returns:
            The observation, the payoff, False, whether the budget is spent, and the timesteps that it took.

        Raises:
            InputError: the action lies outside the action space, or the budget is spent.
        """
        [outcome], [seen] = self._steps.advance(np.asarray(action)[None])
        info = {
            "training_timesteps": outcome.timesteps.training,
            "validation_timesteps": outcome.timesteps.validation,
        }
        return seen, float(outcome.payoff), False, self._steps.done == self._steps.budget, info

    def finish(self, recommend: Callable[[Observation], Array]) -> None:
        """Finish what is recorded: evaluate what is recommended afresh, at steps that were never played.

        Args:
            recommend: the action, [action_dim], for an observation: the last one, with the context of a step.

        Raises:
            InputError: nothing is recorded, or the budget is not spent yet.
        """

        def choose(seen: list[Observation]) -> Floats:
            return np.stack([np.asarray(recommend(part), np.float64) for part in seen])

        self._steps.recommend(choose)

    def close(self) -> None:
        """Close the environment."""
        self._steps.close()
