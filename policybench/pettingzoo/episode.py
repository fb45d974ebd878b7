"""An episode that is over, and what it was worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.arrays import Array


@dataclass(frozen=True)
class Episode:
    """An episode that is over.

    Attributes:
        env: the game that ``make_env`` made, as its last step left it.
        rewards: [n_steps, n_agents] float64, what followers got; 0 for those who did not take part.
        infos: by step, what the game's infos said, by agent.
    """

    env: Any
    rewards: NDArray[np.float64]
    infos: Sequence[Any]

    @property
    def returns(self) -> NDArray[np.float64]:
        """What each agent got in the whole episode, [n_agents]."""
        total: NDArray[np.float64] = self.rewards.sum(axis=0)
        return total


Payoff = Callable[[Episode], float]
Observe = Callable[[Episode], Mapping[str, Array]]


class Verdict(NamedTuple):
    """What an episode was worth to the principal, and what it sees of it."""

    payoff: float
    seen: Mapping[str, Array]


class Judge(NamedTuple):
    """What the principal makes of an episode; it is asked in the process that the episode was played in."""

    payoff: Payoff
    observe: Observe

    @classmethod
    def of(cls, game: Any, payoff: Payoff | None, observe: Observe | None) -> Judge:
        """What was chosen, or else the game's own methods, or else what followers got."""
        own_payoff = _own_payoff if hasattr(game, "payoff") else _mean_return
        own_observation = _own_observation if hasattr(game, "principal_observation") else _returns
        return cls(payoff or own_payoff, observe or own_observation)

    def __call__(self, episode: Episode) -> Verdict:
        """Its judgement of an episode; arrays are float64."""
        seen = {name: np.array(values, dtype=np.float64) for name, values in self.observe(episode).items()}
        return Verdict(float(self.payoff(episode)), seen)


def _mean_return(episode: Episode) -> float:
    return float(episode.returns.mean())


def _own_payoff(episode: Episode) -> float:
    return float(episode.env.payoff())


def _returns(episode: Episode) -> dict[str, Array]:
    return {"returns": episode.returns}


def _own_observation(episode: Episode) -> Mapping[str, Array]:
    seen: Mapping[str, Array] = episode.env.principal_observation()
    return seen
