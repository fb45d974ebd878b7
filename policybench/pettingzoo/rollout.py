"""Plays episodes of several copies of a game side by side, so that one forward pass serves them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from policybench.arrays import Array
from policybench.errors import ContractError
from policybench.pettingzoo.views import Interface

Stored = Any
"""What a policy keeps of each observation, to learn from it; a sequence of arrays or tensors is joined later."""


class Policy(Protocol):
    """Chooses for any number of followers at once."""

    def act(self, observations: Array, index: NDArray[np.int64]) -> Choice:
        """Look at observations [n, ...] of the agents with these indices [n]."""

    def values(self, observations: Array, index: NDArray[np.int64]) -> NDArray[np.float32]:
        """The critic's values [n]."""


class Choice(NamedTuple):
    """What a policy thinks of n observations.

    Attributes:
        probabilities: [n, n_actions] of each action.
        values: [n], the critic's.
        stored: what it keeps of the observations.
    """

    probabilities: NDArray[np.float32]
    values: NDArray[np.float32]
    stored: Stored


@dataclass(frozen=True)
class Episode:
    """An episode that is over.

    Attributes:
        env: the game, as its last step left it.
        rewards: [n_steps, n_agents] float64, what followers got; 0 for those who did not take part.
        infos: by step, what the game's infos said, by agent.
    """

    env: ParallelEnv
    rewards: NDArray[np.float64]
    infos: Sequence[dict[str, Any]]

    @property
    def returns(self) -> NDArray[np.float64]:
        """What each agent got in the whole episode, [n_agents]."""
        total: NDArray[np.float64] = self.rewards.sum(axis=0)
        return total


class EpisodeSeeds(NamedTuple):
    """The randomness of one episode: the seed that its game is reset with, and what followers draw from."""

    game: int
    actions: np.random.Generator


class Columns(NamedTuple):
    """Samples of one step of all games, or, joined, of whole episodes; one entry a sample."""

    stored: Stored
    agent: NDArray[np.int64]
    track: NDArray[np.int64]
    actions: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    values: NDArray[np.float32]
    rewards: NDArray[np.float32]
    goes_on: NDArray[np.bool_]
    bootstrap: NDArray[np.float32]


@dataclass
class _Game:
    """One copy of the game while its episode lasts."""

    env: ParallelEnv
    luck: EpisodeSeeds
    observations: dict[str, Any]
    rewards: list[NDArray[np.float64]] = field(default_factory=list)
    infos: list[dict[str, Any]] = field(default_factory=list)

    def over(self, longest: int) -> bool:
        return not self.env.agents or len(self.rewards) >= longest

    def episode(self, n_agents: int) -> Episode:
        return Episode(self.env, np.array(self.rewards).reshape(-1, n_agents), self.infos)


def play(
    envs: Sequence[ParallelEnv],
    lucks: Sequence[EpisodeSeeds],
    policy: Policy,
    interface: Interface,
    *,
    longest: int,
    watch: Callable[[ParallelEnv], None] | None = None,
) -> tuple[list[Episode], list[Columns]]:
    """Play one episode of each copy.

    Args:
        envs: copies of the game; at least as many as lucks.
        lucks: of each episode.
        policy: of all followers.
        interface: of the game.
        longest: steps after which an episode is cut off; followers then expect what the critic says.
        watch: is called with the first copy after its reset and after each of its steps.

    Returns:
        The episodes, and the samples step by step.
    """
    games = []
    for env, luck in zip(envs, lucks, strict=False):
        observations, _ = env.reset(seed=luck.game)
        games.append(_Game(env, luck, observations))
        if not env.agents:
            raise ContractError(f"game {type(env).__name__}: no agents after reset")
    if watch:
        watch(games[0].env)
    steps: list[Columns] = []
    while any(not game.over(longest) for game in games):
        first_plays = not games[0].over(longest)
        steps.append(_step(games, policy, interface, longest))
        if watch and first_plays:
            watch(games[0].env)
    return [game.episode(len(interface.agents)) for game in games], steps


def _step(games: Sequence[_Game], policy: Policy, interface: Interface, longest: int) -> Columns:
    numbers = {agent: i for i, agent in enumerate(interface.agents)}
    acting = [(g, agent) for g, game in enumerate(games) if not game.over(longest) for agent in game.env.agents]
    index = np.array([numbers[agent] for _, agent in acting])
    choice = policy.act(_stack(games, acting, interface), index)

    # Every agent draws in every step, so that its luck does not depend on who else is there.
    drawn = {g: games[g].luck.actions.random(len(numbers)) for g in dict.fromkeys(g for g, _ in acting)}
    uniform = np.array([drawn[g][i] for (g, _), i in zip(acting, index, strict=True)])
    cumulated = np.cumsum(choice.probabilities, axis=1, dtype=np.float64)
    actions = np.minimum((cumulated <= uniform[:, None] * cumulated[:, -1:]).sum(axis=1), interface.n_actions - 1)

    joint: dict[int, dict[str, int]] = {g: {} for g in drawn}
    for (g, agent), action in zip(acting, actions.tolist(), strict=True):
        joint[g][agent] = action + interface.first_action
    results = {g: _advance(games[g], joint[g], numbers) for g in joint}

    goes_on = np.zeros(len(acting), dtype=np.bool_)
    truncated = []
    for row, (g, agent) in enumerate(acting):
        terminated, cut = results[g][0].get(agent, False), results[g][1].get(agent, False)
        present = agent in games[g].env.agents and not terminated and not cut
        goes_on[row] = present and not games[g].over(longest)
        if not terminated and (cut or (present and not goes_on[row])):
            truncated.append(row)
    bootstrap = np.zeros(len(acting), dtype=np.float32)
    if truncated:
        last = [acting[row] for row in truncated]
        bootstrap[truncated] = policy.values(_stack(games, last, interface), index[truncated])

    rewards = [games[g].rewards[-1][i] for (g, _), i in zip(acting, index, strict=True)]
    return Columns(
        stored=choice.stored,
        agent=index,
        track=np.array([g for g, _ in acting]) * len(numbers) + index,
        actions=actions,
        probabilities=np.take_along_axis(choice.probabilities, actions[:, None], axis=1)[:, 0],
        values=choice.values,
        rewards=np.array(rewards, dtype=np.float32),
        goes_on=goes_on,
        bootstrap=bootstrap,
    )


def _advance(
    game: _Game, actions: dict[str, int], numbers: dict[str, int]
) -> tuple[dict[str, bool], dict[str, bool]]:
    """Make a step of one game; returns who terminated and who was truncated."""
    game.observations, rewards, terminations, truncations, infos = game.env.step(actions)
    row = np.zeros(len(numbers))
    for agent, reward in rewards.items():
        row[numbers[agent]] = reward
    if not np.isfinite(row).all():
        raise ContractError(f"game {type(game.env).__name__}: rewards {rewards} are not all finite")
    game.rewards.append(row)
    game.infos.append(infos)
    return terminations, truncations


def _stack(games: Sequence[_Game], rows: Sequence[tuple[int, str]], interface: Interface) -> Array:
    """Observations of the agents in these rows, [n, ...]."""
    view = interface.view
    return np.stack([np.asarray(games[g].observations[agent], dtype=view.dtype) for g, agent in rows])


def chunks(n_episodes: int, n_games: int) -> Iterator[range]:
    """The numbers of the episodes, in groups of at most ``n_games``.

    >>> [list(chunk) for chunk in chunks(5, 2)]
    [[0, 1], [2, 3], [4]]
    """
    for start in range(0, n_episodes, n_games):
        yield range(start, min(start + n_games, n_episodes))
