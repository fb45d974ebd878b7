"""What an avatar sees: a window of 11 x 11 cells that turns with it, as one small integer a cell.

The window reaches nine cells ahead, one behind and five to either side; nothing hides what is behind it.
The avatar's facing is up; its own cell, row 9, column 5, shows the ground that it stands on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled

VIEW_SIZE = 11
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
    """Write what one player sees.

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
