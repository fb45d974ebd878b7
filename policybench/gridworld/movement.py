"""How avatars move and turn, one after another, and in which order.

An avatar faces north, east, south or west (0 to 3). It moves by one cell in any of the four directions seen
from where it faces, or turns by 90 degrees, never both. A move fails where the target cell is solid: a wall,
or another avatar at the moment when the move is made. So the order matters: where two want one cell the
first gets it, and one can follow another into the cell that it has just left.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled, integer

AVATAR_STATE = np.dtype([("cell", np.int32), ("orientation", np.int32)])
"""The type of a record of an avatar: its cell and where it faces.

Kernels hold such records in arrays [n_games, n_players]: they are
free to pass on, while every array that a kernel passes on or slices costs two atomic operations."""

NOOP, FORWARD, BACKWARD, STEP_LEFT, STEP_RIGHT, TURN_LEFT, TURN_RIGHT = range(7)
"""The actions that all games share; a game's own follow."""

STAYED, MOVED, BLOCKED = range(3)
"""What became of an action: the avatar stayed in its cell, moved into another, or was blocked."""

_MOVES = np.array([0, 1, 1, 1, 1, 0, 0])
"""Which actions move the avatar by a cell."""

_HEADING = np.array([0, 0, 2, 3, 1, 0, 0])
"""Where they lead, in quarter turns to the right of where the avatar faces."""

_TURN = np.array([0, 0, 0, 0, 0, 3, 1])
"""By how many quarter turns to the right each action turns the avatar."""


@compiled
def act(
    board: NDArray[np.uint8],
    ground: NDArray[np.uint8],
    avatar: Any,
    action: int,
    directions: NDArray[np.int32],
    first_solid: int,
    first_avatar: int,
) -> int:
    """Move or turn one avatar and draw it anew.

    The code has tables in place of branches, which a processor cannot foresee where actions are random: it
    is five times as fast.

    Args:
        board: [cells] what is to be seen in each padded cell, avatars included; changed.
        ground: [cells] the same without avatars.
        avatar: a record of AVATAR_STATE; changed.
        action: NOOP .. TURN_RIGHT.
        directions: [4] the steps to the neighbouring cells (``Layout.directions``).
        first_solid: cells whose symbol on the board is this or greater cannot be entered.
        first_avatar: the symbol of an avatar that faces north; those for east, south and west follow it.

    Returns:
        STAYED, MOVED or BLOCKED.
    """
    orientation = (avatar.orientation + _TURN[action]) & 3
    cell = avatar.cell
    target = cell + _MOVES[action] * directions[(orientation + _HEADING[action]) & 3]
    if board[target] >= first_solid:
        target = cell
    board[cell] = ground[cell]
    board[target] = first_avatar + orientation
    avatar.cell = target
    avatar.orientation = orientation
    return _MOVES[action] * (MOVED if target != cell else BLOCKED)  # type: ignore[no-any-return]


@compiled
def shuffle(order: NDArray[np.uint8], stream: NDArray[np.uint64]) -> None:
    """Bring the players' indices, [n_players], into a random order, each order equally likely (Fisher-Yates)."""
    for last in range(len(order) - 1, 0, -1):
        other = integer(stream, last + 1)
        order[last], order[other] = order[other], order[last]
