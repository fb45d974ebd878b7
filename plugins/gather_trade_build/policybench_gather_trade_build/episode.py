"""One episode of the game as followers live it: they sense, choose, act and are taxed; compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.followers import Policy, Trajectory, choose
from policybench_gather_trade_build import welfare
from policybench_gather_trade_build.actions import Game
from policybench_gather_trade_build.core import Core, encode
from policybench_gather_trade_build.game import Games, reset_game, step_game
from policybench_gather_trade_build.options import write_closed, write_primitive_actions
from policybench_gather_trade_build.paths import Paths, find_paths, forget_houses
from policybench_gather_trade_build.rules import N_AGENTS, TAX_PERIOD, Rules
from policybench_gather_trade_build.senses import write_senses
from policybench_gather_trade_build.tax import endowment, income

REWARD_SCALE = np.float32(0.2)
"""What followers learn from is the change of their utility times this."""


class Record(NamedTuple):
    """What is counted in an episode; agents in the order of their rank by skill, the lowest first.

    Attributes:
        rates: [7] float64, the tax.
        senses: [n_steps, 4, N_SENSES] float32, what followers sensed; empty where nobody asks.
        actions: [n_steps, 4] uint8, primitive actions of the agents, by index.
        income: [n_periods, 4] float64, before tax.
        tax: [n_periods, 4] float64.
        transfer: [n_periods] float64, what every agent was given back.
        labour: [n_periods, 4] float64.
        houses: [n_periods, 4] float64, built.
        sold: [n_periods, 2, 4] float64, units of each good.
        turnover: [n_periods, 2] float64, coin paid for each good.
        coin: [4] float64, at the end.
        utility: [4] float64, at the end.
        welfare: [4] float64, at the end: equality times mean coin, utilitarian, equality, total coin.
    """

    rates: NDArray[np.float64]
    senses: NDArray[np.float32]
    actions: NDArray[np.uint8]
    income: NDArray[np.float64]
    tax: NDArray[np.float64]
    transfer: NDArray[np.float64]
    labour: NDArray[np.float64]
    houses: NDArray[np.float64]
    sold: NDArray[np.float64]
    turnover: NDArray[np.float64]
    coin: NDArray[np.float64]
    utility: NDArray[np.float64]
    welfare: NDArray[np.float64]


def make_record(n_steps: int, n_sensed: int = 0) -> Record:
    """A record of an episode that has not begun; with ``n_sensed`` numbers a step of what followers sense."""
    n_periods = -(-n_steps // TAX_PERIOD)
    return Record(
        rates=np.zeros(7),
        senses=np.zeros((n_steps if n_sensed else 0, N_AGENTS, n_sensed), dtype=np.float32),
        actions=np.zeros((n_steps, N_AGENTS), dtype=np.uint8),
        income=np.zeros((n_periods, N_AGENTS)),
        tax=np.zeros((n_periods, N_AGENTS)),
        transfer=np.zeros(n_periods),
        labour=np.zeros((n_periods, N_AGENTS)),
        houses=np.zeros((n_periods, N_AGENTS)),
        sold=np.zeros((n_periods, 2, N_AGENTS)),
        turnover=np.zeros((n_periods, 2)),
        coin=np.zeros(N_AGENTS),
        utility=np.zeros(N_AGENTS),
        welfare=np.zeros(4),
    )


@compiled
def play_episode(
    rules: Rules,
    games: Games,
    paths: Paths,
    record: Record,
    core: Core,
    policy: Policy,
    trajectory: Trajectory,
    game_stream: NDArray[np.uint64],
    action_stream: NDArray[np.uint64],
) -> None:
    """Play the first game of the batch from its start to the end of the trajectory, and record it.

    Row k of the trajectory is the follower of rank k. The tax is the policy's action.
    """
    for bracket in range(len(record.rates)):
        record.rates[bracket] = policy.action[bracket]
    reset_game(rules, games, 0, record.rates, game_stream)
    forget_houses(paths)
    game = games[0]
    _clear(record)
    for t in range(len(trajectory.actions)):
        find_paths(rules, game, paths)
        for agent in range(N_AGENTS):
            rank = game.rank[agent]
            write_senses(rules, game, paths, agent, core.senses[rank])
            write_closed(game, paths, agent, core.closed[rank])
        if len(record.senses) > 0:
            record.senses[t] = core.senses
        encode(core, trajectory.features[t])
        choose(policy, trajectory, t, action_stream)
        write_primitive_actions(game, paths, trajectory.actions[t], record.actions[t])
        step_game(rules, games, 0, record.actions[t], game_stream)
        for agent in range(N_AGENTS):
            trajectory.rewards[t, game.rank[agent]] = REWARD_SCALE * np.float32(game.rewards[agent])
        _note(rules, game, record, t)
    record.welfare[0] = welfare.equality_times_productivity(game)
    record.welfare[1] = welfare.utilitarian(game)
    record.welfare[2] = welfare.equality(game)
    record.welfare[3] = welfare.total_coin(game)
    for agent in range(N_AGENTS):
        record.coin[game.rank[agent]] = endowment(game, agent)
        record.utility[game.rank[agent]] = game.utility[agent]


@compiled
def _clear(record: Record) -> None:
    record.income[:] = 0
    record.tax[:] = 0
    record.transfer[:] = 0
    record.labour[:] = 0
    record.houses[:] = 0
    record.sold[:] = 0
    record.turnover[:] = 0


@compiled
def _note(rules: Rules, game: Game, record: Record, t: int) -> None:
    """Write down the trades of a step and, at the end of a period or episode, what became of the agents."""
    period = t // TAX_PERIOD
    for i in range(game.n_trades):
        done = game.trades[i]
        record.sold[period, done.good, game.rank[done.seller]] += 1
        record.turnover[period, done.good] += done.price
    collected = game.day == 1
    if not collected and t < len(record.actions) - 1:
        return
    for agent in range(N_AGENTS):
        rank, note = game.rank[agent], game.assessments[agent]
        record.income[period, rank] = note.income if collected else income(game, agent)
        if collected:
            record.tax[period, rank] = note.tax
            record.transfer[period] = note.transfer
        record.labour[period, rank] = game.labour[agent]
        record.houses[period, rank] = game.n_houses[agent]
        for earlier in range(period):
            record.labour[period, rank] -= record.labour[earlier, rank]
            record.houses[period, rank] -= record.houses[earlier, rank]
