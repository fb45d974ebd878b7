"""Small situations with a known outcome; maps and options."""

from __future__ import annotations

import numpy as np
import pytest
from cleanup_situations import (
    BACKWARD,
    CLEAN,
    EAST,
    FORWARD,
    NOOP,
    RULES,
    TURN_LEFT,
    WEST,
    Situation,
    buffers,
    cells,
    grid,
    streams,
)

from policybench import InputError
from policybench.gridworld.layout import positions
from policybench.streams import kernel_stream
from policybench_cleanup.game import make_games, step_game, step_games
from policybench_cleanup.map import (
    CLEANUP_MAP,
    N_SYMBOLS,
    SYMBOL_NAMES,
)
from policybench_cleanup.rules import make_rules
from policybench_cleanup.state import read_state, write_state


def test_who_enters_an_apple_eats_it():
    s = Situation(position={0: (5, 15), 1: (9, 15)})
    s.play({0: BACKWARD, 1: TURN_LEFT})
    assert s.rewards.tolist() == [1, 0, 0, 0, 0, 0, 0]
    assert not s.state["apples"][16, 5]
    s.play({0: NOOP})
    assert not s.rewards.any()


def test_an_apple_that_grows_under_an_avatar_is_eaten_at_once():
    for action in (NOOP, TURN_LEFT, CLEAN, FORWARD):
        s = Situation(apples=grid(), position={0: (5, 18)})
        state = s.play({0: action}, grows=[(5, 18)])
        assert s.rewards[0] == 1
        assert not state["apples"].any()
        assert s.game.regrown == 1


def test_a_blocked_move_eats_the_growing_apple_twice():
    s = Situation(apples=grid(), position={0: (5, 19)})
    state = s.play({0: BACKWARD}, grows=[(5, 19)])
    assert s.rewards[0] == 2
    assert not state["apples"].any()
    s.play({0: BACKWARD})
    assert s.rewards[0] == 0


@pytest.mark.parametrize(("leader", "rewards"), [(6, [1, 1]), (0, [0, 1])])
def test_a_growing_apple_pays_who_leaves_and_who_follows_if_the_leader_acts_first(leader, rewards):
    follower = 6 - leader
    s = Situation(apples=grid(), position={leader: (6, 18), follower: (5, 18)}, orientation=np.full(7, EAST))
    state = s.play({leader: FORWARD, follower: FORWARD}, grows=[(6, 18)])
    assert [s.rewards[follower], s.rewards[leader]] == rewards
    assert not state["apples"].any()


def test_an_apple_that_grows_can_be_entered_in_the_same_step():
    s = Situation(apples=grid(), position={0: (5, 17)})
    state = s.play({0: BACKWARD}, grows=[(5, 18), (9, 18)])
    assert s.rewards[0] == 1
    assert cells(state["apples"]) == [(9, 18)]
    assert s.game.regrown == 2


def test_an_eaten_apple_can_be_back_in_the_next_step():
    s = Situation(position={0: (5, 15)})
    s.play({0: BACKWARD})
    assert s.play({0: FORWARD}, grows=[(5, 16)])["apples"][16, 5] == 0
    assert s.rewards[0] == 1
    assert s.play(grows=[(5, 16)])["apples"][16, 5]


def test_two_want_one_cell_the_last_player_gets_it():
    s = Situation(position={0: (4, 16), 6: (6, 16)}, orientation={0: EAST, 6: WEST}, apples=grid((5, 16)))
    s.play({0: FORWARD, 6: FORWARD})
    assert s.rewards.tolist() == [0, 0, 0, 0, 0, 0, 1]
    assert s.state["position"][[0, 6]].tolist() == [[4, 16], [5, 16]]


def test_nothing_but_walls_and_avatars_blocks():
    """From the sand through clean and dirty river to the northern wall."""
    s = Situation(position={0: (2, 7)})
    for _ in range(10):
        s.play({0: FORWARD})
    assert s.state["position"][0].tolist() == [2, 1]


def test_growth_by_dirt():
    growth = RULES["fixed"].growth
    assert growth[0] == 0.05
    assert growth[58] == pytest.approx(0.00068, abs=5e-6)
    assert not growth[59:].any()
    assert (np.diff(growth[:60]) < 0).all()


def test_the_map():
    rules = RULES["fixed"]
    assert tuple(rules.map_size) == (21, 30)
    assert len(rules.sites) == 122
    assert len(rules.river) == 147
    assert read_state(rules, make_games(rules, 1), 0)["dirt"].sum() == 79
    spawns = [[11, 9], [8, 10], [8, 8], [5, 9], [5, 11], [11, 11], [8, 12]]
    assert positions(rules.spawns, 30).tolist() == spawns
    assert N_SYMBOLS == len(SYMBOL_NAMES) == 13


def test_random_order_is_fair():
    rules = RULES["random"]
    games = make_games(rules, 2000)
    state = read_state(rules, games, 0)
    state["position"][[0, 6]], state["orientation"][[0, 6]] = [[4, 16], [6, 16]], [EAST, WEST]
    state["apples"] = grid((5, 16))
    for g in range(2000):
        write_state(rules, games, g, state)
    rewards, cleaned, views = buffers(2000)
    actions = np.zeros((2000, 7), np.uint8)
    actions[:, [0, 6]] = FORWARD
    step_games(rules, games, actions, streams(0, 2000), rewards, cleaned, views)
    assert (rewards.sum(axis=1) == 1).all()
    assert abs(rewards[:, 0].mean() - 0.5) < 0.05


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ("WWW\nWW", "layout: its rows have different lengths"),
        ("WWW\nWPX\nWWW", "layout: unknown character 'P'"),
        ("WWW\nWBW\nWWW", "layout: spawn cells none"),
    ],
)
def test_bad_maps(layout, message):
    with pytest.raises(InputError, match=message):
        make_rules(layout)


@pytest.mark.parametrize("rate", [-0.1, 1.5, float("nan")])
def test_bad_growth_rates(rate):
    with pytest.raises(InputError, match=r"max_growth_rate: .* from 0 to 1"):
        make_rules(CLEANUP_MAP, rate)


def test_a_step_draws_and_plays():
    """``step_game`` is one step of one game of a batch; the others stay as they are."""
    rules, games = RULES["fixed"], make_games(RULES["fixed"], 2)
    rewards, cleaned, _ = buffers(1)
    step_game(rules, games, 1, np.full(7, FORWARD, np.uint8), rewards[0], cleaned[0], kernel_stream(0, 0, "test"))
    assert games.step.tolist() == [0, 1]
    assert (read_state(rules, games, 1)["position"] - read_state(rules, games, 0)["position"] == (0, -1)).all()
