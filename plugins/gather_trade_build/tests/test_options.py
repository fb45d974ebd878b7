"""Options: ways are shortest, open options are open actions, and what followers sense of a tax is that tax."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest

from policybench.streams import kernel_stream
from policybench_gather_trade_build.actions import BUILD, FIRST_MOVE, NOTHING, STEPS, may_enter, write_mask
from policybench_gather_trade_build.game import make_games, play_at_random, reset_game
from policybench_gather_trade_build.map import LAND, inside
from policybench_gather_trade_build.options import N_OPTIONS, OPTION_NAMES, SETTLE, primitive_action, write_closed
from policybench_gather_trade_build.paths import find_paths, make_paths
from policybench_gather_trade_build.rules import US_FEDERAL, make_rules
from policybench_gather_trade_build.senses import N_SENSES, write_senses
from policybench_gather_trade_build.tax import income, tax_due

RULES = make_rules()


def played(seed, n_steps):
    """A game after some random steps under the US tax."""
    games, streams = make_games(RULES, 1), kernel_stream(seed, 0, "game")[None]
    reset_game(RULES, games, 0, np.array(US_FEDERAL), streams[0])
    play_at_random(RULES, games, n_steps, np.zeros(50, np.uint8), np.zeros((1, 4), np.uint8), streams)
    return games[0]


def reached(game, agent, start):
    """Every cell that an agent can reach from a cell, and how far it is: a search by a queue."""
    found, queue = {start: 0}, deque([start])
    while queue:
        cell = queue.popleft()
        for step in STEPS:
            target = int(cell + step)
            if target not in found and may_enter(RULES, game, agent, target):
                found[target] = found[cell] + 1
                queue.append(target)
    return found


def goal_cells(game, agent):
    """The cells where each goal is."""
    taken = {int(cell) for other, cell in enumerate(game.cell) if other != agent}
    free = set(np.flatnonzero((RULES.ground == LAND) & (game.owner < 0)).tolist()) - taken
    return [set(np.flatnonzero(game.unit == 1 + good).tolist()) for good in range(2)] + [free]


@pytest.mark.parametrize("seed", range(12))
def test_ways_are_shortest(seed):
    game, paths = played(seed, 150 * seed), make_paths(RULES)
    find_paths(RULES, game, paths)
    for agent in range(4):
        cell = int(game.cell[agent])
        found = reached(game, agent, cell)
        for goal, cells in enumerate(goal_cells(game, agent)):
            distances = [found[there] for there in cells if there in found]
            assert paths.distance[agent, goal] == min(distances, default=-1)
            move = paths.move[agent, goal]
            if distances and min(distances) > 0:
                closer = reached(game, agent, int(cell + STEPS[move]))
                assert may_enter(RULES, game, agent, int(cell + STEPS[move]))
                assert min(closer[there] for there in cells if there in closer) == min(distances) - 1
            else:
                assert move == -1


@pytest.mark.parametrize("seed", range(12))
def test_open_options_are_open_actions(seed):
    game, paths, mask = played(seed, 70 * seed), make_paths(RULES), np.zeros(50, np.uint8)
    closed = np.zeros(N_OPTIONS, np.float32)
    find_paths(RULES, game, paths)
    for agent in range(4):
        write_mask(RULES, game, agent, mask)
        write_closed(game, paths, agent, closed)
        for option in range(N_OPTIONS):
            if not closed[option]:
                assert mask[primitive_action(paths, agent, option)], OPTION_NAMES[option]
        builds = primitive_action(paths, agent, SETTLE) == BUILD
        assert builds == (paths.distance[agent, 2] == 0)


def test_options_that_move_lead_to_moves_or_rest():
    game, paths = played(1, 100), make_paths(RULES)
    find_paths(RULES, game, paths)
    for agent in range(4):
        for option in (1, 2):
            action = primitive_action(paths, agent, option)
            assert action >= FIRST_MOVE or action == NOTHING


def test_a_name_for_every_option():
    assert len(OPTION_NAMES) == N_OPTIONS
    assert OPTION_NAMES[4:8] == ("buy stone at 3", "buy stone at 7", "sell stone at 3", "sell stone at 7")


def test_the_tax_is_sensed_as_what_it_takes_of_the_next_coins():
    game, paths, senses = played(3, 450), make_paths(RULES), np.zeros(N_SENSES, np.float32)
    find_paths(RULES, game, paths)
    rates = np.array(US_FEDERAL)
    for agent in range(4):
        write_senses(RULES, game, paths, agent, senses)
        start = max(income(game, agent), 0.0)
        for place, more in zip((9, 10, 11), (1, 30, 100), strict=True):
            expected = (tax_due(rates, start + more) - tax_due(rates, start)) / more
            assert senses[place] == pytest.approx(expected, abs=1e-6)
        np.testing.assert_allclose(senses[28:35], rates, atol=1e-6)


def test_the_map_has_four_rooms():
    ground = inside(RULES.ground)
    assert [(ground == kind).sum() for kind in range(4)] == [552, 33, 20, 20]
