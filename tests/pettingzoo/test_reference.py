"""Followers learn as much from equal frames as agents of Stable-Baselines3 do; see ``reference_ppo``."""

from __future__ import annotations

import numpy as np
import pytest
from reference_ppo import ours, theirs
from reference_ppo.games import GAMES

VALIDATION = 24


def returns(name, seeds):
    """Mean returns over seeds: without learning, ours, and theirs from as many steps of the game."""
    game, rows = GAMES[name], []
    for seed in range(seeds):
        untrained, _ = ours.learned(game, seed, episodes=0, validation=VALIDATION)
        mine, frames = ours.learned(game, seed, episodes=game.episodes, validation=VALIDATION)
        rows.append((untrained, mine, theirs.learned(game, seed, frames=frames, validation=VALIDATION)))
    return np.mean(rows, axis=0)


@pytest.mark.slow
def test_a_pole_is_balanced_as_long():
    untrained, mine, others = returns("pole", seeds=3)
    assert untrained < 40
    assert mine > 200
    assert mine > 0.8 * others


@pytest.mark.slow
def test_three_agents_that_share_a_network_spread_as_well():
    untrained, mine, others = returns("simple_spread", seeds=3)
    gained = others - untrained
    assert gained > 0
    assert mine > untrained + 0.7 * gained


def test_both_play_the_same_game():
    """Without learning, returns are alike, and frames are counted alike."""
    game = GAMES["simple_spread"]
    mine, frames = ours.learned(game, 0, episodes=12, validation=12)
    assert frames == 12 * 25
    others = theirs.learned(game, 0, frames=frames, validation=12)
    assert mine == pytest.approx(others, rel=0.3)
    assert mine < 0
