"""Rules that no recorded episode can show, and the state of a game as it is read and imposed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybench import InputError
from policybench.streams import kernel_stream
from policybench_gather_trade_build import actions as acts
from policybench_gather_trade_build.game import make_games, play_at_random, reset_game, step_game
from policybench_gather_trade_build.rules import make_rules
from policybench_gather_trade_build.state import read_state, write_state
from policybench_gather_trade_build.tax import check_rates, endowment, tax_due

RULES = make_rules()


def game_at(**changes):
    """A game at its start, with some of its state changed."""
    games = make_games(RULES, 1)
    reset_game(RULES, games, 0, np.zeros(7), kernel_stream(0, 0, "game"))
    write_state(RULES, games, 0, read_state(games, 0) | changes)
    return games


def step(games, *actions):
    step_game(RULES, games, 0, np.array(actions, np.uint8), kernel_stream(1, 0, "game"))


def test_a_unit_bought_can_be_built_with_in_the_next_step():
    games = game_at(
        position=[[12, 6], [10, 10], [20, 20], [20, 22]],
        inventory=[[10.0, 1, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]],
    )
    step(games, acts.bid(1, 5), acts.ask(1, 5), 0, 0)
    assert games[0].inventory[0].tolist() == [5, 1, 1]
    step(games, acts.BUILD, 0, 0, 0)
    assert games[0].n_houses.tolist() == [1, 0, 0, 0]
    games = game_at(
        position=[[12, 6], [10, 10], [20, 20], [20, 22]],
        inventory=[[5.0, 1, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]],
        orders=[[0, 1, 0, 5, 3]],
    )
    step(games, acts.BUILD, acts.ask(1, 5), 0, 0)
    assert games[0].n_houses.tolist() == [0, 0, 0, 0]  # the market comes after building
    assert games[0].inventory[0].tolist() == [5, 1, 1]


def test_the_first_to_move_gets_the_cell_and_blocks_the_other():
    games = game_at(position=[[10, 14], [10, 16], [20, 20], [20, 22]])
    step(games, acts.FIRST_MOVE + 1, acts.FIRST_MOVE, 0, 0)
    assert sorted(games[0].labour.tolist()) == [0, 0, 0, 1]


def test_agents_do_not_swap_places():
    games = game_at(position=[[10, 10], [10, 11], [20, 20], [20, 22]])
    step(games, acts.FIRST_MOVE + 1, acts.FIRST_MOVE, 0, 0)
    assert read_state(games, 0)["position"][:2].tolist() == [[10, 10], [10, 11]]


@given(st.integers(0, 2**32), st.integers(1, 900), st.lists(st.floats(0, 1), min_size=7, max_size=7))
def test_what_random_play_never_breaks(seed, n_steps, rates):
    """Coin comes from houses alone, nobody owes anything, and a state is whole: it can be imposed again."""
    games, streams = make_games(RULES, 1), kernel_stream(seed, 0, "game")[None]
    reset_game(RULES, games, 0, np.array(rates), streams[0])
    play_at_random(RULES, games, n_steps, np.zeros(50, np.uint8), np.zeros((1, 4), np.uint8), streams)
    game, state = games[0], read_state(games, 0)
    earned = (game.n_houses * game.payment).sum()
    assert sum(endowment(game, agent) for agent in range(4)) == pytest.approx(earned, abs=1e-6)
    assert (game.inventory > -1e-9).all()
    assert (state["house_owner"] >= 0).sum() == game.n_houses.sum()
    again = make_games(RULES, 1)
    write_state(RULES, again, 0, state)
    restored = read_state(again, 0)
    for name, value in state.items():
        np.testing.assert_allclose(restored[name], value, atol=1e-9, err_msg=name)
    assert again[0].utility == pytest.approx(game.utility)


@given(
    st.floats(-50, 1000),
    st.lists(st.floats(0, 1), min_size=7, max_size=7),
)
def test_the_tax_is_what_its_brackets_take(income, rates):
    edges = [0, 9.7, 39.475, 84.2, 160.725, 204.1, 510.3, np.inf]
    brackets = zip(rates, edges[:-1], edges[1:], strict=True)
    due = sum(rate * (min(income, high) - low) for rate, low, high in brackets if income > low)
    assert tax_due(np.array(rates), income) == pytest.approx(due, abs=1e-9)
    assert -1e-9 <= tax_due(np.array(rates), income) <= max(income, 0) + 1e-9


@pytest.mark.parametrize("rates", [[0.5] * 6, [0.5] * 6 + [1.1], [-0.1] + [0.5] * 6, [np.nan] * 7])
def test_impossible_rates(rates):
    with pytest.raises(InputError, match=r"rates: .*7 numbers in \[0, 1\]"):
        check_rates(rates)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"position": [[0, 0], [0, 0], [1, 1], [2, 2]]}, "position: two agents"),
        ({"position": [[0, 12], [0, 0], [1, 1], [2, 2]]}, "position: agent 0 at 0, 12 is in water"),
        ({"position": [[0, 25], [0, 0], [1, 1], [2, 2]]}, "position: agent 0 at 0, 25"),
        ({"house_owner": np.zeros((25, 25))}, "house_owner: a house on water"),
        ({"house_owner": np.full((25, 25), 4)}, "house_owner: from 4 to 4"),
        ({"stone": np.ones((25, 25), bool)}, "stone: a unit that is on no source"),
        ({"inventory": -np.ones((4, 3))}, "inventory: .* at least 0"),
        ({"labour": [0, 0, 0, np.nan]}, "labour: .* finite"),
        ({"orders": [[0, 0, 0, 11, 0]]}, "orders: a row is"),
        ({"orders": [[0, 0, 0, 1, 0]] * 6}, "orders: an agent has at most 5"),
        ({"day": 0}, "day: 0; allowed are 1 to 100"),
        ({"step": -1}, "step: -1"),
        ({"rates": [2] * 7}, "rates: "),
        ({"sales": np.zeros(3)}, "sales: its shape"),
    ],
)
def test_impossible_states(changes, message):
    with pytest.raises(InputError, match=message):
        game_at(**changes)


@pytest.mark.parametrize(
    ("option", "value"), [("regrowth", 1.5), ("period", 0), ("warm_up", -1), ("payment", float("nan"))]
)
def test_impossible_rules(option, value):
    with pytest.raises(InputError, match=f"{option}: {value}"):
        make_rules(**{option: value})
