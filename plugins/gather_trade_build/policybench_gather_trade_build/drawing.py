"""A picture of a game: the map with goods, houses by owner and agents, and beside it the economy (``panel``)."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw

from policybench.gridworld import Colour, blades, lay_over, lay_tiles, over, paint, sand
from policybench_gather_trade_build import map as board
from policybench_gather_trade_build.game import Games
from policybench_gather_trade_build.panel import AGENT_COLOURS, INK, PAPER, Panel, font
from policybench_gather_trade_build.rules import N_AGENTS

CELL = 24
"""Pixels a cell."""

_LAND: Colour = (238, 233, 220)
_WATER: Colour = (120, 170, 205)
_RIPPLE: Colour = (150, 193, 222)
_SOIL: Colour = (190, 205, 150)
_SPROUT: Colour = (150, 172, 110)
_GRAVEL: Colour = (206, 204, 200)
_PEBBLE: Colour = (178, 176, 172)
_ROCK: Colour = (120, 124, 132)
_ROCK_LIGHT: Colour = (164, 168, 176)
_LEAVES: Colour = (46, 120, 62)
_LEAVES_LIGHT: Colour = (82, 156, 88)
_TRUNK: Colour = (104, 72, 44)
_WALL: Colour = (250, 246, 236)
_DOOR: Colour = (120, 92, 70)

_N_VARIANTS = 6


class Picture:
    """Draws one episode, frame by frame; what the panel shows over time is what was drawn."""

    def __init__(self, n_steps: int) -> None:
        """Prepare for an episode of so many steps."""
        self._panel = Panel(n_steps, board.SIZE * CELL)

    def draw(self, games: Games, g: int) -> NDArray[np.uint8]:
        """Draw game g, [600, 1000, 3] uint8."""
        game = games[g]
        self._panel.note(game)
        return np.concatenate([draw_map(game), self._panel.draw(game)], axis=1)


def draw_map(game: Any) -> NDArray[np.uint8]:
    """Draw the map of a game, [600, 600, 3] uint8: tiles, houses, then agents over them."""
    ground = board.inside(board.ground())
    kinds = ground + 2 * (board.inside(game.unit) > 0)  # a full source comes two tiles after a bare one
    variants = np.random.default_rng(0).integers(_N_VARIANTS, size=ground.shape)
    frame = lay_tiles(_tiles(CELL), kinds + _N_KINDS * variants)
    for row, column in np.argwhere(board.inside(game.owner) >= 0):
        lay_over(frame, _house(int(board.inside(game.owner)[row, column]), CELL), int(column), int(row))
    for agent, (row, column) in enumerate(board.places(game.cell)):
        lay_over(frame, _agent(agent, CELL), int(column), int(row))
    return frame


_N_KINDS = 6
"""Tiles: land, water, a bare source of stone, of wood, a full one of stone, of wood."""


@lru_cache
def _tiles(size: int) -> NDArray[np.uint8]:
    """All tiles in several variants, [variants * tiles, size, size, 3]."""
    tiles = []
    for variant in range(_N_VARIANTS):
        rng = np.random.default_rng(variant)
        land = sand(size, rng)
        water = paint(size, partial(_ripples, rng), _WATER)[..., :3]
        gravel = paint(size, partial(_pebbles, rng), _GRAVEL)[..., :3]
        soil = paint(size, partial(blades, rng, _SPROUT, 5), _SOIL)[..., :3]
        tiles += [land, water, gravel, soil, over(paint(size, _rock), gravel), over(paint(size, _tree), soil)]
    return np.stack(tiles)


def _ripples(rng: np.random.Generator, canvas: ImageDraw.ImageDraw, side: float) -> None:
    for x, y in rng.uniform(0.1, 0.7, (3, 2)) * side:
        canvas.line([x, y, x + 0.25 * side, y], fill=_RIPPLE, width=int(0.06 * side))


def _pebbles(rng: np.random.Generator, canvas: ImageDraw.ImageDraw, side: float) -> None:
    for x, y in rng.uniform(0.12, 0.88, (6, 2)) * side:
        radius = 0.06 * side
        canvas.ellipse([x - radius, y - radius, x + radius, y + radius], fill=_PEBBLE)


def _rock(canvas: ImageDraw.ImageDraw, side: float) -> None:
    """A boulder, light from above."""
    outline = [(0.1, 0.8), (0.18, 0.42), (0.42, 0.2), (0.7, 0.26), (0.9, 0.56), (0.88, 0.82)]
    canvas.polygon([(x * side, y * side) for x, y in outline], fill=_ROCK)
    face = [(0.18, 0.42), (0.42, 0.2), (0.7, 0.26), (0.58, 0.46), (0.34, 0.52)]
    canvas.polygon([(x * side, y * side) for x, y in face], fill=_ROCK_LIGHT)


def _tree(canvas: ImageDraw.ImageDraw, side: float) -> None:
    """A tree with a round crown."""
    canvas.rectangle([0.44 * side, 0.6 * side, 0.56 * side, 0.95 * side], fill=_TRUNK)
    canvas.ellipse([0.14 * side, 0.06 * side, 0.86 * side, 0.74 * side], fill=_LEAVES)
    canvas.ellipse([0.24 * side, 0.12 * side, 0.56 * side, 0.42 * side], fill=_LEAVES_LIGHT)


@lru_cache
def _house(owner: int, size: int) -> NDArray[np.uint8]:
    """A house whose roof has its owner's colour."""

    def painter(canvas: ImageDraw.ImageDraw, side: float) -> None:
        canvas.rectangle([0.16 * side, 0.44 * side, 0.84 * side, 0.94 * side], fill=INK)
        canvas.rectangle([0.2 * side, 0.44 * side, 0.8 * side, 0.9 * side], fill=_WALL)
        canvas.rectangle([0.42 * side, 0.62 * side, 0.58 * side, 0.9 * side], fill=_DOOR)
        for grow, colour in ((0.05, INK), (0.0, AGENT_COLOURS[owner])):
            roof = [(0.04 - grow, 0.5 + grow / 2), (0.5, 0.08 - grow), (0.96 + grow, 0.5 + grow / 2)]
            canvas.polygon([(x * side, y * side) for x, y in roof], fill=colour)

    return paint(size, painter)


@lru_cache
def _agent(agent: int, size: int) -> NDArray[np.uint8]:
    """An agent: a disc with its number."""
    if not 0 <= agent < N_AGENTS:
        raise AssertionError("there are four agents")
    colour = AGENT_COLOURS[agent]

    def painter(canvas: ImageDraw.ImageDraw, side: float) -> None:
        for margin, fill in ((0.02, PAPER), (0.07, INK), (0.12, colour)):
            canvas.ellipse([margin * side, margin * side, (1 - margin) * side, (1 - margin) * side], fill=fill)
        canvas.text((side / 2, side / 2), str(agent + 1), fill=INK, font=font(int(0.58 * side)), anchor="mm")

    return paint(size, painter)
