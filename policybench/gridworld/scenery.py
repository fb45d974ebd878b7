"""What grid worlds are made of, as they are drawn: sand, grass, apples, walls. A name in capitals is a colour."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw

from policybench.gridworld.drawing import Colour, over, paint

SAND: Colour = (236, 226, 206)
GRAIN: Colour = (224, 211, 186)
MEADOW: Colour = (160, 197, 112)
BLADE: Colour = (124, 168, 82)
STONE: Colour = (104, 110, 122)
JOINT: Colour = (76, 81, 92)
EDGE: Colour = (134, 141, 153)
RED: Colour = (206, 44, 48)
BLUSH: Colour = (240, 120, 108)
DARK_RED: Colour = (128, 22, 34)
LEAF: Colour = (42, 104, 52)
STEM: Colour = (92, 60, 38)


def sand(size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A tile of sand with some grains, [size, size, 3]."""
    return paint(size, partial(_grains, rng), SAND)[..., :3]


def grass(size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A tile of grass, [size, size, 3]."""
    return paint(size, partial(blades, rng, BLADE, 9), MEADOW)[..., :3]


def apple_on(ground: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A tile with an apple on it, [size, size, 3]."""
    return over(paint(len(ground), _apple), ground)


def wall(size: int) -> NDArray[np.uint8]:
    """A tile of bricks, [size, size, 3]."""
    return paint(size, _bricks, STONE)[..., :3]


def blades(
    rng: np.random.Generator, colour: Colour, number: int, canvas: ImageDraw.ImageDraw, side: float
) -> None:
    """Paint blades of grass, or straw."""
    for x, y in rng.uniform(0.1, 0.9, (number, 2)) * side:
        lean, length = rng.uniform(-0.06, 0.06) * side, rng.uniform(0.1, 0.18) * side
        canvas.line([x, y, x + lean, y - length], fill=colour, width=int(0.05 * side))


def _grains(rng: np.random.Generator, canvas: ImageDraw.ImageDraw, side: float) -> None:
    """Some grains of sand."""
    for x, y in rng.uniform(0.08, 0.92, (5, 2)) * side:
        radius = 0.03 * side
        canvas.ellipse([x - radius, y - radius, x + radius, y + radius], fill=GRAIN)


def _bricks(canvas: ImageDraw.ImageDraw, side: float) -> None:
    """Two courses of bricks, light from above."""
    joint = int(0.06 * side)
    for course in range(2):
        top = course * side / 2
        canvas.rectangle([0, top, side, top + joint], fill=EDGE)
        canvas.rectangle([0, top + side / 2 - joint, side, top + side / 2], fill=JOINT)
        x = (0.25 + 0.5 * course) * side
        canvas.rectangle([x - joint / 2, top, x + joint / 2, top + side / 2], fill=JOINT)


def _apple(canvas: ImageDraw.ImageDraw, side: float) -> None:
    """A red apple with a stem and a leaf."""

    def ellipse(x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        canvas.ellipse([(x - rx) * side, (y - ry) * side, (x + rx) * side, (y + ry) * side], fill=colour)

    for grow, colour in ((0.035, DARK_RED), (0.0, RED)):
        ellipse(0.40, 0.55, 0.20 + grow, 0.25 + grow, colour)
        ellipse(0.60, 0.55, 0.20 + grow, 0.25 + grow, colour)
    ellipse(0.37, 0.47, 0.065, 0.085, BLUSH)
    canvas.line([0.5 * side, 0.36 * side, 0.54 * side, 0.16 * side], fill=STEM, width=int(0.065 * side))
    ellipse(0.67, 0.22, 0.13, 0.065, LEAF)
