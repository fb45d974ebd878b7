"""What is to be seen of a copy of a game, in whatever process it is played."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.errors import InputError
from policybench.pettingzoo.observation_spaces import ACTION_MASK
from policybench.pettingzoo.roles import Agent


class Advance(NamedTuple):
    """What a step of the game led to.

    Attributes:
        rewards: [n_agents] float64; 0 for those who did not take part.
        terminated: agents whose game is over.
        truncated: agents who were cut off.
    """

    rewards: NDArray[np.float64]
    terminated: frozenset[Agent]
    truncated: frozenset[Agent]


class Scene:
    """A copy of a game as followers meet it.

    Attributes:
        name: of the game, for messages.
        living: the agents that act next, in the game's order.
        observations: by agent, after the last reset or step.
        infos: the same.
        steps: steps of this episode.
    """

    def __init__(self, name: str) -> None:
        """Nothing is to be seen before the first episode."""
        self.name = name
        self.living: list[Agent] = []
        self.observations: Mapping[Agent, Any] = {}
        self.infos: Mapping[Agent, Any] = {}
        self.steps = 0
        self._masked: set[Agent] = set()

    @property
    def moment(self) -> str:
        """Which game, and when, for messages."""
        return f"game {self.name}, " + (f"step {self.steps}" if self.steps else "after reset()")

    def mask(self, agent: Agent, *, in_observation: bool) -> Any:
        """The agent's action mask as the game gives it; None if it has none.

        Args:
            agent: one that acts next.
            in_observation: whether the observation is declared to hold it; else it may be in the infos.

        Raises:
            InputError: the agent had a mask before and has none now, so that what it may do is not known.
        """
        holder = self.observations[agent] if in_observation else self.infos.get(agent)
        given = holder.get(ACTION_MASK) if isinstance(holder, Mapping) else None
        if given is not None:
            self._masked.add(agent)
        elif agent in self._masked:
            raise InputError(f"{self.moment}: agent {agent} has no action mask any more; give one in every step.")
        return given

    def show(
        self, living: list[Agent], observations: Mapping[Agent, Any], infos: Mapping[Agent, Any], steps: int
    ) -> None:
        """Let this be what is to be seen; without steps an episode begins."""
        self.living, self.observations, self.infos, self.steps = living, observations, infos, steps
        if not steps:
            self._masked.clear()
