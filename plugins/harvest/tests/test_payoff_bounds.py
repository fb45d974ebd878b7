"""The bounds of payoffs: nobody eats more than an apple a step, nor apples that do not grow."""

from __future__ import annotations

import pytest

from policybench_harvest.environment import payoff_bounds
from policybench_harvest.rules import make_rules

ONE_TREE = "WWWWWWWWW\nWPEBHNISW\nWA      W\nWWWWWWWWW"
THREE_TREES = "WWWWWWWWW\nWPEBHNISW\nWAAA    W\nWWWWWWWWW"


@pytest.mark.parametrize(
    ("layout", "regrowth", "steps", "most"),
    [
        (ONE_TREE, (0.0,), 1000, 1 / 7),  # the only apple never grows back
        (ONE_TREE, (1.0,), 1000, 1001 / 7),
        (THREE_TREES, (1.0,), 1, 6 / 7),
    ],
)
def test_what_small_maps_can_pay(layout, regrowth, steps, most):
    assert payoff_bounds(make_rules(layout, regrowth), steps) == (0.0, pytest.approx(most))


def test_short_episodes_pay_an_apple_a_step_at_most():
    assert payoff_bounds(make_rules(), 5) == (0.0, 5.0)
    assert payoff_bounds(make_rules(), 1000)[1] < 300
