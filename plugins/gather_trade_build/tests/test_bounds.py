"""What the rules allow at the most: whoever only builds or only trades comes near it; no state lies outside."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybench.streams import kernel_stream
from policybench_gather_trade_build import policybench_environments, welfare
from policybench_gather_trade_build.actions import BUILD, FIRST_MOVE, ask, bid
from policybench_gather_trade_build.bounds import most_houses, most_labour, most_trades, payoff_bounds
from policybench_gather_trade_build.game import make_games, reset_game, step_game
from policybench_gather_trade_build.rules import make_rules
from policybench_gather_trade_build.state import read_state, write_state

RULES = make_rules()
(SPEC,) = policybench_environments()


def rich_game(**changes):
    """A game in which all have goods without end, and three rows of free land each to the right."""
    games = make_games(RULES, 1)
    reset_game(RULES, games, 0, np.zeros(7), kernel_stream(0, 0, "game"))
    rich = {"inventory": [[0, 1000, 1000]] * 4, "position": [[13, 13], [16, 13], [19, 13], [22, 13]]}
    write_state(RULES, games, 0, read_state(games, 0) | rich | changes)
    return games


def test_builders_reach_the_most_houses_and_come_near_the_rest():
    games, stream = rich_game(), kernel_stream(1, 0, "game")
    right, down, left = FIRST_MOVE + 1, FIRST_MOVE + 3, FIRST_MOVE
    for move in [right] * 11 + [down] + [left] * 11 + [down, right]:
        for action in (BUILD, move):
            step_game(RULES, games, 0, np.full(4, action, np.uint8), stream)
    game = games[0]
    assert game.n_houses.sum() == most_houses(50) == 100
    assert 0.9 * most_labour(50) < game.labour.max() <= most_labour(50)
    low, high = payoff_bounds("equality-productivity", 50)
    assert low <= welfare.equality_times_productivity(game) <= high
    assert welfare.total_coin(game) / 4 == pytest.approx(high)


def test_those_who_only_trade_come_near_the_most_trades():
    games, stream = rich_game(inventory=[[1000, 1000, 0]] * 4), kernel_stream(1, 0, "game")
    sold = 0
    for _ in range(50):
        pairs = [bid(0, 5), ask(0, 5)] * 2
        step_game(RULES, games, 0, np.array(pairs, np.uint8), stream)
        sold += games[0].n_trades
    assert 0.8 * most_trades(50) < sold <= most_trades(50)


@given(
    st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(any),
    st.lists(st.floats(0, 1), min_size=4, max_size=4),
    st.floats(0, 1),
)
def test_welfare_of_any_coin_and_labour_lies_within_the_bounds(shares, work, wealth):
    games = make_games(RULES, 1)
    reset_game(RULES, games, 0, np.zeros(7), kernel_stream(0, 0, "game"))
    game, n_steps = games[0], 1000
    _, most = payoff_bounds("equality-productivity", n_steps)
    game.inventory[:, 0] = 4 * most * wealth * np.array(shares) / sum(shares)
    game.labour[:] = most_labour(n_steps) * np.array(work)
    game.utility[:] = [welfare.utility(game, agent) for agent in range(4)]
    for name, value in (
        ("equality-productivity", welfare.equality_times_productivity(game)),
        ("utilitarian", welfare.utilitarian(game)),
    ):
        low, high = payoff_bounds(name, n_steps)
        assert low - 1e-9 <= value <= high + 1e-9


def test_bounds_grow_with_the_episode_until_the_land_is_built_up():
    heights = [payoff_bounds("equality-productivity", n)[1] for n in (1, 10, 100, 1000)]
    assert heights == sorted(heights)
    assert most_houses(1000) == most_houses(2000) == 552


@pytest.mark.parametrize("option", ["equality-productivity", "utilitarian"])
def test_the_environment_states_them(option):
    problem = SPEC.create([0], welfare=option, episode_steps=250).problem
    assert problem.payoff_bounds == payoff_bounds(option, 250)
    assert np.isfinite(problem.observation_space["labour"].high).all()
