"""The games' rules against a plain statement of them, for every joint action of small games; best payoffs."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest

from policybench import InputError
from policybench_escape_room import cer, escape_room
from policybench_escape_room.game import (
    cer_rules,
    escape_room_rules,
    is_over,
    move,
    n_ones,
    observation_size,
    observe,
)


def cer_says(needed, active, door, before, after):
    """Rewards and the door by the paper's words."""
    if sum(place == active for place in after) >= needed:
        return [10 if place == door else -1 for place in after], True
    return [0 if old == new else -1 for old, new in zip(before, after, strict=True)], False


def escape_room_says(needed, before, after):
    """Rewards, the door and whether somebody escapes, by the words of Yang et al.; lever 0, start 1, door 2."""
    is_open = after.count(0) >= needed
    rewards = []
    for old, new in zip(before, after, strict=True):
        if is_open and new == 2:
            rewards.append(10)
        elif old == new:
            rewards.append(0)
        else:
            rewards.append(-1)
    return rewards, is_open, is_open and 2 in after


def step(rules, active, before, after):
    rewards = np.zeros(len(after))
    before, after = np.array(before), np.array(after)
    is_open = move(rules, active, before, after, rewards)
    return rewards.tolist(), is_open


@pytest.mark.parametrize(
    ("followers", "needed", "levers"),
    [(1, 1, 1), (2, 1, 2), (2, 2, 3), (3, 1, 1), (3, 2, 2), (3, 2, 3), (3, 3, 2)],
)
def test_cer_for_every_joint_action(followers, needed, levers):
    rules = cer_rules(followers, needed, levers)
    everywhere = list(product(range(levers + 2), repeat=followers))
    for active, before, after in product(range(levers), everywhere, everywhere):
        assert step(rules, active, before, after) == cer_says(needed, active, levers, before, after)


def test_cer_of_the_paper_for_every_joint_action_from_some_places():
    rules = cer_rules()
    rng = np.random.default_rng(0)
    origins = [(4,) * 5, (0, 0, 3, 3, 3), *map(tuple, rng.integers(0, 5, (3, 5)).tolist())]
    for active, before, after in product(range(3), origins, product(range(5), repeat=5)):
        assert step(rules, active, before, after) == cer_says(2, active, 3, before, after)


@pytest.mark.parametrize(("followers", "needed"), [(2, 1), (3, 1), (3, 2), (4, 1), (4, 2), (4, 3)])
def test_escape_room_for_every_joint_action(followers, needed):
    rules = escape_room_rules(followers, needed)
    everywhere = list(product(range(3), repeat=followers))
    for before, after in product(everywhere, everywhere):
        rewards, is_open = step(rules, 0, before, after)
        *said, escaped = escape_room_says(needed, before, after)
        assert [rewards, is_open] == said
        assert is_over(rules, np.array(after), is_open, 1) == escaped
        assert is_over(rules, np.array(after), is_open, 5)


def test_cer_lasts_five_steps_whatever_happens():
    rules = cer_rules()
    at_door = np.full(5, rules.door)
    assert [is_over(rules, at_door, True, n) for n in range(1, 6)] == [False] * 4 + [True]


def test_cer_never_pays_more_than_28_a_step():
    """So 140 is the most that five steps can pay; when the door is open, rewards do not depend on the past."""
    rules, start = cer_rules(), np.full(5, 4)
    rewards = np.zeros(5)
    highest = -np.inf
    for after in product(range(5), repeat=5):
        is_open = move(rules, 1, start, np.array(after), rewards)
        assert is_open or rewards.sum() <= 0
        highest = max(highest, rewards.sum())
    assert highest == 28
    assert cer.best_payoff(rules) == 5 * highest


def play_script(rules, active, script):
    """The sum of what joint actions, one after another, pay; ends where the game ends."""
    places, rewards, total = np.full(rules.n_followers, rules.start), np.zeros(rules.n_followers), 0.0
    for steps, actions in enumerate(script, start=1):
        actions = np.array(actions)
        is_open = move(rules, active, places, actions, rewards)
        places, total = actions, total + rewards.sum()
        if is_over(rules, places, is_open, steps):
            return total
    raise AssertionError("the script is too short")


@pytest.mark.parametrize("active", [0, 1, 2])
def test_a_script_gets_the_best_payoff_of_cer(active):
    rules = cer_rules()
    assert play_script(rules, active, [[active, active, 3, 3, 3]] * 5) == cer.best_payoff(rules) == 140


@pytest.mark.parametrize(("followers", "needed"), [(5, 2), (2, 1), (3, 1), (3, 2), (5, 4), (10, 3)])
def test_a_script_gets_the_best_payoff_of_the_escape_room(followers, needed):
    rules = escape_room_rules(followers, needed)
    script = [[0] * needed + [2] * (followers - needed)]
    assert play_script(rules, 0, script) == escape_room.best_payoff(rules)


def test_the_best_payoff_of_er_5_2_is_28():
    assert escape_room.best_payoff(escape_room_rules(5, 2)) == 28


def test_where_the_lever_takes_too_many_nobody_should_move():
    rules = escape_room_rules(12, 11)
    assert play_script(rules, 0, [[0] * 11 + [2]]) < escape_room.best_payoff(rules) == 0
    assert play_script(rules, 0, [[1] * 12] * 5) == 0


@pytest.mark.parametrize(("followers", "needed"), [(2, 1), (3, 1), (3, 2), (4, 2), (4, 3)])
def test_no_way_of_playing_the_escape_room_pays_more(followers, needed):
    """Dynamic programming over all positions and joint actions."""
    rules = escape_room_rules(followers, needed)
    everywhere = list(product(range(3), repeat=followers))
    rewards = np.zeros(followers)

    @cache
    def best_from(places, steps):
        best = -np.inf
        for actions in everywhere:
            after = np.array(actions)
            is_open = move(rules, 0, np.array(places), after, rewards)
            paid = rewards.sum()
            over = is_over(rules, after, is_open, steps + 1)
            best = max(best, paid if over else paid + best_from(actions, steps + 1))
        return best

    assert best_from((rules.start,) * followers, 0) == escape_room.best_payoff(rules)


def see(rules, active, places, follower):
    ones = np.zeros(n_ones(rules), dtype=np.int64)
    observe(rules, active, np.array(places), follower, ones)
    seen = np.zeros(observation_size(rules), dtype=int)
    seen[ones] = 1
    assert seen.sum() == len(ones)
    return seen


def test_followers_of_cer_see_everybody_by_number_and_the_active_lever():
    places = [4, 0, 3, 1, 2]
    for follower, active in product(range(5), range(3)):
        seen = see(cer_rules(), active, places, follower)
        assert seen[:25].reshape(5, 5).argmax(axis=1).tolist() == places
        assert seen[25:].tolist() == np.eye(3)[active].tolist()


def test_followers_of_the_escape_room_see_themselves_first_and_then_the_others_by_number():
    places = [0, 1, 2, 0, 2]
    for follower in range(5):
        seen = see(escape_room_rules(), 0, places, follower)
        others = places[:follower] + places[follower + 1 :]
        assert seen.reshape(5, 3).argmax(axis=1).tolist() == [places[follower], *others]


@pytest.mark.parametrize(("followers", "needed"), [(2, 2), (5, 5), (3, 4), (3, 0)])
def test_somebody_must_be_able_to_leave(followers, needed):
    with pytest.raises(
        InputError, match=rf"-e needed={needed}: takes 1 to {followers - 1} where agents={followers}"
    ):
        escape_room_rules(followers, needed)
