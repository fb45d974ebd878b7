"""States of games as dictionaries of plain arrays: what all grid worlds read, check and impose in one way."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from policybench.errors import InputError
from policybench.gridworld.layout import PADDING, padded_cells, positions


def part(state: dict[str, Any], key: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """One array of a state, of this shape.

    Raises:
        InputError: it is missing or has another shape.
    """
    if key not in state:
        raise InputError(f"state: {key} is missing.")
    array = np.asarray(state[key])
    if array.shape != shape:
        raise InputError(f"state {key}: its shape is {array.shape}; expected {shape}.")
    return array


def flags_at(
    state: dict[str, Any], key: str, sites: NDArray[np.integer], size: tuple[int, int]
) -> NDArray[np.bool_]:
    """Where a [height, width] array of a state is true, by site.

    Args:
        state: of a game.
        key: of the array.
        sites: [n_sites] padded cells; elsewhere the array must be false.
        size: height and width of the map.

    Raises:
        InputError: it is missing, has another shape, or is true where there is no site.
    """
    grid = part(state, key, size).astype(np.bool_)
    x, y = positions(sites, size[1]).T
    if grid.sum() != grid[y, x].sum():
        raise InputError(f"state {key}: one is where none can be; {key} are at sites alone.")
    flags: NDArray[np.bool_] = grid[y, x]
    return flags


def grid_of(cells: NDArray[np.integer], size: tuple[int, int]) -> NDArray[np.bool_]:
    """The map, [height, width], true in these padded cells."""
    grid = np.zeros(size, dtype=np.bool_)
    x, y = positions(cells, size[1]).T
    grid[y, x] = True
    return grid


def unpadded(cells: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Values of all padded cells as a map, [height, width]."""
    padded = cells.reshape(size[0] + 2 * PADDING, size[1] + 2 * PADDING)
    return padded[PADDING:-PADDING, PADDING:-PADDING]


def check_avatars(
    state: dict[str, Any], alive: NDArray[np.bool_], terrain: NDArray[np.uint8], solid: int, size: tuple[int, int]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Where the avatars of a state are and where they face.

    Args:
        state: of a game: ``position`` [n_players, 2], (x, y); ``orientation`` [n_players], 0..3 for north, east,
            south, west.
        alive: [n_players] who is on the map; the others may be anywhere.
        terrain: [cells] symbols of the padded map.
        solid: from this symbol on there can be no avatar.
        size: height and width of the map.

    Returns:
        Padded cells and orientations, [n_players] each; those of players off the map mean nothing.

    Raises:
        InputError: an array is missing, has another shape, or says what cannot be.
    """
    n_players = len(alive)
    position = part(state, "position", (n_players, 2))
    orientation = part(state, "orientation", (n_players,))
    if not np.isin(orientation[alive], range(4)).all():
        raise InputError(f"state orientation: {orientation.tolist()}; each is 0, 1, 2 or 3.")
    inside = np.atleast_1d(((position >= 0) & (position < size[::-1])).all(axis=1))
    if not inside[alive].all():
        raise InputError(f"state position: {position.tolist()}; (x, y) within {size[1]} x {size[0]} cells.")
    cells = padded_cells(position[:, 0], position[:, 1], size[1])
    occupied = cells[alive]
    if len(np.unique(occupied)) < len(occupied) or np.any(terrain[occupied] >= solid):
        raise InputError(f"state position: {position.tolist()}; one player a cell, and none in a wall.")
    return cells, orientation.astype(np.int64)
