"""One episode of the game as followers live it: they see, act, eat and are taxed; compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.followers import Policy, Trajectory, act
from policybench_harvest.game import apples_left, locate_game, observe_game, reset_game, step_game
from policybench_harvest.rules import Rules
from policybench_harvest.step import Games
from policybench_harvest.tax import MEMORY, tax_step


class Record(NamedTuple):
    """What is counted in an episode.

    Attributes:
        apples: [n_steps] int64, apples on the map after each step.
        eaten: [n_players] int64, apples eaten by each player.
        rewards: [n_steps, n_players] float32, raw rewards.
        history: [n_players, 10] float32, raw rewards of the latest steps, for the tax.
    """

    apples: NDArray[np.int64]
    eaten: NDArray[np.int64]
    rewards: NDArray[np.float32]
    history: NDArray[np.float32]


def make_record(n_steps: int, n_players: int) -> Record:
    """A record of an episode that has not begun."""
    return Record(
        apples=np.zeros(n_steps, dtype=np.int64),
        eaten=np.zeros(n_players, dtype=np.int64),
        rewards=np.zeros((n_steps, n_players), dtype=np.float32),
        history=np.zeros((n_players, MEMORY), dtype=np.float32),
    )


@compiled
def play_episode(
    rules: Rules,
    games: Games,
    record: Record,
    policy: Policy,
    trajectory: Trajectory,
    game_stream: NDArray[np.uint64],
    action_stream: NDArray[np.uint64],
) -> None:
    """Play the first game of the batch from its start to the end of the trajectory, and record it.

    Followers learn from taxed rewards, which the trajectory holds; the record counts apples.
    """
    reset_game(rules, games, 0)
    record.history[:] = 0
    record.eaten[:] = 0
    for t in range(len(trajectory.actions)):
        observe_game(rules, games, 0, trajectory.views[t])
        locate_game(games, 0, trajectory.poses[t])
        act(policy, trajectory, t, action_stream)
        rewards = record.rewards[t]
        step_game(rules, games, 0, trajectory.actions[t], rewards, game_stream)
        tax_step(policy.action, rewards, record.history, t, trajectory.rewards[t])
        record.apples[t] = apples_left(games, 0)
        for player in range(len(record.eaten)):
            record.eaten[player] += int(rewards[player])
