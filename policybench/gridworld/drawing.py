"""Pictures of grid worlds: sprites are painted once, large, and scaled down; a frame is put together by indexing.

All art is drawn here by simple shapes; no image files are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
"""Red, green and blue, from 0 to 255."""
Painter = Callable[[ImageDraw.ImageDraw, float], None]

SUPERSAMPLING = 8

PLAYER_COLOURS: tuple[Colour, ...] = (
    (0, 114, 178),
    (230, 159, 0),
    (204, 121, 167),
    (86, 180, 233),
    (240, 228, 66),
    (213, 94, 0),
    (0, 158, 115),
)
"""Colours that people with colour-blindness can tell apart (Okabe & Ito, 2008)."""

INK: Colour = (38, 38, 46)
PAPER: Colour = (255, 255, 255)


def paint(size: int, painter: Painter, background: Colour | None = None) -> NDArray[np.uint8]:
    """A sprite, [size, size, 4] uint8 (RGBA), smooth at its edges.

    Args:
        size: pixels.
        painter: draws on a canvas of which it is told the side length.
        background: what is behind; None for transparent.
    """
    side = size * SUPERSAMPLING
    image = Image.new("RGBA", (side, side), (*(background or INK), 0 if background is None else 255))
    painter(ImageDraw.Draw(image), float(side))
    return np.asarray(image.resize((size, size), Image.Resampling.BOX))


def lay_tiles(tiles: NDArray[np.uint8], indices: NDArray[np.integer]) -> NDArray[np.uint8]:
    """A frame of opaque tiles.

    Args:
        tiles: [n_tiles, size, size, 3] uint8.
        indices: [height, width], the tile of every cell.

    Returns:
        [height * size, width * size, 3] uint8.
    """
    height, width = indices.shape
    size = len(tiles[0])
    frame: NDArray[np.uint8] = tiles[indices].swapaxes(1, 2).reshape(height * size, width * size, 3)
    return frame


def lay_over(frame: NDArray[np.uint8], sprite: NDArray[np.uint8], x: int, y: int) -> None:
    """Draw a sprite with transparency, [size, size, 4], over the cell (x, y) of a frame, [height, width, 3]."""
    size = len(sprite)
    area = frame[y * size : (y + 1) * size, x * size : (x + 1) * size]
    opacity = sprite[..., 3:].astype(np.uint16)
    area[:] = (sprite[..., :3] * opacity + area * (255 - opacity) + 127) // 255


def over(sprite: NDArray[np.uint8], background: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A tile, [size, size, 3]: a sprite with transparency over another tile."""
    tile = background[..., :3].copy()
    lay_over(tile, sprite, 0, 0)
    return tile


@lru_cache(maxsize=1024)
def avatar(player: int, orientation: int, size: int) -> NDArray[np.uint8]:
    """An avatar seen from above: a round body with its number and a beak where it faces.

    Args:
        player: index; its colour and its number, which is one more, follow from it.
        orientation: 0..3 for north, east, south and west.
        size: pixels.

    Returns:
        [size, size, 4], with transparency.
    """
    colour = PLAYER_COLOURS[player % len(PLAYER_COLOURS)]

    def painter(canvas: ImageDraw.ImageDraw, side: float) -> None:
        _body(canvas, side, colour, orientation)
        luminance = np.dot(colour, (0.299, 0.587, 0.114))
        ahead, _ = _axes(orientation)
        centre = side * (0.5 - 0.08 * ahead)
        canvas.text(
            (centre[0], centre[1]),
            str(player + 1),
            fill=INK if luminance > 140 else PAPER,
            font=_font(int(side * 0.5)),
            anchor="mm",
            stroke_width=int(side * 0.016),
            stroke_fill=INK if luminance > 140 else PAPER,
        )

    return paint(size, painter)


def _axes(orientation: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unit vectors (x, y) ahead and to the right."""
    ahead = np.array([(0, -1), (1, 0), (0, 1), (-1, 0)][orientation], dtype=np.float64)
    return ahead, np.array([-ahead[1], ahead[0]])


def _body(canvas: ImageDraw.ImageDraw, side: float, colour: Colour, orientation: int) -> None:
    """A disc with a pointed beak, in a dark outline that stands off from any ground."""
    ahead, right = _axes(orientation)
    centre = side * (0.5 - 0.08 * ahead)
    for grow, fill in ((0.045 * side, INK), (0.0, colour)):
        radius = 0.345 * side + grow
        box = [*(centre - radius), *(centre + radius)]
        tip = centre + ahead * (0.53 * side + grow)
        wing = 0.3 * side + grow
        root = centre + ahead * 0.14 * side
        canvas.polygon(
            _points(
                [root + right * wing, tip + right * 0.04 * side, tip - right * 0.04 * side, root - right * wing]
            ),
            fill=fill,
        )
        canvas.ellipse(box, fill=fill)


def _points(corners: Sequence[NDArray[np.float64]]) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in corners]


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
