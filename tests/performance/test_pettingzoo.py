"""Playing PettingZoo games is the games' and the networks' own time."""

from __future__ import annotations

from reference_ppo.speed import shares


def test_little_time_is_spent_outside_game_and_network():
    assert shares(updates=3)["everything else"] < 0.25
