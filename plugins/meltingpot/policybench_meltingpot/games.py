"""Two substrates of Melting Pot as PettingZoo games, each behind what a principal may set."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from policybench import InputError
from policybench_meltingpot.engine import MAX_SEED, N_PLAYERS, Frame, Substrate, count_colour
from policybench_meltingpot.incentives import pay
from policybench_meltingpot.tax import Tax

VIEW = 88
"""Pixels a side of what a player sees: 11 cells of 8 pixels."""

DOWNSCALES = (1, 2, 4, 8)

Views = dict[str, NDArray[np.uint8]]
Infos = dict[str, dict[str, Any]]


class MeltingPotGame(ParallelEnv, ABC):  # type: ignore[misc]
    """A substrate with players ``player_0`` to ``player_6``, who see pixels and act all at once.

    An episode is truncated after ``max_cycles`` steps; the engine itself ends it only after at least 1000.
    """

    substrate: str
    apple: tuple[int, int, int]

    def __init__(self, *, max_cycles: int = 1000, downscale: int = 1, render_mode: str | None = None) -> None:
        """Load the substrate.

        Args:
            max_cycles: steps an episode.
            downscale: players see the means of squares of so many pixels a side: 1, 2, 4 or 8.
            render_mode: None or ``"rgb_array"``.

        Raises:
            InputError: a value is not allowed, or Melting Pot is not installed.
        """
        if downscale not in DOWNSCALES:
            raise InputError(f"downscale: {downscale}; it is one of {', '.join(map(str, DOWNSCALES))}.")
        if max_cycles < 1:
            raise InputError(f"max_cycles: {max_cycles}; it is at least 1.")
        self._engine = Substrate(self.substrate)
        self.metadata = {"name": self.substrate, "render_modes": ["rgb_array"], "render_fps": 10}
        self.render_mode, self.max_cycles, self._downscale = render_mode, max_cycles, downscale
        self.possible_agents = [f"player_{i}" for i in range(N_PLAYERS)]
        self.agents: list[str] = []
        self._seen = spaces.Box(0, 255, (VIEW // downscale, VIEW // downscale, 3), np.uint8)
        self._acts = spaces.Discrete(len(self._engine.actions))
        self._frame: Frame
        self._step = 0
        self._eaten = np.zeros(N_PLAYERS)
        self._apples = np.zeros(max_cycles)

    def observation_space(self, agent: str) -> spaces.Box:
        """Pixels, [height, width, 3] uint8."""
        return self._seen

    def action_space(self, agent: str) -> spaces.Discrete:
        """Indices of the substrate's own table of actions."""
        return self._acts

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Views, Infos]:
        """Start an episode; the seed is that of the engine."""
        if seed is None:
            seed = int(np.random.default_rng().integers(MAX_SEED))
        self._frame = self._engine.reset(seed)
        self._step = 0
        self._eaten[:] = 0
        self._apples[:] = 0
        self.agents = self.possible_agents[:]
        self._restart()
        return self._views(), {agent: {} for agent in self.agents}

    def step(
        self, actions: dict[str, int]
    ) -> tuple[Views, dict[str, float], dict[str, bool], dict[str, bool], Infos]:
        """Make a step; infos have ``raw_reward``, what the engine paid."""
        if not self.agents:
            return {}, {}, {}, {}, {}
        frame = self._frame = self._engine.step([int(actions[agent]) for agent in self.agents])
        rewards = self._pay(frame)
        self._eaten += frame.rewards
        self._apples[self._step] = count_colour(frame.world, self.apple)
        self._step += 1
        agents, truncated = self.agents, self._step >= self.max_cycles and not frame.over
        if frame.over or truncated:
            self.agents = []
        return (
            self._views(),
            {agent: float(reward) for agent, reward in zip(agents, rewards, strict=True)},
            dict.fromkeys(agents, frame.over),
            dict.fromkeys(agents, truncated),
            {agent: {"raw_reward": float(raw)} for agent, raw in zip(agents, frame.rewards, strict=True)},
        )

    def payoff(self) -> float:
        """Apples eaten per player in the episode so far."""
        return float(self._eaten.mean())

    def render(self) -> NDArray[np.uint8] | None:
        """The whole map as the engine draws it, four times as large, if the render mode is ``"rgb_array"``."""
        return self._frame.world.repeat(4, axis=0).repeat(4, axis=1) if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """Free the engine."""
        self._engine.close()

    @abstractmethod
    def set_policy(self, action: NDArray[np.floating[Any]]) -> None:
        """Set what the principal decides; it holds until it is set again."""

    @abstractmethod
    def principal_observation(self) -> dict[str, NDArray[np.float64]]:
        """What the principal sees of the episode just played."""

    @abstractmethod
    def _restart(self) -> None:
        """An episode begins."""

    @abstractmethod
    def _pay(self, frame: Frame) -> NDArray[np.float32]:
        """What players learn from after a step, [n_players]; ``_step`` is the number of steps before it."""

    def _views(self) -> Views:
        views, k = self._frame.views, self._downscale
        if k > 1:
            side = VIEW // k
            squares = views.reshape(N_PLAYERS, side, k, side, k, 3).astype(np.uint16)
            views = (squares.sum(axis=(2, 4)) // (k * k)).astype(np.uint8)
        return dict(zip(self.possible_agents, views, strict=True))


class HarvestGame(MeltingPotGame):
    """``commons_harvest__open``, with a tax on apples (``tax``); the action is three rates from 0 to 1."""

    substrate = "commons_harvest__open"
    apple = (214, 88, 88)

    def __init__(self, **options: Any) -> None:
        """Options as for every game here."""
        super().__init__(**options)
        self._tax = Tax(N_PLAYERS)

    def set_policy(self, action: NDArray[np.floating[Any]]) -> None:
        """Set the three tax rates."""
        self._tax.set_rates(action)

    def principal_observation(self) -> dict[str, NDArray[np.float64]]:
        """``apples`` on the map after each step, and ``raw_rewards``, what each player ate."""
        return {"apples": self._apples.copy(), "raw_rewards": self._eaten.copy()}

    def _restart(self) -> None:
        self._tax.restart()

    def _pay(self, frame: Frame) -> NDArray[np.float32]:
        return self._tax.step(frame.rewards)


class CleanUpGame(MeltingPotGame):
    """``clean_up``, with incentives (``incentives``); the action is three of them from 0 to 3."""

    substrate = "clean_up"
    apple = (212, 80, 57)

    def __init__(self, **options: Any) -> None:
        """Options as for every game here."""
        super().__init__(**options)
        self._incentives = np.zeros(3)
        self._cleaned = np.zeros(self.max_cycles)
        self._raw = np.zeros(N_PLAYERS)

    def set_policy(self, action: NDArray[np.floating[Any]]) -> None:
        """Set the three incentives."""
        self._incentives = np.asarray(action, dtype=np.float64)

    def principal_observation(self) -> dict[str, NDArray[np.float64]]:
        """``apples`` on the map and players that ``cleaned``, after each step; ``raw_rewards`` of each player."""
        return {
            "apples": self._apples.copy(),
            "cleaned": self._cleaned.copy(),
            "raw_rewards": self._raw.copy(),
        }

    def _restart(self) -> None:
        self._cleaned[:] = 0
        self._raw[:] = 0

    def _pay(self, frame: Frame) -> NDArray[np.float32]:
        paid = pay(self._incentives, frame.rewards, frame.cleaned)
        self._raw += paid.raw
        self._cleaned[self._step] = paid.cleans.sum()
        return paid.rewards
