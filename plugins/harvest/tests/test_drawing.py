"""Pictures: the right thing in the right cell."""

import numpy as np
import pytest

from policybench.gridworld.drawing import PLAYER_COLOURS
from policybench_harvest.drawing import draw
from policybench_harvest.game import make_games
from policybench_harvest.map import HARVEST_MAP
from policybench_harvest.pettingzoo_view import parallel_env
from policybench_harvest.rules import make_rules
from policybench_harvest.state import read_state, write_state

SIZE = 24


def cells_of(frame, size=SIZE):
    """[height, width, size, size, 3], one tile a cell."""
    height, width = frame.shape[0] // size, frame.shape[1] // size
    return frame.reshape(height, size, width, size, 3).swapaxes(1, 2)


def picture(**changes):
    """Tiles of the standard map with some of its state changed."""
    rules = make_rules()
    games = make_games(rules, 1)
    write_state(rules, games, 0, read_state(rules, games, 0) | changes)
    return cells_of(draw(rules, games, 0))


def start():
    rules = make_rules()
    return read_state(rules, make_games(rules, 1), 0)


@pytest.mark.parametrize("size", [8, 24, 40])
def test_shape(size):
    rules = make_rules()
    frame = draw(rules, make_games(rules, 1), 0, size)
    assert frame.shape == (18 * size, 24 * size, 3)
    assert frame.dtype == np.uint8


def test_kinds_of_cells_look_different():
    """Each kind has its own mean colour, and all cells of a kind are alike."""
    apples = start()["apples"]
    apples[9:, :] = False  # eaten: the lower rows of two orchards
    floor = start()["floor"]
    floor[10, 3] = True  # and one site is dead
    tiles = picture(apples=apples, floor=floor).mean(axis=(2, 3))
    letters = np.array([list(row) for row in HARVEST_MAP.split("\n")])
    kinds = {
        "wall": tiles[letters == "W"],
        "floor": tiles[letters == " "],
        "apple": tiles[apples],
        "grass": tiles[(letters == "A") & ~apples & ~floor],
        "dead": tiles[10:11, 3],
    }
    means = {name: kind.mean(axis=0) for name, kind in kinds.items()}
    assert all(np.abs(kind - means[name]).max() < 8 for name, kind in kinds.items())
    names = list(means)
    for i, one in enumerate(names):
        for other in names[:i]:
            assert np.abs(means[one] - means[other]).max() > 15, (one, other)


def test_every_player_has_its_colour():
    tiles = picture()
    for (x, y), colour in zip(start()["position"], PLAYER_COLOURS, strict=True):
        assert (tiles[y, x] == colour).all(axis=-1).mean() > 0.15


def test_a_move_changes_two_cells():
    position = start()["position"]
    position[0, 0] += 1
    differs = (picture(position=position) != picture()).any(axis=(2, 3, 4))
    assert sorted(np.argwhere(differs).tolist()) == [[13, 17], [13, 18]]


def test_the_beak_is_where_the_avatar_faces():
    """It is narrower than the back, so that the body's weight lies away from it."""
    directions = np.array([(0, -1), (1, 0), (0, 1), (-1, 0)])
    for orientation in range(4):
        tile = picture(orientation=np.full(7, orientation))[13, 17]
        rows, columns = np.nonzero((tile == PLAYER_COLOURS[0]).all(axis=-1))
        weight = np.array([columns.mean(), rows.mean()]) - (SIZE - 1) / 2
        assert np.argmin(directions @ weight) == orientation


def test_render():
    silent, drawn = parallel_env(), parallel_env(render_mode="rgb_array")
    for env in (silent, drawn):
        env.reset(seed=0)
    assert silent.render() is None
    assert drawn.render().shape == (432, 576, 3)


def test_drawing_changes_nothing():
    rules = make_rules()
    games = make_games(rules, 2)
    before = [array.tobytes() for array in games]
    np.testing.assert_array_equal(draw(rules, games, 0), draw(rules, games, 1))
    assert [array.tobytes() for array in games] == before
