"""The map: four rooms parted by water, wood in the two upper ones, stone in the two left ones.

Characters: ``W`` a source of wood, ``S`` a source of stone, ``@`` water, ``.`` free land. Kernels see the map with
a border of water around it, so that no move can leave it; a cell is an index into that padded map, row by row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

MAP = """\
WWWWW..W....@.W..........
WW.W........@.W......W.WW
.W..........@.........W.W
SW.S.S......@............
............@...W......W.
.SS......................
.S.......................
.........................
.........................
S......S....@............
............@............
............@............
@@@@@....@@@@@@@....@@@@@
.S..........@............
S.S.........@............
...S........@............
SS.......................
.SS......................
SS.......................
..S......................
............@............
............@............
............@............
............@............
S...........@............"""

SIZE = 25
"""Rows, and columns, of the map."""

PADDED = SIZE + 2
N_CELLS = PADDED * PADDED

STONE, WOOD = 0, 1
"""The goods, everywhere in this order."""

GOODS = ("stone", "wood")

LAND, WATER, STONE_SOURCE, WOOD_SOURCE = 0, 1, 2, 3
"""Kinds of ground; the source of a good is ``STONE_SOURCE + good``."""

_GROUND = {".": LAND, "@": WATER, "S": STONE_SOURCE, "W": WOOD_SOURCE}


def ground() -> NDArray[np.uint8]:
    """The kind of ground of every cell of the padded map, [N_CELLS]."""
    rows = [[_GROUND[character] for character in row] for row in MAP.split("\n")]
    return np.pad(np.array(rows, dtype=np.uint8), 1, constant_values=WATER).ravel()


def cells(rows: NDArray[np.integer], columns: NDArray[np.integer]) -> NDArray[np.int32]:
    """Cells of the padded map at rows and columns of the map."""
    padded: NDArray[np.int32] = ((rows + 1) * PADDED + columns + 1).astype(np.int32)
    return padded


def places(of: NDArray[np.integer]) -> NDArray[np.int64]:
    """Rows and columns of cells, [..., 2]."""
    return np.stack([of // PADDED - 1, of % PADDED - 1], axis=-1).astype(np.int64)


def inside(padded: NDArray[Any]) -> NDArray[Any]:
    """Values of the padded map, [..., N_CELLS], without its border: [..., SIZE, SIZE]."""
    grid: NDArray[Any] = padded.reshape(*padded.shape[:-1], PADDED, PADDED)[..., 1:-1, 1:-1]
    return grid
