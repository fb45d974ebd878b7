"""Pictures: the right thing in the right cell."""

from __future__ import annotations

import numpy as np
import pytest

from policybench.gridworld.drawing import PLAYER_COLOURS
from policybench_cleanup.drawing import draw
from policybench_cleanup.game import make_games
from policybench_cleanup.map import CLEANUP_MAP
from policybench_cleanup.pettingzoo_view import parallel_env
from policybench_cleanup.rules import make_rules
from policybench_cleanup.state import read_state, write_state

SIZE = 24
RULES = make_rules()
LETTERS = np.array([list(row) for row in CLEANUP_MAP.split("\n")])


def start():
    return read_state(RULES, make_games(RULES, 1), 0)


def picture(**changes):
    """Tiles of the standard map with some of its state changed, [height, width, size, size, 3]."""
    games = make_games(RULES, 1)
    write_state(RULES, games, 0, start() | changes)
    frame = draw(RULES, games, 0)
    return frame.reshape(21, SIZE, 30, SIZE, 3).swapaxes(1, 2)


@pytest.mark.parametrize("size", [8, 24, 40])
def test_shape(size):
    frame = draw(RULES, make_games(RULES, 1), 0, size)
    assert frame.shape == (21 * size, 30 * size, 3)
    assert frame.dtype == np.uint8


def beam_at(*places):
    grid = np.zeros((21, 30), bool)
    for x, y in places:
        grid[y, x] = True
    return grid


def test_kinds_of_cells_look_different():
    """Each kind has its own mean colour, and all cells of a kind are nearly alike."""
    apples = start()["apples"]
    apples[18:] = False
    zaps, cleans = beam_at((20, 9), (21, 9), (22, 9)), beam_at((23, 10), (24, 10))
    tiles = picture(apples=apples, zap_beam=zaps, clean_beam=cleans).mean(axis=(2, 3))
    inland = np.isin(LETTERS, list("HF~S")) & (np.add.outer(np.arange(21), np.zeros(30)) < 5)
    inland[:, [1, 28]] = False
    dirt = start()["dirt"]
    kinds = {
        "wall": tiles[LETTERS == "W"],
        "sand": tiles[13, 1:18],
        "grass": tiles[18, 1:29],
        "apple": tiles[apples],
        "water": tiles[inland & ~dirt],
        "dirt": tiles[inland & dirt],
        "zap": tiles[9, 22:23],
        "clean": tiles[cleans],
    }
    means = {name: kind.mean(axis=0) for name, kind in kinds.items()}
    assert all(np.abs(kind - means[name]).max() < 12 for name, kind in kinds.items())
    names = list(means)
    for i, one in enumerate(names):
        for other in names[:i]:
            assert np.abs(means[one] - means[other]).max() > 15, (one, other)


def test_banks_are_where_the_river_meets_land():
    """A band along the side: south of the northern river, none between two cells of the river."""
    tiles = picture().astype(int)
    assert np.abs(tiles[5, 3, -1] - tiles[4, 3, -1]).sum(axis=-1).mean() > 60
    difference = np.abs(tiles[4, 13, -1].mean(axis=0) - tiles[3, 13, -1].mean(axis=0)).sum()
    assert difference < 30


def test_every_player_on_the_map_has_its_colour():
    alive = np.arange(7) != 3
    tiles = picture(alive=alive, removed_for=np.where(alive, 0, 7))
    for (x, y), colour, on in zip(start()["position"], PLAYER_COLOURS, alive, strict=True):
        assert ((tiles[y, x] == colour).all(axis=-1).mean() > 0.15) == on


def test_a_move_changes_two_cells():
    position = start()["position"]
    position[0, 0] += 1
    differs = (picture(position=position) != picture()).any(axis=(2, 3, 4))
    assert sorted(np.argwhere(differs).tolist()) == [[9, 11], [9, 12]]


def test_a_beam_changes_the_cells_that_it_lights_up():
    for beam in ("zap_beam", "clean_beam"):
        lit = beam_at((15, 10), (20, 18), (3, 2))
        differs = (picture(**{beam: lit}) != picture()).any(axis=(2, 3, 4))
        np.testing.assert_array_equal(differs, lit)


def test_render():
    silent, drawn = parallel_env(), parallel_env(render_mode="rgb_array")
    for env in (silent, drawn):
        env.reset(seed=0)
    assert silent.render() is None
    assert drawn.render().shape == (504, 720, 3)


def test_drawing_changes_nothing():
    games = make_games(RULES, 2)
    before = games.tobytes()
    np.testing.assert_array_equal(draw(RULES, games, 0), draw(RULES, games, 1))
    assert games.tobytes() == before
