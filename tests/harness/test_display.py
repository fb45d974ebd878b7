"""What a terminal shows of a run, however wide it is."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from policybench.harness.display import LiveDisplay


@pytest.mark.parametrize(
    ("width", "shown", "missing"),
    [
        (45, ["step 5/3000", " left"], ["payoff", "…"]),
        (60, ["step 5/3000", " left", "payoff 31.23"], ["timesteps/s", "…"]),
        (120, ["step 5/3000", " left", "payoff 31.23", "best 31.23", "timesteps/s"], ["…"]),
    ],
)
def test_a_narrow_terminal_shows_steps_and_the_time_left(width, shown, missing):
    screen = io.StringIO()
    with LiveDisplay(Console(file=screen, force_terminal=True, width=width, color_system=None)) as display:
        display.begin(np.zeros((0, 10)), 3000)
        for _ in range(5):
            display.step(np.full(10, 31.234567), 60_000)
    last = screen.getvalue().split("\r")[-1]
    assert all(text in last for text in shown), last
    assert not any(text in last for text in missing), last
