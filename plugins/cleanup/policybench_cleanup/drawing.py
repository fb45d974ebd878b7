"""A picture of a game of Clean Up: the river and its dirt, the orchard, beams, and who is where."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw

from policybench.gridworld import (
    Colour,
    apple_on,
    avatar,
    grass,
    lay_over,
    lay_tiles,
    over,
    paint,
    positions,
    sand,
    unpadded,
    wall,
)
from policybench_cleanup.game import Games
from policybench_cleanup.map import CLEAN_BEAM, DIRT, OUTSIDE, WALL, WATER, ZAP_BEAM
from policybench_cleanup.rules import Rules

_WATER: Colour = (108, 178, 214)
_RIPPLE: Colour = (152, 207, 233)
_SLUDGE: tuple[int, int, int, int] = (112, 116, 62, 225)
_STREAK: tuple[int, int, int, int] = (86, 86, 44, 235)
_BUBBLE: Colour = (166, 170, 108)
_BANK: Colour = (186, 166, 128)
_JET: tuple[int, int, int, int] = (120, 232, 250, 165)
_FOAM: Colour = (245, 254, 255)
_GLARE: tuple[int, int, int, int] = (255, 226, 72, 185)
_BOLT: Colour = (255, 252, 226)

_N_TILES = OUTSIDE + 1
_N_VARIANTS = 8


def draw(rules: Rules, games: Games, g: int, size: int = 24) -> NDArray[np.uint8]:
    """Draw the map of game g, with the beams of the step just made.

    Args:
        rules: of the batch.
        games: the batch.
        g: which game.
        size: pixels a cell.

    Returns:
        [height * size, width * size, 3] uint8.
    """
    height, width = int(rules.map_size[0]), int(rules.map_size[1])
    ground = unpadded(games.ground[g], (height, width))
    variants = np.random.default_rng(0).integers(_N_VARIANTS, size=(height, width))
    frame = lay_tiles(_tiles(size), ground + _N_TILES * variants)
    for y, x, sides in _banks(ground):
        lay_over(frame, _bank(sides, size), x, y)

    avatars = games.avatars[g]
    for beam in (ZAP_BEAM, CLEAN_BEAM):
        lit = {int(cell) for one in avatars[avatars["beam"] == beam] for cell in one["lit"][: one["n_lit"]]}
        for x, y in positions(np.array(sorted(lit)), width):
            lay_over(frame, _beam(beam, size), x, y)
    for player, (x, y) in enumerate(positions(avatars["cell"], width)):
        if avatars["removed_for"][player] == 0:
            lay_over(frame, avatar(player, int(avatars["orientation"][player]), size), x, y)
    return frame


@lru_cache
def _tiles(size: int) -> NDArray[np.uint8]:
    """All tiles in several variants, [variants * tiles, size, size, 3]; the order is that of symbols."""
    tiles = []
    for variant in range(_N_VARIANTS):
        rng = np.random.default_rng(variant)
        dry, green = sand(size, rng), grass(size, rng)
        water = paint(size, partial(_ripples, rng), _WATER)[..., :3]
        dirt = over(paint(size, partial(_sludge, rng)), water)
        tiles += [dry, green, water, apple_on(green), dirt, wall(size), np.zeros_like(dry)]
    return np.stack(tiles)


def _ripples(rng: np.random.Generator, canvas: ImageDraw.ImageDraw, side: float) -> None:
    """Light on small waves."""
    for x, y in rng.uniform((0.2, 0.12), (0.8, 0.8), (3, 2)) * side:
        reach = rng.uniform(0.14, 0.2) * side
        box = [x - reach, y - 0.1 * side, x + reach, y + 0.14 * side]
        canvas.arc(box, 200, 340, fill=_RIPPLE, width=int(0.045 * side))


def _sludge(rng: np.random.Generator, canvas: ImageDraw.ImageDraw, side: float) -> None:
    """A muddy film with streaks and bubbles."""
    canvas.rectangle([0, 0, side, side], fill=_SLUDGE)
    for x, y in rng.uniform((0.2, 0.1), (0.8, 0.9), (4, 2)) * side:
        length, height = rng.uniform(0.14, 0.3) * side, rng.uniform(0.04, 0.075) * side
        canvas.ellipse([x - length, y - height, x + length, y + height], fill=_STREAK)
    for x, y in rng.uniform(0.15, 0.85, (3, 2)) * side:
        radius = rng.uniform(0.035, 0.07) * side
        canvas.ellipse([x - radius, y - radius, x + radius, y + radius], fill=_BUBBLE)


def _banks(ground: NDArray[np.uint8]) -> list[tuple[int, int, int]]:
    """Where the river meets land: row, column, and the sides as bits, north, east, south, west from the lowest."""
    wet = np.pad((ground == WATER) | (ground == DIRT) | (ground >= WALL), 1, constant_values=True)
    sides = ~wet[:-2, 1:-1] | ~wet[1:-1, 2:] << 1 | ~wet[2:, 1:-1] << 2 | ~wet[1:-1, :-2] << 3
    rows, columns = np.nonzero(((ground == WATER) | (ground == DIRT)) & (sides > 0))
    return [(y, x, int(sides[y, x])) for y, x in zip(rows.tolist(), columns.tolist(), strict=True)]


@lru_cache
def _bank(sides: int, size: int) -> NDArray[np.uint8]:
    """A strip of bank along some sides of a cell of the river."""

    def painter(canvas: ImageDraw.ImageDraw, side: float) -> None:
        depth = 0.12 * side
        strips = [
            (0, 0, side, depth),
            (side - depth, 0, side, side),
            (0, side - depth, side, side),
            (0, 0, depth, side),
        ]
        for bit, strip in enumerate(strips):
            if sides >> bit & 1:
                canvas.rectangle(strip, fill=_BANK)

    return paint(size, painter)


@lru_cache
def _beam(beam: int, size: int) -> NDArray[np.uint8]:
    """A cell that a beam lights up: a jet of water, or a flash."""

    def painter(canvas: ImageDraw.ImageDraw, side: float) -> None:
        if beam == CLEAN_BEAM:
            canvas.rectangle([0, 0, side, side], fill=_JET)
            for x, y, radius in ((0.28, 0.3, 0.09), (0.7, 0.22, 0.06), (0.58, 0.62, 0.1), (0.22, 0.74, 0.055)):
                box = [(x - radius) * side, (y - radius) * side, (x + radius) * side, (y + radius) * side]
                canvas.ellipse(box, outline=_FOAM, width=int(0.045 * side))
        else:
            canvas.rectangle([0, 0, side, side], fill=_GLARE)
            bolt = [(0.58, 0.08), (0.28, 0.56), (0.47, 0.56), (0.4, 0.92), (0.72, 0.42), (0.52, 0.42)]
            canvas.polygon([(x * side, y * side) for x, y in bolt], fill=_BOLT)

    return paint(size, painter)
