"""Somebody else's game on the road: Simple Spread of MPE2 under a tax."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("mpe2", reason="mpe2 is not installed")

from policybench_taxed_spread.game import taxed_spread

SETTINGS = {"training_episodes": 48, "games": 12, "learning_rate": 5e-3, "discount": 0.9, "validation_episodes": 6}


def test_a_tax_on_moving_makes_agents_move_less_and_pays():
    env = taxed_spread([0, 1], **SETTINGS)
    moving, payoff = {}, {}
    for tax in (-2.0, 2.0):
        outcomes = env.evaluate(0, np.full((2, 1), tax))
        moving[tax] = [float(outcome.observation["moving"][0]) for outcome in outcomes]
        payoff[tax] = [outcome.payoff for outcome in outcomes]
        assert all((o.timesteps.training, o.timesteps.validation) == (48 * 25, 6 * 25) for o in outcomes)
    assert np.mean(moving[-2.0]) > np.mean(moving[2.0]) + 0.2
    assert np.mean(payoff[2.0]) > np.mean(payoff[-2.0]) + 3


def test_a_row_does_not_depend_on_the_others():
    settings = SETTINGS | {"training_episodes": 6, "games": 3, "validation_episodes": 2}
    both = taxed_spread([0, 1], **settings).evaluate(2, np.array([[0.0], [1.0]]))
    alone = taxed_spread([1], **settings).evaluate(2, np.array([[1.0]]))
    assert both[1].payoff == alone[0].payoff
