"""The PettingZoo views."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test, parallel_seed_test

from policybench import InputError
from policybench_escape_room import cer_parallel_env, escape_room_parallel_env

MAKERS = [cer_parallel_env, escape_room_parallel_env]


@pytest.mark.parametrize("make", [*MAKERS, lambda: escape_room_parallel_env(agents=10, needed=9)])
def test_the_interface(make, recwarn):
    parallel_api_test(make(), num_cycles=200)
    assert not [str(warning.message) for warning in recwarn if "pettingzoo" in str(warning.filename)]


@pytest.mark.parametrize("make", MAKERS)
def test_seeds(make):
    parallel_seed_test(make, num_cycles=100)


def joint(env, actions):
    return dict(zip(env.possible_agents, actions, strict=True))


def values(by_agent):
    return list(by_agent.values())


def test_cer_pays_the_game_and_the_incentives():
    env = cer_parallel_env(active_lever=1, incentives=[0, 2, 0.5, 1, 0])
    observations, _ = env.reset()
    assert observations["player_0"][25:].tolist() == [0, 1, 0]
    _, rewards, terminations, truncations, infos = env.step(joint(env, [1, 1, 3, 3, 0]))
    assert values(rewards) == [1, 1, 11, 11, -1]
    assert [info["raw_reward"] for info in values(infos)] == [-1, -1, 10, 10, -1]
    assert all(info["door_open"] for info in values(infos))
    assert not any([*values(terminations), *values(truncations)])

    env.set_policy([0, 0, 0, 0, 5])
    _, rewards, *_ = env.step(joint(env, [1, 4, 3, 3, 0]))
    assert values(rewards) == [0, 4, 0, 0, 0]


def test_cer_is_truncated_after_five_steps():
    env = cer_parallel_env(active_lever=0)
    env.reset()
    for _ in range(4):
        env.step(joint(env, [0, 0, 3, 3, 3]))
    _, _, terminations, truncations, _ = env.step(joint(env, [0, 0, 3, 3, 3]))
    assert not any(values(terminations))
    assert all(values(truncations))
    assert env.agents == []
    assert env.step({}) == ({}, {}, {}, {}, {})


def test_an_escape_terminates_the_escape_room():
    env = escape_room_parallel_env()
    env.reset()
    _, rewards, terminations, truncations, _ = env.step(joint(env, [0, 1, 2, 1, 1]))
    assert values(rewards) == [-1, 0, -1, 0, 0]
    assert not any([*values(terminations), *values(truncations)])
    _, rewards, terminations, truncations, _ = env.step(joint(env, [0, 0, 2, 1, 2]))
    assert values(rewards) == [0, -1, 10, 0, 10]
    assert all(values(terminations))
    assert not any(values(truncations))
    assert env.agents == []


def test_an_open_door_that_nobody_uses_ends_nothing():
    env = escape_room_parallel_env()
    env.reset()
    for _ in range(4):
        *_, terminations, truncations, _ = env.step(joint(env, [0, 0, 1, 1, 1]))
        assert not any([*values(terminations), *values(truncations)])
    *_, terminations, truncations, _ = env.step(joint(env, [0, 0, 1, 1, 1]))
    assert not any(values(terminations))
    assert all(values(truncations))


def test_the_active_lever_is_drawn_at_each_reset():
    env = cer_parallel_env()
    env.reset(seed=0)
    drawn = []
    for _ in range(60):
        env.reset()
        drawn.append(env.active_lever)
    assert set(drawn) == {0, 1, 2}
    env.reset(seed=0)
    again = []
    for _ in range(60):
        env.reset()
        again.append(env.active_lever)
    assert drawn == again


@pytest.mark.parametrize("make", MAKERS)
def test_pictures(make):
    env = make(render_mode="rgb_array")
    env.reset(seed=0)
    before = env.render()
    assert before.dtype == np.uint8
    assert before.ndim == 3
    env.step(joint(env, [0] * 5))
    after = env.render()
    assert after.shape == before.shape
    assert (after != before).any()
    assert make().render() is None


def test_all_places_have_room_for_everybody():
    env = escape_room_parallel_env(agents=10, render_mode="rgb_array")
    env.reset()
    pictures = [env.render()]
    for place in range(3):
        env.step(joint(env, [place] * 10))
        pictures.append(env.render())
    assert len({picture.tobytes() for picture in pictures}) == 4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cer_parallel_env(incentives=[1, 2]), "has 2 numbers, takes 5"),
        (lambda: cer_parallel_env(incentives=[6, 0, 0, 0, 0]), "out of range"),
        (lambda: cer_parallel_env(active_lever=3), "active_lever: 3; allowed are 0 to 2"),
        (lambda: cer_parallel_env(render_mode="human"), "allowed are None and 'rgb_array'"),
        (lambda: escape_room_parallel_env(agents=3, needed=3), "takes 1 to 2"),
        (lambda: escape_room_parallel_env().set_policy([0, 0, 2.5]), "out of range"),
    ],
)
def test_wrong_arguments_are_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.parametrize(
    ("actions", "message"), [({}, "none for player_0"), (dict.fromkeys(range(5)), "none for")]
)
def test_missing_actions_are_refused(actions, message):
    env = cer_parallel_env()
    env.reset()
    with pytest.raises(InputError, match=message):
        env.step(actions)


def test_unknown_places_are_refused():
    env = cer_parallel_env()
    env.reset()
    with pytest.raises(InputError, match="actions: 5 for player_2; allowed is 0 to 4"):
        env.step(joint(env, [0, 0, 5, 0, 0]))


def test_announcing_the_environments_imports_nothing_heavy():
    code = (
        "import sys, policybench_escape_room as p; list(p.policybench_environments());"
        "heavy = ('numba', 'pettingzoo', 'PIL', 'torch', 'gymnasium', 'numpy');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_unknown_names_are_no_attributes():
    import policybench_escape_room

    with pytest.raises(AttributeError, match="no attribute 'door'"):
        _ = policybench_escape_room.door
