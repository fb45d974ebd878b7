"""Gather-Trade-Build with its tax as a PettingZoo ``ParallelEnv``, for other people's learners and tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from policybench import InputError
from policybench.streams import kernel_stream
from policybench_gather_trade_build import welfare
from policybench_gather_trade_build.actions import N_ACTIONS
from policybench_gather_trade_build.drawing import Picture
from policybench_gather_trade_build.game import make_games, reset_game, step_game
from policybench_gather_trade_build.observations import observation_space, observe
from policybench_gather_trade_build.rules import EPISODE_STEPS, N_AGENTS, make_rules
from policybench_gather_trade_build.state import read_state, write_state
from policybench_gather_trade_build.tax import check_rates, endowment

Observations = dict[str, dict[str, NDArray[Any]]]
Infos = dict[str, dict[str, Any]]


def parallel_env(
    *,
    rates: Sequence[float] = (0.0,) * 7,
    max_cycles: int = EPISODE_STEPS,
    render_mode: str | None = None,
) -> GatherTradeBuildEnv:
    """A game of Gather-Trade-Build.

    Args:
        rates: marginal tax rates of the seven brackets (``rules.BRACKETS``), each from 0 to 1.
        max_cycles: steps an episode.
        render_mode: None or ``"rgb_array"``.

    Raises:
        InputError: a value is not allowed.
    """
    return GatherTradeBuildEnv(rates, max_cycles, render_mode)


class GatherTradeBuildEnv(ParallelEnv):  # type: ignore[misc]
    """Agents gather stone and wood, trade them and build houses; their income is taxed, the tax shared out.

    Actions are those of ``policybench_gather_trade_build.actions.ACTION_NAMES``; observations those of
    ``observations.observe``, among them the ``action_mask``. An action that is not open changes nothing and costs
    nothing. A reward is the change of the agent's utility; infos have its ``coin``, ``labour`` and ``houses``, and
    the ``welfare`` of all, equality times mean coin. An episode ends for everybody after ``max_cycles`` steps.
    ``reset(seed=...)`` fixes the luck of this episode and of those that follow.
    """

    def __init__(self, rates: Sequence[float], max_cycles: int, render_mode: str | None) -> None:
        """Prepare one game; arguments as for ``parallel_env``."""
        if max_cycles < 1:
            raise InputError(f"max_cycles: {max_cycles}; it is at least 1.")
        if render_mode not in (None, "rgb_array"):
            raise InputError(f"render_mode: {render_mode!r}; allowed are None and 'rgb_array'.")
        self.metadata = {
            "name": "gather_trade_build_v0",
            "render_modes": ["rgb_array"],
            "render_fps": 10,
            "is_parallelizable": True,
        }
        self.max_cycles = max_cycles
        self.render_mode = render_mode
        self.rules = make_rules()
        self.games = make_games(self.rules, 1)
        self.possible_agents = [f"agent_{i}" for i in range(N_AGENTS)]
        self.agents: list[str] = []
        self.observation_spaces = {agent: observation_space() for agent in self.possible_agents}
        self.action_spaces = {agent: spaces.Discrete(N_ACTIONS) for agent in self.possible_agents}
        self._rates = check_rates(rates)
        self._picture = Picture(max_cycles)
        self._seed: int | None = None
        self._episode = 0
        self._stream = np.zeros(4, dtype=np.uint64)

    def observation_space(self, agent: str) -> spaces.Dict:
        """Map, numbers and mask."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Discrete:
        """Indices of actions."""
        return self.action_spaces[agent]

    def set_policy(self, action: NDArray[np.floating[Any]] | Sequence[float]) -> None:
        """Set the seven marginal rates; they come into force when the next tax period begins, every 100 steps.

        Raises:
            InputError: there are not seven, or one is not from 0 to 1.
        """
        self._rates = check_rates(action)
        self.games[0].planned[:] = self._rates

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Observations, Infos]:
        """Start an episode; without a seed, the next one of the seed given last, or of a fresh seed."""
        if seed is not None or self._seed is None:
            self._seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
            self._episode = 0
        self._stream = kernel_stream(self._seed, 0, "game", self._episode)
        self._episode += 1
        self.agents = self.possible_agents[:]
        reset_game(self.rules, self.games, 0, self._rates, self._stream)
        self._picture = Picture(self.max_cycles)
        return self._observations(), {agent: {} for agent in self.agents}

    def step(
        self, actions: Mapping[str, int]
    ) -> tuple[Observations, dict[str, float], dict[str, bool], dict[str, bool], Infos]:
        """Make a step; returns observations, rewards, terminations, truncations and infos by agent.

        Raises:
            InputError: an action is missing or there is no such action.
        """
        if not self.agents:
            return {}, {}, {}, {}, {}
        step_game(self.rules, self.games, 0, self._checked(actions), self._stream)
        agents, game = self.agents, self.games[0]
        over = bool(game.step >= self.max_cycles)
        if over:
            self.agents = []
        return (
            self._observations(),
            {agent: float(reward) for agent, reward in zip(agents, game.rewards, strict=True)},
            dict.fromkeys(agents, False),
            dict.fromkeys(agents, over),
            self._infos(),
        )

    def render(self) -> NDArray[np.uint8] | None:
        """A picture of the game, [height, width, 3] uint8, if ``render_mode`` is ``"rgb_array"``."""
        return self._picture.draw(self.games, 0) if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """Nothing is held open."""

    def get_state(self) -> dict[str, Any]:
        """The state of the game as plain arrays (``state.read_state``), and its luck, ``stream``."""
        return read_state(self.games, 0) | {"stream": self._stream.copy()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Put the game into a state as ``get_state`` gives it (``state.write_state``); the luck may be missing.

        Raises:
            InputError: the state is incomplete or impossible.
        """
        if self._seed is None:
            self.reset()
        write_state(self.rules, self.games, 0, state)
        if "stream" in state:
            self._stream = np.array(state["stream"], dtype=np.uint64)
        self.agents = self.possible_agents[:] if self.games[0].step < self.max_cycles else []

    def _observations(self) -> Observations:
        return dict(zip(self.possible_agents, observe(self.rules, self.games, 0), strict=True))

    def _infos(self) -> Infos:
        game = self.games[0]
        value = welfare.equality_times_productivity(game)
        return {
            agent: {
                "coin": float(endowment(game, i)),
                "labour": float(game.labour[i]),
                "houses": int(game.n_houses[i]),
                "welfare": value,
            }
            for i, agent in enumerate(self.possible_agents)
        }

    def _checked(self, actions: Mapping[str, int]) -> NDArray[np.uint8]:
        for agent in self.agents:
            if agent not in actions:
                raise InputError(f"actions: none for {agent}; every agent acts in every step.")
            if not 0 <= actions[agent] < N_ACTIONS:
                raise InputError(f"actions: {actions[agent]} for {agent}; allowed is 0 to {N_ACTIONS - 1}.")
        return np.array([actions[agent] for agent in self.agents], dtype=np.uint8)
