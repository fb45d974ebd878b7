"""What grid-world games share, on a small world of its own."""

import itertools

import numpy as np
import pytest

from policybench import InputError
from policybench.gridworld.drawing import PLAYER_COLOURS, avatar, lay_over, lay_tiles, over, paint
from policybench.gridworld.layout import PADDING, all_cells, parse_layout, positions
from policybench.gridworld.movement import (
    AVATAR_STATE,
    BACKWARD,
    BLOCKED,
    FORWARD,
    MOVED,
    NOOP,
    STAYED,
    STEP_LEFT,
    STEP_RIGHT,
    TURN_LEFT,
    TURN_RIGHT,
    act,
    shuffle,
)
from policybench.gridworld.view import AHEAD, ASIDE, VIEW_SIZE, ground_views, look, pose_of, turned_symbols
from policybench.streams import kernel_stream

FLOOR, FLOWER, WALL, OUTSIDE, AVATAR = range(5)
MAP = "#####\n#1  #\n# f #\n#  2#\n#####"


def world():
    """A layout, and ground, board and avatars with everybody at their start."""
    layout = parse_layout(MAP, {"#": WALL, " ": FLOOR, "f": FLOWER}, "123", FLOOR)
    ground = layout.pad(OUTSIDE)
    avatars = np.zeros(len(layout.spawns), dtype=AVATAR_STATE)
    avatars["cell"] = layout.spawns
    board = ground.copy()
    board[layout.spawns] = AVATAR
    return layout, ground, board, avatars


def test_layout():
    layout, ground, *_ = world()
    assert layout.terrain.shape == (5, 5)
    assert positions(layout.spawns, 5).tolist() == [[1, 1], [3, 3]]
    assert positions(layout.cells_of("f"), 5).tolist() == [[2, 2]]
    assert ground[layout.cells_of("f")] == FLOWER
    assert (ground == OUTSIDE).sum() == (5 + 2 * PADDING) ** 2 - 25
    north, east, south, west = positions(layout.cells_of("f") + layout.directions, 5).tolist()
    assert [north, east, south, west] == [[2, 1], [3, 2], [2, 3], [1, 2]]


@pytest.mark.parametrize("text", ["##\n#", "", "#1?#", "#2#", "#11#", "# #"])
def test_maps_that_are_none(text):
    with pytest.raises(InputError, match="layout: "):
        parse_layout(text, {"#": WALL, " ": FLOOR}, "123", FLOOR)


@pytest.mark.parametrize(
    ("action", "outcome", "place", "orientation"),
    [
        (NOOP, STAYED, [1, 1], 1),
        (FORWARD, MOVED, [2, 1], 1),
        (BACKWARD, BLOCKED, [1, 1], 1),
        (STEP_LEFT, BLOCKED, [1, 1], 1),
        (STEP_RIGHT, MOVED, [1, 2], 1),
        (TURN_LEFT, STAYED, [1, 1], 0),
        (TURN_RIGHT, STAYED, [1, 1], 2),
    ],
)
def test_actions_of_one_that_faces_east(action, outcome, place, orientation):
    layout, ground, board, avatars = world()
    avatars["orientation"] = 1
    assert act(board, ground, avatars[0], action, layout.directions, WALL, AVATAR) == outcome
    assert positions(avatars["cell"], 5)[0].tolist() == place
    assert avatars["orientation"][0] == orientation
    assert np.flatnonzero(board != ground).tolist() == sorted(avatars["cell"].tolist())
    assert board[avatars["cell"][0]] == AVATAR + orientation


def test_avatars_block_each_other():
    layout, ground, board, avatars = world()
    outcomes = [
        act(board, ground, avatars[0], action, layout.directions, WALL, AVATAR)
        for action in (BACKWARD, BACKWARD, STEP_RIGHT, STEP_RIGHT)
    ]
    assert outcomes == [MOVED, MOVED, MOVED, BLOCKED]


def test_looking():
    layout, ground, board, avatars = world()
    avatars["orientation"] = [2, 1]
    board[avatars["cell"]] = AVATAR + avatars["orientation"]
    turned = turned_symbols(AVATAR + 4, AVATAR)
    views = np.full((2, VIEW_SIZE, VIEW_SIZE), 99, dtype=np.uint8)
    for player in range(2):
        look(board, ground, avatars[player], layout.directions, turned, views, player)
    south, east = views  # the first one looks south: its right is the west
    assert south[AHEAD, ASIDE] == east[AHEAD, ASIDE] == FLOOR
    assert south[AHEAD - 1, ASIDE - 1] == FLOWER
    assert south[AHEAD - 2, ASIDE - 2] == AVATAR + 3
    assert east[AHEAD + 1, ASIDE - 1] == FLOWER
    assert (east[AHEAD - 2 :: -1] == OUTSIDE).all()
    assert (south == WALL).sum() == 16
    assert not (views == 99).any()


def test_what_is_seen_of_bare_ground():
    layout, ground, _board, avatars = world()
    turned = turned_symbols(AVATAR + 4, AVATAR)
    inside = all_cells(layout.terrain.shape)
    assert np.array_equal(ground[inside].reshape(layout.terrain.shape), layout.terrain)
    bare = ground_views(ground, inside, layout.directions, turned, OUTSIDE)
    assert bare.shape == (4 * len(ground), VIEW_SIZE**2)
    seen = np.zeros((2, VIEW_SIZE, VIEW_SIZE), dtype=np.uint8)
    for cell, orientation in itertools.product(inside, range(4)):
        avatars["cell"][1], avatars["orientation"][1] = cell, orientation
        look(ground, ground, avatars[1], layout.directions, turned, seen, 1)
        assert np.array_equal(bare[pose_of(avatars[1])], seen[1].ravel())
    assert (np.delete(bare.reshape(len(ground), 4, -1), inside, axis=0) == OUTSIDE).all()


def test_shuffles_are_fair():
    stream = kernel_stream(0, 0, "test")
    counts = dict.fromkeys(itertools.permutations(range(3)), 0)
    order = np.arange(3, dtype=np.uint8)
    for _ in range(6000):
        shuffle(order, stream)
        counts[tuple(order.tolist())] += 1
    assert all(abs(count - 1000) < 5 * 1000**0.5 for count in counts.values())


def test_pictures_are_put_together():
    red, blue = (paint(4, lambda canvas, side: None, colour) for colour in ((200, 0, 0), (0, 0, 200)))
    frame = lay_tiles(np.stack([red[..., :3], blue[..., :3]]), np.array([[0, 1, 0], [1, 1, 1]]))
    assert frame.shape == (8, 12, 3)
    assert (frame[:4, 4:8] == (0, 0, 200)).all()
    assert (frame[:4, 8:] == (200, 0, 0)).all()

    dot = paint(4, lambda canvas, side: canvas.rectangle([0, 0, side / 2 - 1, side], fill=(0, 255, 0)))
    lay_over(frame, dot, 2, 0)
    assert (frame[:4, 8:10] == (0, 255, 0)).all()
    assert (frame[:4, 10:] == (200, 0, 0)).all()
    assert (over(dot, red)[:, 2:] == (200, 0, 0)).all()

    glass = np.full((4, 4, 4), 128, dtype=np.uint8)
    assert over(glass, red)[0, 0].tolist() == [164, 64, 64]


def test_avatars_can_be_told_apart():
    sprites = [avatar(player, orientation, 24) for player in range(7) for orientation in range(4)]
    assert len({sprite.tobytes() for sprite in sprites}) == 28
    assert all(sprite.shape == (24, 24, 4) and sprite[0, 0, 3] == 0 for sprite in sprites)
    assert len(set(PLAYER_COLOURS)) == 7
