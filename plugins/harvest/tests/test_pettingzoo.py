"""The PettingZoo environment: its interface, its episodes, its state."""

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test, parallel_seed_test

from policybench import InputError
from policybench_harvest.pettingzoo_view import parallel_env

FORWARD, TURN_LEFT = 1, 5


def random_episode(env, seed, n_steps):
    """Observations, rewards and infos of random actions."""
    rng = np.random.default_rng(seed)
    return [env.step({agent: int(rng.integers(7)) for agent in env.agents}) for _ in range(n_steps)]


@pytest.mark.parametrize("move_order", ["fixed", "random"])
def test_the_interface(move_order):
    parallel_api_test(parallel_env(move_order=move_order), num_cycles=50)
    parallel_seed_test(lambda: parallel_env(move_order=move_order), num_cycles=50)


def test_spaces_and_start():
    env = parallel_env()
    observations, infos = env.reset(seed=3)
    assert env.agents == [f"player_{i}" for i in range(7)]
    assert set(observations) == set(infos) == set(env.agents)
    for agent, view in observations.items():
        assert view.shape == (11, 11)
        assert view.dtype == np.uint8
        assert env.observation_space(agent).contains(view)
        assert env.action_space(agent).n == 7
    state = env.unwrapped.get_state()
    assert state["position"].tolist() == [[17, 13], [14, 13], [7, 7], [16, 7], [11, 13], [8, 13], [5, 13]]
    assert not state["orientation"].any()
    assert state["alive"].all()
    assert state["apples"].shape == state["armed"].shape == (18, 24)
    assert state["apples"].sum() == 64
    assert (state["armed"] == -1).all()
    assert state["armed"].dtype == np.int8
    assert state["step"] == 0


def test_episodes_end_by_truncation():
    env = parallel_env(max_cycles=5)
    env.reset(seed=0)
    for step, (_, _, terminations, truncations, _) in enumerate(random_episode(env, 0, 5), 1):
        assert not any(terminations.values())
        assert list(truncations.values()) == [step == 5] * 7
    assert env.agents == []
    assert env.step({}) == ({}, {}, {}, {}, {})
    env.reset()
    assert len(env.agents) == 7


def test_observations_are_not_overwritten():
    env = parallel_env()
    observations, _ = env.reset(seed=0)
    before = {agent: view.copy() for agent, view in observations.items()}
    random_episode(env, 0, 10)
    assert all((observations[agent] == before[agent]).all() for agent in before)


def test_episodes_of_a_seed_differ_but_repeat():
    """The second episode has luck of its own, and the same whenever the seed is given again."""
    env = parallel_env(regrowth_probabilities=(0, 0.5, 0.5, 0.5))
    apples = []
    for seed in (1, None, 1, None):
        env.reset(seed=seed)
        random_episode(env, 0, 200)
        apples.append(env.get_state()["apples"].tobytes())
    assert apples[0] == apples[2]
    assert apples[1] == apples[3]
    assert apples[0] != apples[1]


def eat_at_once(**options):
    """Step once on an apple: rewards and infos."""
    env = parallel_env(layout="WWWWW\nW A W\nW P W\nW E W\nWWWWW", **options)
    env.reset(seed=0)
    return env


def test_rewards_are_taxed_and_infos_are_not():
    env = eat_at_once(rates=(0.25, 0, 0))
    _, rewards, _, _, infos = env.step({"player_0": FORWARD, "player_1": TURN_LEFT})
    assert rewards == {"player_0": pytest.approx(0.5), "player_1": pytest.approx(0.5)}
    assert infos == {"player_0": {"raw_reward": 1.0, "apples": 0}, "player_1": {"raw_reward": 0.0, "apples": 0}}


def test_the_policy_can_be_set():
    env = eat_at_once()
    env.set_policy(np.array([1.0, 0.0, 0.0]))
    _, rewards, *_ = env.step({"player_0": FORWARD, "player_1": TURN_LEFT})
    assert rewards == {"player_0": pytest.approx(-1), "player_1": pytest.approx(2)}
    for wrong in ([0, 0, 2], [0, 0], [0, 0, float("nan")]):
        with pytest.raises(InputError, match=r"rates: .* 3 rates from 0 to 1"):
            env.set_policy(wrong)


def test_a_state_can_be_restored():
    """From a state that was kept, play goes on as it did: with the same luck to the same bytes."""
    env = parallel_env(rates=(0.1, 0.5, 1.0), regrowth_probabilities=(0, 1, 1, 1))
    env.reset(seed=5)
    random_episode(env, 0, 300)
    state = env.get_state()
    first = random_episode(env, 1, 50)
    env.set_state(state)
    second = random_episode(env, 1, 50)
    assert all(a[1] == b[1] and a[4] == b[4] for a, b in zip(first, second, strict=True))
    assert all((a[0][name] == b[0][name]).all() for a, b in zip(first, second, strict=True) for name in a[0])
    env.set_state(state)
    for key, value in env.get_state().items():
        np.testing.assert_array_equal(value, state[key])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"position": [[0, 0]] * 7}, "state position: .*one player a cell, and none in a wall"),
        ({"position": [[17, 13]] * 7}, "state position: .*one player a cell, and none in a wall"),
        ({"position": [[17, 30]] * 7}, "state position: .*within 24 x 18 cells"),
        ({"position": [[17, 13]]}, r"state position: its shape is \(1, 2\); expected \(7, 2\)"),
        ({"orientation": [4] * 7}, "state orientation: .*each is 0, 1, 2 or 3"),
        ({"alive": [False] * 7}, "state alive: "),
        ({"apples": np.ones((18, 24), bool)}, "state apples: one is where none can be"),
        ({"armed": np.full((18, 24), 13), "apples": np.zeros((18, 24), bool)}, "state armed: .* -1 to 12"),
    ],
)
def test_impossible_states(change, message):
    env = parallel_env()
    env.reset(seed=0)
    before = env.get_state()
    with pytest.raises(InputError, match=message):
        env.set_state(before | change)
    for key, value in env.get_state().items():
        np.testing.assert_array_equal(value, before[key])


def test_an_incomplete_state():
    env = parallel_env()
    env.reset(seed=0)
    state = env.get_state()
    del state["apples"]
    with pytest.raises(InputError, match="state: apples is missing"):
        env.set_state(state)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rates": (0, 0, 2)}, "rates: "),
        ({"max_cycles": 0}, "max_cycles: 0; it is at least 1"),
        ({"render_mode": "human"}, "render_mode: 'human'; allowed are None and 'rgb_array'"),
        ({"move_order": "upwards"}, "move_order: 'upwards'; allowed are 'fixed' and 'random'"),
        ({"layout": "WWW"}, "layout: "),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(InputError, match=message):
        parallel_env(**options)


def test_bad_actions():
    env = parallel_env()
    env.reset(seed=0)
    with pytest.raises(InputError, match="actions: none for player_0"):
        env.step({})
    with pytest.raises(InputError, match="actions: 7 for player_3; allowed is 0 to 6"):
        env.step({agent: 7 if agent == "player_3" else 0 for agent in env.agents})


def test_a_state_can_be_imposed_before_and_after_an_episode():
    state = parallel_env().get_state()
    env = parallel_env(max_cycles=3)
    env.set_state(state)
    assert len(env.agents) == 7
    random_episode(env, 0, 3)
    assert env.agents == []
    env.set_state(state | {"step": 1})
    truncations = [truncated["player_0"] for _, _, _, truncated, _ in random_episode(env, 0, 2)]
    assert truncations == [False, True]
    env.set_state(state | {"step": 3})
    assert env.agents == []
