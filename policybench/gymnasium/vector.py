"""Several seeds as a ``gymnasium.vector.VectorEnv``, evaluated in one batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space, concatenate, create_empty_array

from policybench.arrays import Array, Floats
from policybench.errors import InputError
from policybench.gymnasium.observations import Observation
from policybench.gymnasium.steps import Steps


class PolicyVectorEnv(VectorEnv[Observation, Array, Array]):
    """Seeds of an environment side by side: rewards are payoffs, [n_seeds], of actions, [n_seeds, action_dim].

    ``policybench.gymnasium.make_vec`` makes it. All episodes end together; the step after the last one begins
    the next, whatever its actions are (``AutoresetMode.NEXT_STEP``).
    """

    metadata: dict[str, Any] = {"render_modes": [], "autoreset_mode": AutoresetMode.NEXT_STEP}  # noqa: RUF012

    def __init__(self, steps: Steps, n_seeds: int) -> None:
        """Wrap the steps of so many seeds."""
        self._steps = steps
        self.num_envs = n_seeds
        self.single_action_space = steps.problem.action_space
        self.single_observation_space = steps.space
        self.action_space = batch_space(self.single_action_space, n_seeds)
        self.observation_space = batch_space(self.single_observation_space, n_seeds)

    @property
    def budget(self) -> int:
        """Principal steps of an episode."""
        return self._steps.budget

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode of every seed.

        Args:
            seed: of the first one, the others count on from it; or a seed each. Without any the luck goes on: new
                episodes are others. While a run is recorded its seeds stay, and no step comes again.
            options: none are known.

        Returns:
            The observations, each entry of shape [n_seeds, ...], and an empty dictionary.

        Raises:
            InputError: there are more or fewer seeds than environments, or one is None.
        """
        if seed is None:
            return self._batch(self._steps.begin(None)), {}
        seeds = [seed + i for i in range(self.num_envs)] if isinstance(seed, int) else list(seed)
        if len(seeds) != self.num_envs or None in seeds:
            raise InputError(f"seed {seed}: takes {self.num_envs} seeds, one an environment")
        return self._batch(self._steps.begin([int(value) for value in seeds if value is not None])), {}

    def step(self, actions: Array) -> tuple[Observation, Array, Array, Array, dict[str, Any]]:
        """Set an action a seed and evaluate all of them in one batch.

        Args:
            actions: [n_seeds, action_dim].

        Returns:
            Observations, payoffs, [n_seeds], False and whether the budget is spent, [n_seeds], and timesteps,
            [n_seeds].

        Raises:
            InputError: an action lies outside the action space, or the budget of what is recorded is spent.
        """
        never = np.zeros(self.num_envs, dtype=np.bool_)
        if self._steps.done == self._steps.budget and not self._steps.recorded:
            seen, info = self.reset()
            return seen, np.zeros(self.num_envs), never, never.copy(), info
        outcomes, observations = self._steps.advance(actions)
        ended = np.full(self.num_envs, self._steps.done == self._steps.budget)
        info = {
            "training_timesteps": np.array([outcome.timesteps.training for outcome in outcomes]),
            "validation_timesteps": np.array([outcome.timesteps.validation for outcome in outcomes]),
        }
        payoffs = np.array([outcome.payoff for outcome in outcomes], dtype=np.float64)
        return self._batch(observations), payoffs, never, ended, info

    def finish(self, recommend: Callable[[Observation], Array]) -> None:
        """Finish what is recorded: evaluate what is recommended afresh, at steps that were never played.

        Args:
            recommend: the actions, [n_seeds, action_dim], for observations: the last ones, each entry of shape
                [n_seeds, ...], with the contexts of a step.

        Raises:
            InputError: nothing is recorded, or the budget is not spent yet.
        """

        def choose(seen: list[Observation]) -> Floats:
            return np.asarray(recommend(self._batch(seen)), np.float64)

        self._steps.recommend(choose)

    def close_extras(self, **_: Any) -> None:
        """Close the environment."""
        self._steps.close()

    def _batch(self, observations: list[Observation]) -> Observation:
        space = self.single_observation_space
        return cast(
            "Observation", concatenate(space, observations, create_empty_array(space, self.num_envs) or {})
        )
