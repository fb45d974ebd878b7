"""Followers find their best response; what that pays on seeds that nothing was tuned on."""

from __future__ import annotations

import numpy as np
import pytest

FRESH = range(5000, 5008)


def spell_out(values, context):
    """The action, [action_dim], that incentives stand for in a context: the active lever's come first."""
    action = np.array(values, dtype=np.float64)
    if context is not None:
        action[: len(context)] = np.roll(action[: len(context)], int(np.argmax(context)))
    return action


def payoffs(environment, step, relative):
    """Payoffs of incentives for [active lever, other levers, door, start] or [lever, start, door]."""
    contexts = environment.contexts(step)
    rows = range(len(environment.seeds))
    actions = [spell_out(relative, None if contexts is None else contexts[row]) for row in rows]
    return np.array([outcome.payoff for outcome in environment.evaluate(step, np.stack(actions))])


@pytest.fixture(scope="module")
def cer(create):
    return create("cer", FRESH)


@pytest.fixture(scope="module")
def escape_room(create):
    return create("escape-room", FRESH)


@pytest.mark.parametrize("incentive", [3, 4, 5])
def test_an_incentive_at_the_active_lever_alone_gets_everything(cer, incentive):
    assert payoffs(cer, 7, (incentive, 0, 0, 0, 0)).mean() >= 139


def test_without_incentives_nobody_holds_the_lever(cer):
    paid = payoffs(cer, 7, (0, 0, 0, 0, 0))
    assert -5.5 <= paid.mean() <= 0
    assert paid.max() <= 0


@pytest.mark.parametrize(
    ("incentives", "expected"),
    [((0, 5, 0, 0, 0), -5), ((0, 0, 0, 5, 0), -5), ((0, 0, 0, 0, 5), 0), ((5, 0, 0, 5, 0), -5)],
)
def test_wrong_incentives_leave_everybody_at_one_place(cer, incentives, expected):
    """All go to another lever, or to the shut door, and stay; or they stay at the start."""
    assert abs(payoffs(cer, 7, incentives).mean() - expected) < 1


def test_followers_that_share_a_network_do_not_get_there(create):
    shared = create("cer", FRESH[:6], followers="shared")
    paid = payoffs(shared, 7, (5, 0, 0, 0, 0))
    assert 10 < paid.mean() < 110
    assert -5.5 <= payoffs(shared, 7, (0, 0, 0, 0, 0)).mean() <= 0


def test_escape_room(escape_room):
    assert payoffs(escape_room, 7, (2, 0, 0)).mean() >= 27.5
    assert -5.5 <= payoffs(escape_room, 7, (0, 0, 0)).mean() <= 0
    assert payoffs(escape_room, 7, (2, 2, 0)).mean() < 10


@pytest.mark.parametrize(("agents", "needed", "best"), [(2, 1, 9), (3, 1, 19), (4, 2, 18), (6, 2, 38)])
def test_an_incentive_at_the_lever_solves_other_escape_rooms(create, agents, needed, best):
    environment = create("escape-room", FRESH[:5], agents=agents, needed=needed)
    assert payoffs(environment, 7, (1.5, 0, 0)).mean() > 0.9 * best


def test_followers_learn_gradually(create):
    """Untrained ones move about at random; more training is better, up to the best payoff."""
    means = [
        payoffs(create("cer", FRESH, training_episodes=episodes), 7, (5, 0, 0, 0, 0)).mean()
        for episodes in (0, 100, 2000)
    ]
    assert means[0] < 60 < means[2]
    assert means[0] < means[1] < means[2]
