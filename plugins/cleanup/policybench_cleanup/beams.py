"""The two beams, which differ only in what they hit: zaps hit avatars, the cleaning beam hits dirt.

A beam has three columns, each of three cells: the middle one begins in front of the shooter, the other two
beside it. Each column runs for itself until it meets a wall or something to hit; neither of those cells lights
up, and nothing behind them is reached.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench_cleanup.map import OUTSIDE, WALL

BEAM_LENGTH = 3
BEAM_COLUMNS = 3
BEAM_CELLS = BEAM_COLUMNS * BEAM_LENGTH


def beam_paths(directions: NDArray[np.int32]) -> NDArray[np.int32]:
    """The cells of a beam, [4, 3, 3]: by the shooter's orientation, column, and place in it.

    They are relative to the shooter's cell. ``directions`` are a ``Layout``'s.
    """
    paths = np.empty((4, BEAM_COLUMNS, BEAM_LENGTH), dtype=np.int32)
    for orientation, ahead in enumerate(directions):
        right = directions[(orientation + 1) % 4]
        for column, (first, aside) in enumerate([(0, -right), (1, 0), (0, right)]):
            paths[orientation, column] = aside + ahead * (first + np.arange(BEAM_LENGTH))
    return paths


@compiled
def fire(shooter: Any, paths: NDArray[np.int32], surface: NDArray[np.uint8], target: int) -> None:
    """Fire one beam.

    Args:
        shooter: a record with ``cell``, ``orientation`` and, out, ``lit`` and ``hit``: the cells that light up
            and those that are hit, ``n_lit`` and ``n_hit`` of them from the left.
        paths: [4, 3, 3] as ``beam_paths`` gives them.
        surface: [cells] symbols of what the beam can meet, those that it cannot hit left out.
        target: what it hits: all symbols from this one on, walls and what is outside apart.
    """
    shooter.n_lit = 0
    shooter.n_hit = 0
    for column in range(paths.shape[1]):
        for place in range(paths.shape[2]):
            reached = shooter.cell + paths[shooter.orientation, column, place]
            symbol = surface[reached]
            if WALL <= symbol <= OUTSIDE:
                break
            if symbol >= target:
                shooter.hit[shooter.n_hit] = reached
                shooter.n_hit += 1
                break
            shooter.lit[shooter.n_lit] = reached
            shooter.n_lit += 1
