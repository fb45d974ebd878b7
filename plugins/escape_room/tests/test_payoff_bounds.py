"""The bounds of payoffs are what the games pay at worst and at best, and some followers reach both."""

from __future__ import annotations

import numpy as np
import pytest

from policybench import plugins
from policybench_escape_room.game import cer_rules, escape_room_rules, is_over, move

LEVER, ER_START, ER_DOOR = 0, 1, 2
CER_DOOR, CER_START = 3, 4


def pays(rules, joint_actions):
    """What the game pays to all in an episode of given actions."""
    positions = np.full(rules.n_followers, rules.start, dtype=np.int64)
    rewards = np.zeros(rules.n_followers)
    total = 0.0
    for step, actions in enumerate(joint_actions, start=1):
        chosen = np.array(actions, dtype=np.int64)
        is_open = move(rules, 0, positions, chosen, rewards)
        total += rewards.sum()
        positions = chosen
        if is_over(rules, positions, is_open, step):
            return total
    raise AssertionError("the episode is not over")


@pytest.mark.parametrize(
    ("name", "rules", "worst", "best"),
    [
        ("cer", cer_rules(), [[1] * 5, [2] * 5] * 3, [[LEVER] * 2 + [CER_DOOR] * 3] * 5),
        ("escape-room", escape_room_rules(), [[ER_DOOR] * 5, [ER_START] * 5] * 3, [[LEVER] * 2 + [ER_DOOR] * 3]),
    ],
)
def test_the_worst_and_the_best_play_reach_them(name, rules, worst, best):
    options = {} if name == "escape-room" else {"followers": "independent"}
    problem = plugins.registry().environment(name).spec.create([0], **options).problem
    assert problem.payoff_bounds == (pays(rules, worst), pays(rules, best))
    assert problem.payoff_bounds[0] <= problem.floor.payoff <= problem.ceiling.payoff <= problem.payoff_bounds[1]
