"""One episode of the game as followers live it: they see, act, eat and clean, and are paid; compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.followers import Policy, Trajectory, act
from policybench_cleanup.game import Games, count, locate_game, observe_game, reset_game, step_game
from policybench_cleanup.incentives import apples_regrown, incentive_step
from policybench_cleanup.rules import Rules


class Record(NamedTuple):
    """What is counted in an episode.

    Attributes:
        apples_regrown: [n_steps] int64, apples that grew in each step (``incentives.apples_regrown``).
        cleaned: [n_steps] int64, followers that cleaned in each step, as the accounting counts them.
        raw_rewards: [n_players] float64, what each follower got in the episode, before incentives.
        payoff: [1] float64, the principal's: ``incentives.Account.payoff`` of all steps, per follower.
        eaten: [n_steps, n_players] float32, what the game paid.
        hits: [n_steps, n_players] int8, how much dirt each shot has hit.
        raw: [n_players] float32, rewards of the latest step before incentives.
    """

    apples_regrown: NDArray[np.int64]
    cleaned: NDArray[np.int64]
    raw_rewards: NDArray[np.float64]
    payoff: NDArray[np.float64]
    eaten: NDArray[np.float32]
    hits: NDArray[np.int8]
    raw: NDArray[np.float32]


def make_record(n_steps: int, n_players: int) -> Record:
    """A record of an episode that has not begun."""
    return Record(
        apples_regrown=np.zeros(n_steps, dtype=np.int64),
        cleaned=np.zeros(n_steps, dtype=np.int64),
        raw_rewards=np.zeros(n_players, dtype=np.float64),
        payoff=np.zeros(1, dtype=np.float64),
        eaten=np.zeros((n_steps, n_players), dtype=np.float32),
        hits=np.zeros((n_steps, n_players), dtype=np.int8),
        raw=np.zeros(n_players, dtype=np.float32),
    )


@compiled
def play_episode(
    rules: Rules,
    games: Games,
    accounting: int,
    record: Record,
    policy: Policy,
    trajectory: Trajectory,
    game_stream: NDArray[np.uint64],
    action_stream: NDArray[np.uint64],
) -> None:
    """Play the first game of the batch from its start to the end of the trajectory, and record it.

    Followers learn from rewards with incentives, which the trajectory holds; the record has none in it.
    """
    reset_game(rules, games, 0)
    game = games[0]
    record.raw_rewards[:] = 0
    record.payoff[0] = 0
    n_players = len(record.raw_rewards)
    apples = count(game.live)
    for t in range(len(trajectory.actions)):
        observe_game(rules, games, 0, trajectory.views[t])
        locate_game(games, 0, trajectory.poses[t])
        act(policy, trajectory, t, action_stream)
        step_game(rules, games, 0, trajectory.actions[t], record.eaten[t], record.hits[t], game_stream)
        account = incentive_step(
            accounting, policy.action, record.eaten[t], record.hits[t], record.raw, trajectory.rewards[t]
        )
        before, apples = apples, count(game.live)
        record.apples_regrown[t] = apples_regrown(accounting, game.regrown, before, apples, record.eaten[t])
        record.cleaned[t] = account.n_cleaned
        record.payoff[0] += account.payoff / n_players
        for player in range(n_players):
            record.raw_rewards[player] += record.raw[player]
