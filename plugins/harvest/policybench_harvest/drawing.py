"""A picture of a game of Commons Harvest: orchards, dead patches, and who is where and faces whither."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from policybench.gridworld import (
    Colour,
    apple_on,
    avatar,
    blades,
    grass,
    lay_over,
    lay_tiles,
    paint,
    positions,
    sand,
    unpadded,
    wall,
)
from policybench_harvest.map import FLOOR, OUTSIDE
from policybench_harvest.rules import Rules
from policybench_harvest.step import Games

_SOIL: Colour = (204, 184, 150)
_STRAW: Colour = (164, 136, 96)

_DEAD = OUTSIDE + 1
"""The tile of a site whose ground is bare, which players cannot tell from other floor."""

_N_TILES = _DEAD + 1
_N_VARIANTS = 8


def draw(rules: Rules, games: Games, g: int, size: int = 24) -> NDArray[np.uint8]:
    """Draw the map of game g.

    Args:
        rules: of the batch.
        games: the batch.
        g: which game.
        size: pixels a cell.

    Returns:
        [height * size, width * size, 3] uint8.
    """
    height, width = int(rules.size[0]), int(rules.size[1])
    tiles = games.ground[g].copy()
    sites = rules.sites["cell"]
    tiles[sites[tiles[sites] == FLOOR]] = _DEAD
    variants = np.random.default_rng(0).integers(_N_VARIANTS, size=(height, width))
    frame = lay_tiles(_tiles(size), unpadded(tiles, (height, width)) + _N_TILES * variants)
    avatars = games.avatars[g]
    for player, (x, y) in enumerate(positions(avatars["cell"], width)):
        lay_over(frame, avatar(player, int(avatars["orientation"][player]), size), x, y)
    return frame


@lru_cache
def _tiles(size: int) -> NDArray[np.uint8]:
    """All tiles in several variants, [variants * tiles, size, size, 3]; the order is that of symbols."""
    tiles = []
    for variant in range(_N_VARIANTS):
        rng = np.random.default_rng(variant)
        floor, green = sand(size, rng), grass(size, rng)
        dead = paint(size, partial(blades, rng, _STRAW, 4), _SOIL)[..., :3]
        tiles += [floor, green, apple_on(green), wall(size), np.zeros_like(floor), dead]
    return np.stack(tiles)
