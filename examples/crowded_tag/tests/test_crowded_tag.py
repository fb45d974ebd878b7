"""Somebody else's game with roles: it conforms, pays what it says, and both roles learn."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

pytest.importorskip("mpe2", reason="mpe2 is not installed")

from policybench.testing import environment_checks
from policybench_crowded_tag import OPTIONS, policybench_environments
from policybench_crowded_tag.game import NEAR, CrowdedTag, crowded_tag

DEFAULTS = {option.name: option.default for option in OPTIONS}
SHORT = {"training_episodes": 2, "games": 2, "validation_episodes": 1}
SPEC = next(policybench_environments())


@pytest.mark.parametrize("check", environment_checks(SPEC, **SHORT), ids=str)
def test_conforms(check):
    check()


def test_pursuers_and_runner_are_two_roles():
    env = crowded_tag([0], **DEFAULTS | SHORT)
    assert {name: len(followers.role.agents) for name, followers in env.followers.items()} == {
        "adversary": 3,
        "agent": 1,
    }


def test_bonus_and_fine_are_paid_for_what_they_are_for():
    """Two copies of an episode, one of them with pay: the rewards differ by what can be counted in the places."""
    plain, paid = CrowdedTag(), CrowdedTag()
    plain.set_policy(np.array([0.0, 0.0]))
    paid.set_policy(np.array([3.0, 5.0]))
    rng = np.random.default_rng(0)
    seen = np.zeros(2)
    for seed in range(5):
        for game in (plain, paid):
            game.reset(seed=seed)
        watched = crowding = 0
        while plain.agents:
            actions = {agent: int(rng.integers(5)) for agent in plain.agents}
            rewards, others = plain.step(actions)[1], paid.step(actions)[1]
            places = {agent.name: agent.state.p_pos for agent in plain.unwrapped.world.agents}
            pursuers = [agent for agent in places if agent != "agent_0"]
            near = {
                (one, other): bool(np.hypot(*(places[one] - places[other])) < NEAR)
                for one in places
                for other in places
            }
            assert others["agent_0"] == rewards["agent_0"]
            for agent in pursuers:
                extra = 3.0 * near[agent, "agent_0"] - 5.0 * sum(near[agent, o] for o in pursuers if o != agent)
                assert others[agent] == pytest.approx(rewards[agent] + extra)
            watched += any(near[agent, "agent_0"] for agent in pursuers)
            crowding += sum(near[pair] for pair in combinations(pursuers, 2))
        assert paid.payoff() == plain.payoff() == watched - crowding
        seen += watched, crowding
    assert (seen > 0).all()
    assert seen[0] < 5 * 25


def test_a_fine_keeps_pursuers_apart_and_a_bonus_does_not():
    env = crowded_tag([0, 1], **DEFAULTS)
    crowding = {}
    for bonus, fine in ((8.0, 0.0), (0.0, 8.0)):
        outcomes = env.evaluate(0, np.full((2, 2), (bonus, fine)))
        crowding[fine] = np.mean([float(outcome.observation["crowding"][0]) for outcome in outcomes])
    assert crowding[8.0] < crowding[0.0] - 0.2
