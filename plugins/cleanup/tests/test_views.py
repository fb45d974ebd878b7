"""What players see, against the pixels that the real engine drew and against a slow description of the window."""

from __future__ import annotations

import numpy as np
import pytest

from policybench_cleanup.map import (
    APPLE,
    AVATAR,
    CLEAN_BEAM,
    DIRT,
    GRASS,
    OUTSIDE,
    SAND,
    TERRAIN,
    WALL,
    WATER,
    ZAP_BEAM,
)

NORTH_EAST_SOUTH_WEST = np.array([(0, -1), (1, 0), (0, 1), (-1, 0)])

PLAYERS = [
    (125, 50, 200),
    (205, 5, 165),
    (245, 65, 65),
    (245, 130, 0),
    (195, 180, 0),
    (125, 185, 65),
    (35, 185, 175),
]
GROUND = {SAND: (219, 218, 186), GRASS: (164, 189, 75), WATER: (33, 127, 160), DIRT: (27, 150, 144)}


def through_cleaning_beam(colour):
    return tuple((175 * np.array((99, 223, 242)) + 80 * np.array(colour) + 127) // 255)


def symbol_of(tile):
    """The symbol for [64, 3] pixels of the engine; all avatars are AVATAR."""
    colours, counts = np.unique(tile, axis=0, return_counts=True)
    present = {tuple(colour) for colour in colours}
    present |= {colour for colour in [*PLAYERS, (212, 80, 57)] if through_cleaning_beam(colour) in present}
    most = colours[counts.argmax()]
    if present == {(0, 0, 0)}:
        return OUTSIDE
    if (95, 95, 95) in present:
        return WALL
    if present & {(252, 252, 106), through_cleaning_beam((252, 252, 106))}:
        return ZAP_BEAM
    if present & set(PLAYERS):
        return AVATAR
    if (212, 80, 57) in present:
        return APPLE
    lit = [through_cleaning_beam(GROUND[ground]) for ground in (SAND, GRASS, WATER)]
    if any(np.abs(np.subtract(most, colour)).max() <= 2 for colour in lit):
        return CLEAN_BEAM
    return min(GROUND, key=lambda ground: np.abs(np.subtract(most, GROUND[ground])).sum())


@pytest.mark.parametrize("name", ["random_0", "scripted_conflict", "scripted_clean", "scripted_zap"])
def test_views_show_what_the_engine_drew(replay, name):
    played = replay.of(name)
    viewer = int(played.trace["rgb_player_index"])
    pictures = played.trace["rgb"].reshape(-1, 11, 8, 11, 8, 3).swapaxes(2, 3).reshape(-1, 11, 11, 64, 3)
    for s, picture in enumerate(pictures):
        if s > 0:
            played.step(s)
        drawn = np.array([[symbol_of(tile) for tile in row] for row in picture])
        seen = played.views()[viewer]
        seen[(seen >= AVATAR) & (seen < AVATAR + 4)] = AVATAR
        drawn[9, 5] = seen[9, 5]  # the engine draws the viewer there
        np.testing.assert_array_equal(seen, drawn, err_msg=f"step {s}")


def slow_view(trace, s, viewer):
    """The window, cell by cell, from a trace's arrays after step s."""
    height, width = trace["apples"].shape[1:]
    rows = str(trace["map"]).split("\n")
    at = {tuple(trace["pos"][s, i]): trace["ori"][s, i] for i in np.flatnonzero(trace["alive"][s])}
    facing = int(trace["ori"][s, viewer])
    ahead, right = NORTH_EAST_SOUTH_WEST[facing], NORTH_EAST_SOUTH_WEST[(facing + 1) % 4]
    view = np.full((11, 11), OUTSIDE)
    if not trace["alive"][s, viewer]:
        return view
    for row in range(11):
        for column in range(11):
            x, y = trace["pos"][s, viewer] + (9 - row) * ahead + (column - 5) * right
            if not (0 <= x < width and 0 <= y < height):
                continue
            ground = TERRAIN.get(rows[y][x], SAND)
            ground = {APPLE: GRASS, DIRT: WATER}.get(ground, ground)
            symbol = CLEAN_BEAM if trace["clean_beam"][s, y, x] else ground
            symbol = APPLE if trace["apples"][s, y, x] else DIRT if trace["dirt"][s, y, x] else symbol
            symbol = ZAP_BEAM if trace["zap_beam"][s, y, x] else symbol
            view[row, column] = symbol if (x, y) not in at else AVATAR + (at[x, y] - facing) % 4
    x, y = trace["pos"][s, viewer]
    ground = TERRAIN.get(rows[y][x], SAND)
    ground = {APPLE: GRASS, DIRT: WATER}.get(ground, ground)
    view[9, 5] = APPLE if trace["apples"][s, y, x] else DIRT if trace["dirt"][s, y, x] else ground
    return view


@pytest.mark.parametrize("name", ["random_1", "scripted_clean", "custom_beam"])
def test_views_are_the_window_in_front_of_the_player(replay, name):
    played = replay.of(name)
    for s in range(played.n_steps + 1):
        if s > 0:
            played.step(s)
        views = played.views()
        for viewer in range(len(views)):
            np.testing.assert_array_equal(views[viewer], slow_view(played.trace, s, viewer), err_msg=f"step {s}")
