"""What an avatar sees: a window of 11 x 11 cells that turns with it, as one small integer a cell.

The window reaches nine cells ahead, one behind and five to either side; nothing hides what is behind it.
The avatar's facing is up; its own cell, row 9, column 5, shows the ground that it stands on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.gridworld.movement import AVATAR_STATE

VIEW_SIZE = 11
"""Cells along each side of what a player sees."""
AHEAD = 9
ASIDE = 5


@compiled
def look(
    board: NDArray[np.uint8],
    ground: NDArray[np.uint8],
    avatar: Any,
    directions: NDArray[np.int32],
    turned: NDArray[np.uint8],
    views: NDArray[np.uint8],
    player: int,
) -> None:
    """Write the 11 x 11 symbols that one player sees.

    Args:
        board: [cells] what is to be seen in each padded cell, avatars included.
        ground: [cells] the same without avatars.
        avatar: the viewer, a record of ``movement.AVATAR_STATE``.
        directions: [4] the steps to the neighbouring cells (``Layout.directions``).
        turned: [4, n_symbols] how a symbol appears to a viewer that faces north, east, south, west
            (``turned_symbols``).
        views: [n_players, 11, 11] out; only this player's is written.
        player: the index of the viewer.
    """
    orientation = avatar.orientation
    ahead = directions[orientation]
    right = directions[(orientation + 1) & 3]
    corner = avatar.cell + AHEAD * ahead - ASIDE * right
    for row in range(VIEW_SIZE):
        for column in range(VIEW_SIZE):
            symbol = board[np.uintp(corner - row * ahead + column * right)]
            views[player, row, column] = turned[orientation, symbol]
    views[player, AHEAD, ASIDE] = ground[avatar.cell]


@compiled
def pose_of(avatar: Any) -> int:
    """The pose of an avatar: where it stands and faces, as a row of ``ground_views``."""
    return 4 * avatar.cell + avatar.orientation  # type: ignore[no-any-return]


def ground_views(
    ground: NDArray[np.uint8],
    inside: NDArray[np.int32],
    directions: NDArray[np.int32],
    turned: NDArray[np.uint8],
    outside: int,
) -> NDArray[np.uint8]:
    """What avatars see of a board on which nothing happens, from every pose.

    Args:
        ground: [cells] symbols of the padded map.
        inside: the padded cells of the map without its padding.
        directions: as for ``look``.
        turned: as for ``look``.
        outside: the symbol of cells off the map, and of all that poses off the map see.

    Returns:
        [4 * cells, 121], row 4 * cell + orientation.
    """
    views = np.full((4 * len(ground), VIEW_SIZE, VIEW_SIZE), outside, dtype=np.uint8)
    _look_everywhere(ground, inside, directions, turned, np.zeros(1, dtype=AVATAR_STATE), views)
    return views.reshape(len(views), -1)


@compiled
def _look_everywhere(
    ground: NDArray[np.uint8],
    inside: NDArray[np.int32],
    directions: NDArray[np.int32],
    turned: NDArray[np.uint8],
    avatars: NDArray[np.void],
    views: NDArray[np.uint8],
) -> None:
    avatar = avatars[0]
    for cell in inside:
        for orientation in range(4):
            avatar.cell = cell
            avatar.orientation = orientation
            look(ground, ground, avatar, directions, turned, views, pose_of(avatar))


def turned_symbols(n_symbols: int, first_avatar: int) -> NDArray[np.uint8]:
    """How each symbol appears to a viewer that faces north, east, south or west, [4, n_symbols].

    Avatars that face north, east, south, west have the four symbols from ``first_avatar`` on; in a view those
    tell where they face relative to the viewer. All other symbols look the same from everywhere.

    >>> turned_symbols(6, first_avatar=2)[1]  # to a viewer that faces east, one that faces north faces left
    array([0, 1, 5, 2, 3, 4], dtype=uint8)
    """
    symbols = np.tile(np.arange(n_symbols, dtype=np.uint8), (4, 1))
    for viewer in range(4):
        symbols[viewer, first_avatar : first_avatar + 4] = first_avatar + (np.arange(4) - viewer) % 4
    return symbols
