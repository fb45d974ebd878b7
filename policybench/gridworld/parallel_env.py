"""The outside of a grid-world game: a PettingZoo ``ParallelEnv`` whose game is one of a compiled batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from policybench.errors import InputError
from policybench.gridworld.view import VIEW_SIZE
from policybench.streams import kernel_stream

Infos = dict[str, dict[str, Any]]
Observations = dict[str, NDArray[np.uint8]]


class GridWorldEnv(ParallelEnv, ABC):  # type: ignore[misc]
    """Players ``player_0``, ``player_1``, ... see 11 x 11 symbols each and act all at once.

    An episode ends for everybody after ``max_cycles`` steps; nobody leaves before. ``reset(seed=...)`` fixes
    the luck of this episode and of those that follow. A subclass has the game; it implements the methods
    that are abstract here.
    """

    def __init__(
        self,
        *,
        name: str,
        n_players: int,
        n_actions: int,
        n_symbols: int,
        max_cycles: int,
        render_mode: str | None,
    ) -> None:
        """Prepare the spaces.

        Raises:
            InputError: ``max_cycles`` is not positive or ``render_mode`` is not known.
        """
        if max_cycles < 1:
            raise InputError(f"max_cycles: {max_cycles}; it is at least 1.")
        if render_mode not in (None, "rgb_array"):
            raise InputError(f"render_mode: {render_mode!r}; allowed are None and 'rgb_array'.")
        self.metadata = {
            "name": name,
            "render_modes": ["rgb_array"],
            "render_fps": 10,
            "is_parallelizable": True,
        }
        self.max_cycles = max_cycles
        self.render_mode = render_mode
        self.possible_agents = [f"player_{i}" for i in range(n_players)]
        self.agents: list[str] = []
        shape = (VIEW_SIZE, VIEW_SIZE)
        self.observation_spaces = {
            agent: Box(0, n_symbols - 1, shape, dtype=np.uint8) for agent in self.possible_agents
        }
        self.action_spaces = {agent: Discrete(n_actions) for agent in self.possible_agents}
        self._n_actions = n_actions
        self._n_steps = 0
        self._seed: int | None = None
        self._episode = 0
        self._stream = np.zeros(4, dtype=np.uint64)

    def observation_space(self, agent: str) -> Box:
        """Symbols, [11, 11] uint8."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Discrete:
        """Indices of actions."""
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Observations, Infos]:
        """Start an episode; without a seed, the next one of the seed given last, or of a fresh seed."""
        if seed is not None or self._seed is None:
            self._seed = _fresh_seed() if seed is None else seed
            self._episode = 0
        self._stream = kernel_stream(self._seed, 0, "game", self._episode)
        self._episode += 1
        self._n_steps = 0
        self.agents = self.possible_agents[:]
        self._reset_game()
        return self._observations(), {agent: {} for agent in self.agents}

    def step(
        self, actions: dict[str, int]
    ) -> tuple[Observations, dict[str, float], dict[str, bool], dict[str, bool], Infos]:
        """Make a step; returns observations, rewards, terminations, truncations and infos by player.

        Raises:
            InputError: an action is missing or there is no such action.
        """
        if not self.agents:
            return {}, {}, {}, {}, {}
        rewards, infos = self._step_game(self._checked(actions))
        self._n_steps += 1
        agents = self.agents
        over = self._n_steps >= self.max_cycles
        if over:
            self.agents = []
        return (
            self._observations(),
            {agent: float(reward) for agent, reward in zip(agents, rewards, strict=True)},
            dict.fromkeys(agents, False),
            dict.fromkeys(agents, over),
            dict(zip(agents, infos, strict=True)),
        )

    def render(self) -> NDArray[np.uint8] | None:
        """A picture of the map, [height, width, 3] uint8, if ``render_mode`` is ``"rgb_array"``."""
        return self._draw() if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """Nothing is held open."""

    @abstractmethod
    def set_policy(self, action: NDArray[np.floating[Any]]) -> None:
        """Set the principal's action, [action_dim]; it holds from the next step on."""

    @abstractmethod
    def get_state(self) -> dict[str, Any]:
        """The state of the game as plain arrays."""

    @abstractmethod
    def set_state(self, state: dict[str, Any]) -> None:
        """Put the game into a state that ``get_state`` could have given."""

    @abstractmethod
    def _reset_game(self) -> None:
        """Put the game at its start."""

    @abstractmethod
    def _step_game(self, actions: NDArray[np.uint8]) -> tuple[NDArray[np.float32], list[dict[str, Any]]]:
        """Make a step with luck from ``self._stream``: rewards and infos by player."""

    @abstractmethod
    def _views(self) -> NDArray[np.uint8]:
        """What the players see, [n_players, 11, 11], in memory that may be used again."""

    @abstractmethod
    def _draw(self) -> NDArray[np.uint8]:
        """A picture of the map."""

    def _go_on_from(self, n_steps: int) -> None:
        """The episode is one that so many steps have been made of; for ``set_state``."""
        self._n_steps = n_steps
        self.agents = self.possible_agents[:] if n_steps < self.max_cycles else []

    def _observations(self) -> Observations:
        return dict(zip(self.possible_agents, self._views().copy(), strict=True))

    def _checked(self, actions: dict[str, int]) -> NDArray[np.uint8]:
        for agent in self.agents:
            if agent not in actions:
                raise InputError(f"actions: none for {agent}; every player acts in every step.")
            if not 0 <= actions[agent] < self._n_actions:
                allowed = f"0 to {self._n_actions - 1}"
                raise InputError(f"actions: {actions[agent]} for {agent}; allowed is {allowed}.")
        return np.array([actions[agent] for agent in self.agents], dtype=np.uint8)


def _fresh_seed() -> int:
    entropy = np.random.SeedSequence().entropy
    assert isinstance(entropy, int)
    return entropy
