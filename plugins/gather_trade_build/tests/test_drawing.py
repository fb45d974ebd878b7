"""Pictures: the right thing in the right cell, and a panel that follows the game."""

from __future__ import annotations

import numpy as np
import pytest

from policybench.streams import kernel_stream
from policybench_gather_trade_build import parallel_env
from policybench_gather_trade_build.drawing import CELL, Picture, draw_map
from policybench_gather_trade_build.game import make_games, play_at_random, reset_game
from policybench_gather_trade_build.panel import AGENT_COLOURS, WIDTH
from policybench_gather_trade_build.rules import make_rules
from policybench_gather_trade_build.state import read_state, write_state

RULES = make_rules()


def start(**changes):
    games = make_games(RULES, 1)
    reset_game(RULES, games, 0, np.full(7, 0.5), kernel_stream(0, 0, "game"))
    write_state(RULES, games, 0, read_state(games, 0) | changes)
    return games


def tiles(games):
    """[25, 25, size, size, 3], a tile a cell."""
    return draw_map(games[0]).reshape(25, CELL, 25, CELL, 3).swapaxes(1, 2)


def test_kinds_of_cells_look_different():
    games = start()
    state = read_state(games, 0)
    stone = state["stone"].copy()
    stone[:12] = False
    drawn = tiles(start(stone=stone)).mean(axis=(2, 3))
    free = np.ones((25, 25), bool)
    free[tuple(state["position"].T)] = False
    means = [
        drawn[stone & free].mean(axis=0),
        drawn[state["stone"] & ~stone & free].mean(axis=0),
        drawn[state["wood"] & free].mean(axis=0),
        drawn[0, 12],
        drawn[12, 12 - 5],
    ]
    for i, one in enumerate(means):
        for other in means[:i]:
            assert np.abs(one - other).max() > 8


def test_agents_and_houses_have_their_colours():
    owner = np.full((25, 25), -1)
    owner[20, 14:18] = range(4)
    games = start(house_owner=owner)
    drawn = tiles(games)
    for agent, (row, column) in enumerate(read_state(games, 0)["position"]):
        colour = AGENT_COLOURS[agent]
        assert (drawn[row, column] == colour).all(axis=-1).mean() > 0.2
        assert (drawn[20, 14 + agent] == colour).all(axis=-1).mean() > 0.1


def test_the_panel_shows_what_happens():
    games, streams = start(), kernel_stream(0, 0, "game")[None]
    picture = Picture(1000)
    mask, actions = np.zeros(50, np.uint8), np.zeros((1, 4), np.uint8)
    frames = []
    for _ in range(12):
        frames.append(picture.draw(games, 0))
        play_at_random(RULES, games, 25, mask, actions, streams)
    assert {frame.shape for frame in frames} == {(600, 600 + WIDTH, 3)}
    panels = [frame[:, 600:] for frame in frames]
    assert len({panel.tobytes() for panel in panels}) == 12
    taxes = [panel[532:584] for panel in panels]  # nothing is taken before step 100
    assert (taxes[0] == taxes[3]).all()
    assert (taxes[3] != taxes[5]).any()


@pytest.mark.parametrize("mode", [None, "rgb_array"])
def test_render(mode):
    env = parallel_env(render_mode=mode)
    env.reset(seed=0)
    frame = env.render()
    assert frame is None if mode is None else frame.dtype == np.uint8


def test_drawing_changes_nothing():
    games = start()
    before = games.tobytes()
    Picture(1000).draw(games, 0)
    assert games.tobytes() == before
