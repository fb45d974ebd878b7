"""Both games as PettingZoo ``ParallelEnv``, for other people's learners and tools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete, MultiBinary
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from policybench import InputError, check_action
from policybench_escape_room import MOST_LEVERS
from policybench_escape_room.cer import LARGEST_INCENTIVE as LARGEST_CER_INCENTIVE
from policybench_escape_room.drawing import Scene, draw
from policybench_escape_room.escape_room import LARGEST_INCENTIVE as LARGEST_ESCAPE_ROOM_INCENTIVE
from policybench_escape_room.game import (
    Rules,
    cer_rules,
    escape_room_rules,
    is_over,
    move,
    n_ones,
    n_places,
    observation_size,
    observe,
)

Infos = dict[str, dict[str, Any]]
Observations = dict[str, NDArray[np.int8]]


def cer_parallel_env(
    *,
    levers: int = 3,
    incentives: Sequence[float] | None = None,
    active_lever: int | None = None,
    render_mode: str | None = None,
) -> EscapeRoomEnv:
    """A game of the Contextual Escape Room; places are the levers, 0 to n - 1, then the door, then the start.

    Args:
        levers: n, how many there are, from 2 to 10.
        incentives: [n + 2] what each step that ends at a place pays on top, from 0 to 5; None pays nothing.
        active_lever: 0 to n - 1; None draws it at each reset.
        render_mode: None or ``"rgb_array"``.

    Raises:
        InputError: a value is not allowed.
    """
    if levers not in range(2, MOST_LEVERS + 1):
        raise InputError(f"levers: {levers}; allowed are 2 to {MOST_LEVERS}.")
    rules = cer_rules(n_levers=levers)
    if incentives is None:
        incentives = (0.0,) * n_places(rules)
    if active_lever is not None and active_lever not in range(rules.n_levers):
        raise InputError(f"active_lever: {active_lever}; allowed are 0 to {rules.n_levers - 1}, and None.")
    return EscapeRoomEnv("cer_v0", rules, LARGEST_CER_INCENTIVE, incentives, active_lever, render_mode)


def escape_room_parallel_env(
    *,
    agents: int = 5,
    needed: int = 2,
    incentives: Sequence[float] = (0.0, 0.0, 0.0),
    render_mode: str | None = None,
) -> EscapeRoomEnv:
    """A game of the Escape Room ER(N, M); places are lever (0), start (1), door (2).

    Args:
        agents: N, the number of players.
        needed: M, how many at the lever open the door; less than ``agents``.
        incentives: [3] what each step that ends at a place pays on top, from 0 to 2.
        render_mode: None or ``"rgb_array"``.

    Raises:
        InputError: a value is not allowed.
    """
    rules = escape_room_rules(agents, needed)
    return EscapeRoomEnv("escape_room_v0", rules, LARGEST_ESCAPE_ROOM_INCENTIVE, incentives, 0, render_mode)


class EscapeRoomEnv(ParallelEnv):  # type: ignore[misc]
    """Players ``player_0``, ``player_1``, ... choose the places to be at next, and all move at once.

    Actions: the numbers of the places. Observations: int8, a one-hot position for each player (CER: by number;
    ER(N, M): the own one first), then, where there are several levers, the active one, one-hot. Rewards are what
    the game pays plus the incentive of the place; infos have ``raw_reward``, without it, and ``door_open``.

    An escape in ER(N, M) terminates the episode; running out of steps truncates it.
    """

    _places: NDArray[np.int64]
    _raw: NDArray[np.float64]
    _incentives: NDArray[np.float64]

    def __init__(
        self,
        name: str,
        rules: Rules,
        largest_incentive: float,
        incentives: Sequence[float],
        active_lever: int | None,
        render_mode: str | None,
    ) -> None:
        """Prepare one game.

        Args:
            name: for ``metadata``.
            rules: of the game.
            largest_incentive: that is allowed.
            incentives: [n_places], to begin with.
            active_lever: None draws it at each reset.
            render_mode: None or ``"rgb_array"``.

        Raises:
            InputError: incentives or ``render_mode`` are not allowed.
        """
        if render_mode not in (None, "rgb_array"):
            raise InputError(f"render_mode: {render_mode!r}; allowed are None and 'rgb_array'.")
        self.metadata = {"name": name, "render_modes": ["rgb_array"], "render_fps": 1, "is_parallelizable": True}
        self.rules = rules
        self.render_mode = render_mode
        self.possible_agents = [f"player_{i}" for i in range(rules.n_followers)]
        self.agents: list[str] = []
        self._policy_space = Box(0.0, largest_incentive, (n_places(rules),), np.float64)
        self._observation_spaces = {agent: MultiBinary(observation_size(rules)) for agent in self.possible_agents}
        self._action_spaces = {agent: Discrete(n_places(rules)) for agent in self.possible_agents}
        self._chosen_lever = active_lever
        self._rng = np.random.default_rng()
        self.set_policy(incentives)
        self._steps, self._paid, self._door_open = 0, 0.0, False
        self._begin()

    def observation_space(self, agent: str) -> MultiBinary:
        """Zeros and ones, int8."""
        return self._observation_spaces[agent]

    def action_space(self, agent: str) -> Discrete:
        """The numbers of the places."""
        return self._action_spaces[agent]

    def set_policy(self, action: Sequence[float] | NDArray[np.floating[Any]]) -> None:
        """Set the incentives, [n_places]; they hold from the next step on.

        Raises:
            InputError: their number is wrong, or one is out of range.
        """
        numbers = np.asarray(action, dtype=np.float64).tolist()
        checked = check_action(f"incentives: {numbers}", numbers, self._policy_space)
        self._incentives = checked.astype(np.float64)

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Observations, Infos]:
        """Start an episode; a seed fixes which levers are active in this and all later ones."""
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        self._begin()
        self.agents = self.possible_agents[:]
        return self._observations(), {agent: {} for agent in self.agents}

    def step(
        self, actions: dict[str, int]
    ) -> tuple[Observations, dict[str, float], dict[str, bool], dict[str, bool], Infos]:
        """Make a step; returns observations, rewards, terminations, truncations and infos by player.

        Raises:
            InputError: an action is missing, or there is no such place.
        """
        if not self.agents:
            return {}, {}, {}, {}, {}
        places, agents = self._checked(actions), self.agents
        door_open = move(self.rules, self.active_lever, self._places, places, self._raw)
        self._places, self._steps, self._door_open = places, self._steps + 1, bool(door_open)
        self._paid += self._raw.sum()
        over = bool(is_over(self.rules, places, door_open, self._steps))
        escaped = over and bool(is_over(self.rules, places, door_open, 0))
        if over:
            self.agents = []
        rewards = self._raw + self._incentives[places]
        return (
            self._observations(),
            {agent: float(reward) for agent, reward in zip(agents, rewards, strict=True)},
            dict.fromkeys(agents, escaped),
            dict.fromkeys(agents, over and not escaped),
            {
                agent: {"raw_reward": float(raw), "door_open": self._door_open}
                for agent, raw in zip(agents, self._raw, strict=True)
            },
        )

    def render(self) -> NDArray[np.uint8] | None:
        """A picture of the room, [height, width, 3] uint8, if ``render_mode`` is ``"rgb_array"``."""
        if self.render_mode != "rgb_array":
            return None
        scene = Scene(
            places=self._places,
            door_open=self._door_open,
            rewards=self._raw if self._steps else None,
            step=self._steps,
            paid=self._paid,
        )
        return draw(self.rules, self.active_lever, self._incentives, scene)

    def close(self) -> None:
        """Nothing is held open."""

    def _begin(self) -> None:
        lever = self._chosen_lever
        self.active_lever = int(self._rng.integers(self.rules.n_levers)) if lever is None else lever
        self._places = np.full(self.rules.n_followers, self.rules.start, dtype=np.int64)
        self._raw = np.zeros(self.rules.n_followers)
        self._steps, self._paid, self._door_open = 0, 0.0, False

    def _observations(self) -> Observations:
        ones = np.zeros(n_ones(self.rules), dtype=np.int64)
        observations = {}
        for player, agent in enumerate(self.possible_agents):
            observe(self.rules, self.active_lever, self._places, player, ones)
            observations[agent] = np.zeros(observation_size(self.rules), dtype=np.int8)
            observations[agent][ones] = 1
        return observations

    def _checked(self, actions: dict[str, int]) -> NDArray[np.int64]:
        for agent in self.agents:
            if agent not in actions:
                raise InputError(f"actions: none for {agent}; every player acts in every step.")
            if actions[agent] not in self._action_spaces[agent]:
                allowed = f"0 to {n_places(self.rules) - 1}"
                raise InputError(f"actions: {actions[agent]} for {agent}; allowed is {allowed}.")
        return np.array([actions[agent] for agent in self.agents], dtype=np.int64)
