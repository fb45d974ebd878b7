"""Maps drawn in text: one character a cell, rows joined by newlines, padded so that no view leaves them.

Inside a game a cell is one integer, its place in the flattened padded map, and a direction is the number to
add to it. Outside, a cell is (x, y), counted from the top left corner: x grows to the east, y to the south.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from policybench.errors import InputError

PADDING = 9
"""Cells around the map on each side: as far as an avatar sees."""


class Layout(NamedTuple):
    """A map, taken apart.

    Attributes:
        terrain: [height, width] uint8, the symbol of every cell before the game starts.
        characters: [height, width], the map as it was written.
        spawns: [n_players] int32, the padded cell where each player starts.
        directions: [4] int32, the step to the next padded cell to the north, east, south and west.
    """

    terrain: NDArray[np.uint8]
    characters: NDArray[np.str_]
    spawns: NDArray[np.int32]
    directions: NDArray[np.int32]

    def pad(self, outside: int) -> NDArray[np.uint8]:
        """The terrain as games hold it, flattened, with ``outside`` around the map."""
        return np.pad(self.terrain, PADDING, constant_values=outside).ravel()

    def cells_of(self, character: str) -> NDArray[np.int32]:
        """The padded cells that show this character, row by row."""
        y, x = np.nonzero(self.characters == character)
        return padded_cells(x, y, self.terrain.shape[1])


def parse_layout(text: str, terrain: Mapping[str, int], players: str, ground: int) -> Layout:
    """The layout of a map that is drawn in characters.

    Args:
        text: rows joined by newlines; all of one length.
        terrain: the symbol that each character stands for.
        players: the characters of the spawn cells, in the order of the players; a map for n players has the
            first n of them, once each.
        ground: the symbol of the terrain in spawn cells.

    Raises:
        InputError: the map is ragged, has an unknown character, or its spawn cells are not as said.
    """
    rows = text.strip("\n").split("\n")
    if len({len(row) for row in rows}) != 1 or not rows[0]:
        raise InputError("layout: its rows have different lengths; all must be equally long and not empty.")
    unknown = sorted(set("".join(rows)) - set(terrain) - set(players))
    if unknown:
        allowed = "".join([*terrain, *players])
        raise InputError(f"layout: unknown character {unknown[0]!r}; a map consists of {allowed!r}.")

    characters = np.array([list(row) for row in rows])
    spawns = [np.argwhere(characters == player) for player in players]
    n_players = sum(len(places) > 0 for places in spawns)
    if n_players == 0 or any(len(places) != (i < n_players) for i, places in enumerate(spawns)):
        found = "".join(sorted(set("".join(rows)) & set(players))) or "none"
        raise InputError(
            f"layout: spawn cells {found}; a map for n players has the first n of {players}, once each."
        )

    symbols = np.full(characters.shape, ground, dtype=np.uint8)
    for character, symbol in terrain.items():
        symbols[characters == character] = symbol
    places = np.concatenate(spawns)
    width = len(rows[0])
    padded = width + 2 * PADDING
    return Layout(
        terrain=symbols,
        characters=characters,
        spawns=padded_cells(places[:, 1], places[:, 0], width),
        directions=np.array([-padded, 1, padded, -1], dtype=np.int32),
    )


def padded_cells(x: ArrayLike, y: ArrayLike, width: int) -> NDArray[np.int32]:
    """The integers that stand for the cells (x, y) of a map of this width.

    >>> positions(padded_cells([0, 23], [0, 17], width=24), width=24).tolist()
    [[0, 0], [23, 17]]
    """
    rows, columns = np.asarray(y, dtype=np.int32) + PADDING, np.asarray(x, dtype=np.int32) + PADDING
    return rows * np.int32(width + 2 * PADDING) + columns


def all_cells(size: ArrayLike) -> NDArray[np.int32]:
    """The padded cells of a map of this height and width, row by row, [height * width]; none of the padding."""
    height, width = np.asarray(size)
    y, x = np.divmod(np.arange(height * width), width)
    return padded_cells(x, y, int(width))


def positions(cells: ArrayLike, width: int) -> NDArray[np.int64]:
    """(x, y) of padded cells of a map of this width, [..., 2]; the reverse of ``padded_cells``."""
    y, x = np.divmod(np.asarray(cells, dtype=np.int64), width + 2 * PADDING)
    return np.stack([x - PADDING, y - PADDING], axis=-1)
