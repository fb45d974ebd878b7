"""The PettingZoo environment: its interface, its episodes, its state."""

from __future__ import annotations

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test, parallel_seed_test

from policybench import InputError
from policybench_gather_trade_build import parallel_env
from policybench_gather_trade_build.actions import ACTION_NAMES

LEFT = ACTION_NAMES.index("left")


def random_episode(env, seed, n_steps):
    """Observations, rewards and infos of random open actions."""
    rng = np.random.default_rng(seed)
    seen = []
    for _ in range(n_steps):
        masks = {agent: env.unwrapped.last[agent]["action_mask"] for agent in env.agents}
        step = env.step({agent: int(rng.choice(np.flatnonzero(mask))) for agent, mask in masks.items()})
        env.unwrapped.last = step[0]
        seen.append(step)
    return seen


def begun(seed=0, **options):
    env = parallel_env(**options)
    env.last, _ = env.reset(seed=seed)
    return env


def test_the_interface():
    parallel_api_test(parallel_env(), num_cycles=50)
    parallel_seed_test(parallel_env, num_cycles=50)


def test_spaces_and_start():
    env = parallel_env()
    observations, infos = env.reset(seed=3)
    assert env.agents == [f"agent_{i}" for i in range(4)]
    assert set(observations) == set(infos) == set(env.agents)
    for agent, seen in observations.items():
        assert env.observation_space(agent).contains(seen)
        assert env.action_space(agent).n == len(ACTION_NAMES) == 50
        assert seen["action_mask"][0] == 1
    state = env.get_state()
    assert sorted(state["position"].tolist()) == [[0, 0], [0, 24], [24, 0], [24, 24]]
    assert state["stone"].sum() == state["wood"].sum() == 20
    assert (state["inventory"] == 0).all()


def test_names_of_actions():
    assert ACTION_NAMES[1] == "build"
    assert ACTION_NAMES[2] == "bid for stone at 0"
    assert ACTION_NAMES[23] == "ask for stone at 10"
    assert ACTION_NAMES[24] == "bid for wood at 0"
    assert ACTION_NAMES[35] == "ask for wood at 0"
    assert ACTION_NAMES[46:] == ("left", "right", "up", "down")


def test_episodes_end_by_truncation():
    env = begun(max_cycles=5)
    for step, (_, _, terminations, truncations, _) in enumerate(random_episode(env, 0, 5), 1):
        assert not any(terminations.values())
        assert list(truncations.values()) == [step == 5] * 4
    assert env.agents == []
    assert env.step({}) == ({}, {}, {}, {}, {})
    env.reset()
    assert len(env.agents) == 4


def test_rewards_add_up_to_utility():
    env = begun(seed=1)
    steps = random_episode(env, 1, 300)
    total = np.sum([list(step[1].values()) for step in steps], axis=0)
    infos = steps[-1][4].values()
    utility = [(info["coin"] ** 0.77 - 1) / 0.77 - 0.21 * info["labour"] for info in infos]
    np.testing.assert_allclose(total - 1 / 0.77, utility)


def test_a_mask_tells_which_actions_change_anything():
    """Every closed action leaves an agent where resting would leave it."""
    env = begun(seed=2)
    random_episode(env, 2, 150)
    state, masks = env.get_state(), {agent: seen["action_mask"] for agent, seen in env.last.items()}
    rest = dict.fromkeys(env.agents, 0)
    env.step(rest)
    rested = env.get_state()
    for i, (agent, mask) in enumerate(masks.items()):
        for action in np.flatnonzero(mask == 0):
            env.set_state(state)
            env.step(rest | {agent: int(action)})
            now = env.get_state()
            assert now["labour"][i] == rested["labour"][i], ACTION_NAMES[action]
            np.testing.assert_array_equal(now["inventory"], rested["inventory"])


def test_the_policy_holds_from_the_next_period_on():
    env = begun()
    env.set_policy([0.5] * 7)
    assert env.get_state()["rates"].tolist() == [0] * 7
    random_episode(env, 0, 1)
    assert env.get_state()["rates"].tolist() == [0.5] * 7
    env.set_policy(np.full(7, 0.25))
    random_episode(env, 0, 99)
    assert env.get_state()["rates"].tolist() == [0.5] * 7
    random_episode(env, 0, 1)
    assert env.get_state()["rates"].tolist() == [0.25] * 7


def test_a_state_can_be_restored():
    """From a state that was kept, play goes on as it did: with the same luck to the same bytes."""
    env = begun(seed=5, rates=(0.1, 0.5, 1.0, 0, 0, 0, 0))
    random_episode(env, 0, 250)
    state, last = env.get_state(), env.last
    first = random_episode(env, 1, 120)
    env.set_state(state)
    env.last = last
    second = random_episode(env, 1, 120)
    for one, other in zip(first, second, strict=True):
        assert one[1] == pytest.approx(other[1], abs=1e-12)
        for agent, seen in one[0].items():
            for name, value in seen.items():
                np.testing.assert_array_equal(value, other[0][agent][name])


def test_episodes_of_a_seed_differ_but_repeat():
    env = parallel_env()
    luck = []
    for seed in (1, None, 1, None):
        env.last, _ = env.reset(seed=seed)
        luck.append(env.get_state()["bonus"].tolist())
    assert luck[0] == luck[2] != luck[1] == luck[3]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rates": (0, 0, 2)}, "rates: "),
        ({"max_cycles": 0}, "max_cycles: 0; it is at least 1"),
        ({"render_mode": "human"}, "render_mode: 'human'; allowed are None and 'rgb_array'"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(InputError, match=message):
        parallel_env(**options)


def test_bad_actions():
    env = begun()
    with pytest.raises(InputError, match="actions: none for agent_0"):
        env.step({})
    with pytest.raises(InputError, match="actions: 50 for agent_3; allowed is 0 to 49"):
        env.step({agent: 50 if agent == "agent_3" else 0 for agent in env.agents})


def test_an_incomplete_state():
    env = begun()
    state = env.get_state()
    del state["labour"]
    with pytest.raises(InputError, match="state: labour is missing"):
        env.set_state(state)
