"""Pictures of an escape room: levers to the left, the start in the middle, the door to the right."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from policybench_escape_room.followers import Record
from policybench_escape_room.game import Rules

WIDTH, HEIGHT = 560, 360
"""Of a picture, in pixels; all coordinates below are in these."""

FRAMES_A_STEP = 10
MOVING_FRAMES = 5
"""In so many frames of a step the followers walk; in the others they stand, and what they got is shown."""

_FINER = 3
"""Pictures are drawn so many times as large and then reduced, which smooths edges."""

_Point = tuple[float, float]

_PAGE, _FLOOR, _TILE, _WALL = "#f4efe6", "#e3d9c6", "#dccfb8", "#6b5b4b"
_TEXT, _FAINT = "#3b332b", "#8d7f70"
_GAIN, _LOSS = "#2e8b57", "#c0392b"
_LAMP_ON, _LAMP_OFF, _GLOW = "#ffc53d", "#b9ad9c", "#ffe9a8"
_WOOD, _WOOD_DARK, _METAL, _OUTSIDE, _GRASS = "#9c6b3f", "#7a5230", "#8a8f98", "#bfe6ff", "#7cc36a"
_MAT = "#c9bfae"
_FOLLOWERS = (
    "#3b7dd8",
    "#e4572e",
    "#5aa657",
    "#a05cc4",
    "#e0a818",
    "#2ba6a6",
    "#d4548f",
    "#6b7a8f",
    "#8c6d46",
    "#4c4cb8",
)

_ROOM = (20, 58, 540, 340)
_RADIUS = 12

_FEW_LEVERS = 4
"""More than these are drawn smaller, with their names beside them."""


class Scene(NamedTuple):
    """A moment of an episode.

    Attributes:
        places: [n_followers] where everybody is.
        door_open: whether the door is open.
        rewards: [n_followers] what the game paid in the step that led here; None shows nothing.
        step: how many steps were made.
        paid: the payoff so far.
        before: [n_followers] where everybody comes from, and
        way: how much of the way they have walked, from 0 to 1.
    """

    places: NDArray[np.int64]
    door_open: bool
    rewards: NDArray[np.float64] | None
    step: int
    paid: float
    before: NDArray[np.int64] | None = None
    way: float = 1.0


def animate(
    rules: Rules, active: int, incentives: NDArray[np.float64], record: Record, incentive_cost: float = 0.0
) -> Iterator[NDArray[np.uint8]]:
    """Frames of an episode, [HEIGHT, WIDTH, 3]: FRAMES_A_STEP for the start, and as many for each step.

    Args:
        rules: of the game.
        active: the active lever.
        incentives: [n_places], written beside the places.
        record: the episode.
        incentive_cost: what comes off the payoff for each unit of incentive.
    """
    start = Scene(record.places[0], False, None, 0, 0.0)
    yield from [draw(rules, active, incentives, start)] * FRAMES_A_STEP
    paid, was_open = 0.0, False
    for step in range(record.steps):
        before, places = record.places[step], record.places[step + 1]
        for frame in range(1, MOVING_FRAMES):
            way = 0.5 - 0.5 * math.cos(math.pi * frame / MOVING_FRAMES)
            walking = Scene(places, was_open, None, step, paid, before, way)
            yield draw(rules, active, incentives, walking)
        was_open = bool(record.door_open[step])
        paid += float(record.rewards[step].sum() - incentive_cost * incentives[places].sum())
        there = Scene(places, was_open, record.rewards[step], step + 1, paid)
        yield from [draw(rules, active, incentives, there)] * (FRAMES_A_STEP - MOVING_FRAMES + 1)


def draw(rules: Rules, active: int, incentives: NDArray[np.float64], scene: Scene) -> NDArray[np.uint8]:
    """A picture, [HEIGHT, WIDTH, 3] uint8.

    Args:
        rules: of the game.
        active: the active lever.
        incentives: [n_places], written beside the places.
        scene: the moment.
    """
    canvas = _Canvas()
    spots = _spots(rules)
    _draw_room(canvas, rules, scene)
    for lever in range(rules.n_levers):
        _draw_lever(canvas, spots[lever], rules, lever, lever == active, incentives[lever])
    _draw_start(canvas, spots[rules.start], incentives[rules.start])
    _draw_door(canvas, spots[rules.door], scene.door_open, incentives[rules.door])
    _draw_followers(canvas, rules, spots, scene)
    return canvas.pixels()


def _spots(rules: Rules) -> dict[int, _Point]:
    """Where the followers at each place gather: the middle of their group."""
    many = rules.n_levers > _FEW_LEVERS
    top, bottom = (_ROOM[1] + 32, _ROOM[3] - 20) if many else (_ROOM[1] + 58, _ROOM[3] - 46)
    heights = np.linspace(top, bottom, rules.n_levers) if rules.n_levers > 1 else [(top + bottom) / 2]
    middle = (_ROOM[1] + _ROOM[3]) / 2
    spots = {lever: (184.0 if many else 152.0, float(heights[lever])) for lever in range(rules.n_levers)}
    return spots | {rules.start: (290.0, middle), rules.door: (448.0, middle)}


class _Canvas:
    """Draws with antialiasing: everything is scaled up, and down again at the end."""

    def __init__(self) -> None:
        self._image = Image.new("RGB", (WIDTH * _FINER, HEIGHT * _FINER), _PAGE)
        self._draw = ImageDraw.Draw(self._image)

    def box(
        self,
        box: tuple[float, float, float, float],
        fill: str,
        radius: float = 0,
        line: str = "",
        width: float = 0,
    ) -> None:
        scaled = [value * _FINER for value in box]
        self._draw.rounded_rectangle(scaled, radius * _FINER, fill, line or None, round(width * _FINER))

    def disc(self, centre: _Point, radius: float, fill: str, line: str = "", width: float = 0) -> None:
        x, y = centre
        scaled = [value * _FINER for value in (x - radius, y - radius, x + radius, y + radius)]
        self._draw.ellipse(scaled, fill, line or None, round(width * _FINER))

    def line(self, points: list[_Point], fill: str, width: float) -> None:
        scaled = [(x * _FINER, y * _FINER) for x, y in points]
        self._draw.line(scaled, fill, round(width * _FINER), joint="curve")

    def polygon(self, points: list[_Point], fill: str, line: str = "") -> None:
        self._draw.polygon([(x * _FINER, y * _FINER) for x, y in points], fill, line or None, _FINER)

    def text(self, at: _Point, text: str, size: float, fill: str, anchor: str = "mm", halo: str = "") -> None:
        x, y = at
        self._draw.text(
            (x * _FINER, y * _FINER),
            text,
            fill,
            _font(size * _FINER),
            anchor,
            stroke_width=2 * _FINER if halo else 0,
            stroke_fill=halo or None,
        )

    def width(self, text: str, size: float) -> float:
        return self._draw.textlength(text, _font(size * _FINER)) / _FINER

    def pixels(self) -> NDArray[np.uint8]:
        return np.asarray(self._image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))


@lru_cache
def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _draw_room(canvas: _Canvas, rules: Rules, scene: Scene) -> None:
    left, top, right, bottom = _ROOM
    canvas.box((left, top, right, bottom), _FLOOR, 14, _WALL, 6)
    for row in range(7):
        for column in range(13):
            if (row + column) % 2:
                x, y = left + 6 + column * 39.1, top + 6 + row * 38.6
                canvas.box((x, y, x + 39.1, y + 38.6), _TILE)
    canvas.text((24, 31), f"Step {scene.step} of {rules.max_steps}", 17, _TEXT, "lm")
    canvas.text((280, 31), f"the door is {'open' if scene.door_open else 'shut'}", 15, _FAINT)
    canvas.text((536, 31), f"payoff {scene.paid:+.4g}" if scene.paid else "payoff 0", 17, _TEXT, "rm")


def _draw_lever(canvas: _Canvas, spot: _Point, rules: Rules, lever: int, active: bool, incentive: float) -> None:
    many = rules.n_levers > _FEW_LEVERS
    x, y = 46.0 if many else 70.0, spot[1]
    size = 2.9 / rules.n_levers if many else 1.0
    if active:
        canvas.disc((x, y - 4 * size), 30 * size, _GLOW)
    tilt = (16 if active else -16) * size
    canvas.line([(x, y + 8 * size), (x + tilt, y - 20 * size)], _METAL, 5 * size)
    lamp = _LAMP_ON if active else _LAMP_OFF
    canvas.disc((x + tilt, y - 20 * size), 6.5 * size, lamp, _WALL, 1.5 * size)
    canvas.box((x - 17 * size, y + 4 * size, x + 17 * size, y + 16 * size), _WOOD_DARK, 4 * size)
    name = f"lever {lever + 1}" if rules.n_levers > 1 else "lever"
    _label(canvas, (108.0, y) if many else (x, y + 27), name, incentive)


def _draw_start(canvas: _Canvas, spot: _Point, incentive: float) -> None:
    x, y = spot
    canvas.box((x - 58, y - 58, x + 58, y + 58), _MAT, 12, _FAINT, 1.5)
    _label(canvas, (x, y + 73), "start", incentive)


def _draw_door(canvas: _Canvas, spot: _Point, is_open: bool, incentive: float) -> None:
    x, y = _ROOM[2] - 3.0, spot[1]
    canvas.box((x - 12, y - 58, x + 14, y + 58), _WALL, 3)
    if is_open:
        canvas.box((x - 7, y - 53, x + 14, y + 53), _OUTSIDE)
        canvas.box((x - 7, y + 18, x + 14, y + 53), _GRASS)
        canvas.polygon([(x - 7, y - 53), (x - 36, y - 66), (x - 36, y - 58), (x - 7, y - 40)], _WOOD, _WOOD_DARK)
    else:
        canvas.box((x - 8, y - 53, x + 8, y + 53), _WOOD, 2, _WOOD_DARK, 2)
        canvas.disc((x - 3, y), 3.5, _LAMP_ON, _WOOD_DARK, 1)
    _label(canvas, (x - 46, y + 74), "door", incentive)


def _label(canvas: _Canvas, at: _Point, name: str, incentive: float) -> None:
    """A place's name and, like a coin, its incentive."""
    x, y = at
    if incentive < 0.005:
        canvas.text((x, y), name, 12.5, _FAINT)
        return
    coin = f"{incentive:+.3g}"
    name_width, coin_width = canvas.width(name, 12.5), canvas.width(coin, 12) + 10
    left = x - (name_width + 5 + coin_width) / 2
    canvas.text((left, y), name, 12.5, _TEXT, "lm")
    left += name_width + 5
    canvas.box((left, y - 8.5, left + coin_width, y + 8.5), _LAMP_ON, 8.5, _WOOD_DARK, 1)
    canvas.text((left + coin_width / 2, y), coin, 12, _TEXT)


def _draw_followers(canvas: _Canvas, rules: Rules, spots: dict[int, _Point], scene: Scene) -> None:
    targets = _stand(rules, spots, scene.places)
    origins = targets if scene.before is None else _stand(rules, spots, scene.before)
    for follower, (origin, target) in enumerate(zip(origins, targets, strict=True)):
        x = origin[0] + (target[0] - origin[0]) * scene.way
        y = origin[1] + (target[1] - origin[1]) * scene.way
        colour = _FOLLOWERS[follower % len(_FOLLOWERS)]
        canvas.disc((x + 1.5, y + 2.5), _RADIUS, _WALL)
        canvas.disc((x, y), _RADIUS, colour, "#ffffff", 1.8)
        canvas.text((x, y), str(follower + 1), 12.5, "#ffffff")
    if scene.rewards is not None:
        for (x, y), reward in zip(targets, scene.rewards, strict=True):
            if reward:
                canvas.text((x + 13, y - 12), f"{reward:+.0f}", 12.5, _GAIN if reward > 0 else _LOSS, halo=_PAGE)


def _stand(rules: Rules, spots: dict[int, _Point], places: NDArray[np.int64]) -> list[_Point]:
    """Where each follower stands: those at one place in a ring around its spot; if they are many, in two rings."""
    points: list[_Point] = [(0.0, 0.0)] * len(places)
    for place, (x, y) in spots.items():
        group = np.flatnonzero(places == place)
        inner = 3 if len(group) > 7 else 0
        for ring in (group[:inner], group[inner:]):
            size = len(ring)
            radius = 0.0 if size <= 1 else min(19 / math.sin(math.pi / size), 44.0)
            radius = 46.0 if inner and size > inner else radius
            first = -math.pi / 2 if size > 2 else 0.0
            for rank, follower in enumerate(ring):
                angle = first + 2 * math.pi * rank / size
                points[follower] = (x - radius * math.cos(angle), y + radius * math.sin(angle))
    return points
