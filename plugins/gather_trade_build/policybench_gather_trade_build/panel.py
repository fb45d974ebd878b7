"""The economy beside the map: agents and their coin, prices, the tax schedule and what it took in each period."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from policybench.gridworld import Colour
from policybench_gather_trade_build.rules import BRACKETS, MAX_PRICE, N_AGENTS, N_BRACKETS, N_PRICES
from policybench_gather_trade_build.tax import endowment, income

WIDTH = 400

AGENT_COLOURS: tuple[Colour, ...] = ((86, 180, 233), (230, 159, 0), (204, 121, 167), (240, 228, 66))
"""Light enough for dark numbers, and told apart by the colour-blind (Okabe & Ito, 2008)."""

INK: Colour = (38, 38, 46)
PAPER: Colour = (255, 255, 255)

_GOOD_COLOURS: tuple[Colour, ...] = ((110, 114, 122), (46, 120, 62))
_GOOD_WIDTHS = (5, 2)
"""Of the prices' lines, of which the second lies over the first where prices are equal."""

_FAINT: Colour = (222, 222, 226)
_GREY: Colour = (110, 110, 120)
_BAR: Colour = (150, 160, 185)

_SCALE = 2
"""The panel is drawn so much larger, and scaled down, so that lines are smooth."""

_MARGIN, _LEFT = 18, 52

_INSIDE = 0.75
"""Rates above this are written inside their bars."""

Box = tuple[float, float, float, float]


@lru_cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A font of this height in pixels."""
    return ImageFont.load_default(size)


class Panel:
    """Keeps what was, to draw it over time."""

    def __init__(self, n_steps: int, height: int) -> None:
        """Prepare for an episode of so many steps, on a panel of so many pixels."""
        self._n_steps = max(n_steps, 1)
        self._height = height
        self._steps: list[int] = []
        self._coin: list[list[float]] = []
        self._prices: list[list[float]] = []
        self._periods: dict[int, NDArray[np.float64]] = {}

    def note(self, game: Any) -> None:
        """Take note of a state of the game; earlier notes of later steps are forgotten."""
        while self._steps and self._steps[-1] >= game.step:
            for notes in (self._steps, self._coin, self._prices):
                notes.pop()
        sold = game.sales.sum(axis=1)
        usual = np.where(sold > 1e-3, game.sales @ np.arange(N_PRICES) / np.maximum(sold, 1e-3), np.nan)
        self._steps.append(int(game.step))
        self._coin.append([endowment(game, agent) for agent in range(N_AGENTS)])
        self._prices.append(usual.tolist())
        if game.n_collections > 0:
            self._periods[int(game.n_collections)] = game.assessments["tax"].copy()

    def draw(self, game: Any) -> NDArray[np.uint8]:
        """The panel, [height, WIDTH, 3] uint8."""
        image = Image.new("RGB", (WIDTH * _SCALE, self._height * _SCALE), PAPER)
        canvas = ImageDraw.Draw(image)
        _text(canvas, (_MARGIN, 16), f"step {int(game.step)} of {self._n_steps}", 15)
        self._agents(canvas, game)
        coin = np.array(self._coin)
        self._lines(canvas, "coin", (_LEFT, 162, WIDTH - _MARGIN, 262), coin, AGENT_COLOURS, _round_up(coin.max()))
        box = (_LEFT, 300, WIDTH - _MARGIN, 358)
        title = "mean price of sales; old ones count less"
        self._lines(canvas, title, box, np.array(self._prices), _GOOD_COLOURS, MAX_PRICE, _GOOD_WIDTHS)
        for i, (name, colour) in enumerate(zip(("stone", "wood"), _GOOD_COLOURS, strict=True)):
            x = WIDTH - _MARGIN - 112 + 62 * i
            _line(canvas, [(x, 284), (x + 14, 284)], colour, _GOOD_WIDTHS[i])
            _text(canvas, (x + 18, 284), name, 12, INK)
        for x, text, anchor in ((_LEFT, "step 0", "lm"), (WIDTH - _MARGIN, f"step {self._n_steps}", "rm")):
            _text(canvas, (x, 366), text, 11, _GREY, anchor)
        _schedule(canvas, game, (_LEFT, 404, WIDTH - _MARGIN, 474))
        self._taxes(canvas, (_LEFT, 532, WIDTH - _MARGIN, 584))
        small = image.reduce(_SCALE)
        return np.asarray(small)

    def _agents(self, canvas: ImageDraw.ImageDraw, game: Any) -> None:
        """A table of the agents, the most skilled first."""
        columns = {"agent": 18, "coin a house": 120, "houses": 184, "stone": 240, "wood": 292}
        columns["coin"] = WIDTH - _MARGIN
        for title, x in columns.items():
            _text(canvas, (x, 42), title, 11, _GREY, "lm" if x == _MARGIN else "rm")
        for row, agent in enumerate(np.argsort(game.payment)[::-1]):
            y = 60 + 20 * row
            _disc(canvas, 26, y, 8, AGENT_COLOURS[agent])
            _text(canvas, (26, y), str(agent + 1), 11, INK, "mm")
            stone, wood = game.inventory[agent, 1:] + game.escrow[agent, 1:]
            cells = (f"{game.payment[agent]:.1f}", game.n_houses[agent], f"{stone:.0f}", f"{wood:.0f}")
            for cell, x in zip(cells, list(columns.values())[1:-1], strict=True):
                _text(canvas, (x, y), str(cell), 12, INK, "rm")
            _text(canvas, (columns["coin"], y), f"{endowment(game, agent):.0f}", 12, INK, "rm")

    def _lines(
        self,
        canvas: ImageDraw.ImageDraw,
        title: str,
        box: Box,
        values: NDArray[np.float64],
        colours: Sequence[Colour],
        highest: float,
        widths: Sequence[int] = (2,) * N_AGENTS,
    ) -> None:
        """Lines over the steps of the episode, a column of values each."""
        _axes(canvas, box, title, highest)
        left, top, right, bottom = box
        x = left + np.array(self._steps) / self._n_steps * (right - left)
        for column, (colour, width) in enumerate(zip(colours, widths, strict=True)):
            y = bottom - values[:, column] / highest * (bottom - top)
            known = ~np.isnan(y)
            points = list(zip(x[known], y[known], strict=True))
            if len(points) > 1:
                _line(canvas, points, colour, width)
            if points:
                _disc(canvas, *points[-1], 3, colour)

    def _taxes(self, canvas: ImageDraw.ImageDraw, box: Box) -> None:
        """What each agent paid in each period, stacked."""
        n_periods = -(-self._n_steps // 100)
        totals = [float(taxes.sum()) for taxes in self._periods.values()]
        highest = _round_up(max(totals, default=0.0))
        _axes(canvas, box, "tax paid in each period, in coin, given back in equal shares", highest)
        left, top, right, bottom = box
        width = (right - left) / n_periods
        for number, taxes in self._periods.items():
            _text(canvas, (left + (number - 0.5) * width, bottom + 8), str(number), 10, _GREY, "mm")
            y = bottom
            for agent in range(N_AGENTS):
                height = taxes[agent] / highest * (bottom - top)
                if height > 0:
                    x = left + (number - 1) * width
                    _bar(canvas, (x + 0.15 * width, y - height, x + 0.85 * width, y), AGENT_COLOURS[agent])
                    y -= height


def _schedule(canvas: ImageDraw.ImageDraw, game: Any, box: Box) -> None:
    """The marginal rates by bracket, and where the agents' incomes of this period stand."""
    _axes(canvas, box, "marginal tax rate; discs: coin earned in this period, losses at 0", 1.0, "100%")
    left, top, right, bottom = box
    width = (right - left) / N_BRACKETS
    for bracket, rate in enumerate(game.rates):
        x = left + bracket * width
        _bar(canvas, (x + 1, bottom - rate * (bottom - top), x + width - 1, bottom), _BAR)
        y = bottom - rate * (bottom - top)
        y += 8 if rate > _INSIDE else -8
        _text(canvas, (x + width / 2, y), f"{100 * rate:.0f}%", 11, INK, "mm")
        _text(canvas, (x, bottom + 22), f"{BRACKETS[bracket]:.0f}", 11, _GREY, "mm")
    ends = [*BRACKETS, 2 * BRACKETS[-1]]
    for agent in range(N_AGENTS):
        gained = min(max(income(game, agent), 0.0), ends[-1])
        x = float(np.interp(gained, ends, left + width * np.arange(N_BRACKETS + 1)))
        _disc(canvas, x + 3 * agent, bottom + 8, 5, AGENT_COLOURS[agent])  # side by side where incomes are equal


def _axes(canvas: ImageDraw.ImageDraw, box: Box, title: str, highest: float, label: str | None = None) -> None:
    """A title, a base line, and the greatest value."""
    left, top, right, bottom = box
    _text(canvas, (_MARGIN, top - 16), title, 12, _GREY)
    for y, text in ((top, label or f"{highest:g}"), (bottom, "0")):
        canvas.line([left * _SCALE, y * _SCALE, right * _SCALE, y * _SCALE], fill=_FAINT, width=_SCALE)
        _text(canvas, (left - 6, y), text, 11, _GREY, "rm")


def _line(canvas: ImageDraw.ImageDraw, points: Sequence[tuple[float, float]], colour: Colour, width: int) -> None:
    canvas.line([(x * _SCALE, y * _SCALE) for x, y in points], fill=colour, width=width * _SCALE)


def _bar(canvas: ImageDraw.ImageDraw, box: Box, colour: Colour) -> None:
    canvas.rectangle([edge * _SCALE for edge in box], fill=colour)


def _disc(canvas: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: Colour) -> None:
    box = (x - radius, y - radius, x + radius, y + radius)
    canvas.ellipse([edge * _SCALE for edge in box], fill=colour, outline=INK, width=_SCALE)


def _text(
    canvas: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size: int,
    colour: Colour = INK,
    anchor: str = "lm",
) -> None:
    canvas.text((at[0] * _SCALE, at[1] * _SCALE), text, fill=colour, font=font(size * _SCALE), anchor=anchor)


def _round_up(value: float) -> float:
    """The next 1, 2 or 5 with zeros behind it."""
    if value <= 10:
        return 10.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= value))
