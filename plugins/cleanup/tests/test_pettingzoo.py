"""The PettingZoo environment: its interface, its episodes, its state."""

from __future__ import annotations

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test, parallel_seed_test

from policybench import InputError
from policybench_cleanup.map import OUTSIDE
from policybench_cleanup.pettingzoo_view import parallel_env

NOOP, FORWARD, BACKWARD, STEP_LEFT, STEP_RIGHT, TURN_LEFT, TURN_RIGHT, ZAP, CLEAN = range(9)


def random_episode(env, seed, n_steps):
    """Observations, rewards and infos of random actions."""
    rng = np.random.default_rng(seed)
    return [env.step({agent: int(rng.integers(9)) for agent in env.agents}) for _ in range(n_steps)]


def started(**options):
    env = parallel_env(**options)
    env.reset(seed=0)
    return env


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
        assert env.observation_space(agent).contains(view)
        assert env.action_space(agent).n == 9
    state = env.unwrapped.get_state()
    assert state["position"].tolist() == [[11, 9], [8, 10], [8, 8], [5, 9], [5, 11], [11, 11], [8, 12]]
    assert not state["orientation"].any()
    assert state["alive"].all()
    assert state["apples"].shape == state["dirt"].shape == (21, 30)
    assert (state["apples"].sum(), state["dirt"].sum()) == (122, 79)
    assert not any(state[key].any() for key in ("removed_for", "zap_cooldown", "clean_cooldown"))
    assert state["step"] == 0


def test_episodes_end_by_truncation_though_players_were_zapped():
    env = started(max_cycles=20)
    episode = random_episode(env, 8, 20)
    for step, (_, _, terminations, truncations, _) in enumerate(episode, 1):
        assert not any(terminations.values())
        assert list(truncations.values()) == [step == 20] * 7
    assert any((view == OUTSIDE).all() for view in episode[-1][0].values())
    assert env.agents == []


def at_the_river(**options):
    """Player 1 stands before two pieces of dirt, player 2 before an apple, player 3 before nothing."""
    env = started(**options)
    state = env.get_state()
    state["position"][:3] = [[5, 5], [5, 15], [15, 11]]
    state["orientation"][1] = 2
    state["dirt"][:] = False
    state["dirt"][3:5, [4, 5]] = [[True, False], [False, True]]
    env.set_state(state)
    return env


ACTIONS = {"player_0": CLEAN, "player_1": FORWARD} | {f"player_{i}": NOOP for i in range(2, 7)}


@pytest.mark.parametrize(
    ("accounting", "cleaner", "n_cleaned"), [("apples", (-1, 1.0), 1), ("paper", (0, 0.25), 0)]
)
def test_rewards_and_infos(accounting, cleaner, n_cleaned):
    env = at_the_river(incentives=(0.5, 2, 0.25), accounting=accounting)
    _, rewards, _, _, infos = env.step(ACTIONS)
    raw, paid = cleaner
    common = {"apples": 121, "regrown": 0, "n_cleaned": n_cleaned}
    assert infos["player_0"] == {"raw_reward": raw, "eaten": 0, "cleaned": 2, **common}
    assert infos["player_1"] == {"raw_reward": pytest.approx(0.1), "eaten": 1, "cleaned": 0, **common}
    assert infos["player_2"] == {"raw_reward": 0, "eaten": 0, "cleaned": 0, **common}
    assert [rewards[f"player_{i}"] for i in range(3)] == pytest.approx([paid, 0.6, 0.25])


def test_the_policy_can_be_set():
    env = at_the_river()
    env.set_policy(np.array([3.0, 0.0, 0.0]))
    _, rewards, *_ = env.step(ACTIONS)
    assert rewards["player_1"] == pytest.approx(3.1)
    for wrong in ([0, 0, 4], [0, 0], [0, 0, float("nan")]):
        with pytest.raises(InputError, match=r"incentives: .*; 3 incentives from 0 to 3"):
            env.set_policy(wrong)


def test_all_apples_can_grow_back():
    env = at_the_river(max_growth_rate=1.0)
    env.step(ACTIONS)
    _, _, _, _, infos = env.step(dict.fromkeys(env.agents, NOOP))
    assert infos["player_0"]["regrown"] == 1


def test_a_state_can_be_restored():
    """From a state that was kept, play goes on as it did: with the same luck to the same bytes."""
    env = started(incentives=(1, 2, 0.1))
    random_episode(env, 1, 200)
    state, luck = env.get_state(), env._stream.copy()
    first = random_episode(env, 2, 80)
    env.set_state(state)
    env._stream[:] = luck
    second = random_episode(env, 2, 80)
    for one, other in zip(first, second, strict=True):
        assert one[1] == other[1]
        assert one[4] == other[4]
        assert all((one[0][agent] == other[0][agent]).all() for agent in one[0])
    env.set_state(state)
    for key, value in env.get_state().items():
        np.testing.assert_array_equal(value, state[key])


def test_a_state_without_beams_has_none():
    env = started()
    state = env.get_state()
    del state["zap_beam"], state["clean_beam"]
    env.step(dict.fromkeys(env.agents, CLEAN))
    assert env.get_state()["clean_beam"].any()
    env.set_state(state)
    assert not env.get_state()["clean_beam"].any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"position": [[0, 0]] * 7}, "state position: .*one player a cell, and none in a wall"),
        ({"position": [[11, 9]] * 7}, "state position: .*one player a cell, and none in a wall"),
        ({"position": [[17, 30]] * 7}, "state position: .*within 30 x 21 cells"),
        ({"position": [[17, 13]]}, r"state position: its shape is \(1, 2\); expected \(7, 2\)"),
        ({"orientation": [4] * 7}, "state orientation: .*each is 0, 1, 2 or 3"),
        ({"alive": [False] * 7}, "state removed_for: does not fit alive"),
        ({"alive": [False] * 7, "removed_for": [-1] * 7}, "state removed_for: .*at least 0"),
        ({"zap_cooldown": [11] * 7}, "state zap_cooldown: .*from 0 to 10"),
        ({"clean_cooldown": [3] * 7}, "state clean_cooldown: .*from 0 to 2"),
        ({"apples": np.ones((21, 30), bool)}, "state apples: one is where none can be"),
        ({"dirt": np.ones((21, 30), bool)}, "state dirt: one is where none can be"),
        ({"step": -1}, "state step: -1; it is at least 0"),
        ({"zap_beam": np.ones((21, 30), bool)}, "state: beams light up more cells than 7 players can"),
        ({"clean_beam": [True]}, r"state clean_beam: its shape is \(1,\); expected \(21, 30\)"),
    ],
)
def test_impossible_states(change, message):
    env = started()
    before = env.get_state()
    with pytest.raises(InputError, match=message):
        env.set_state(before | change)
    for key, value in env.get_state().items():
        np.testing.assert_array_equal(value, before[key])


@pytest.mark.parametrize("key", ["position", "orientation", "alive", "apples", "dirt", "zap_cooldown", "step"])
def test_an_incomplete_state(key):
    env = started()
    state = env.get_state()
    del state[key]
    with pytest.raises(InputError, match=f"state: {key} is missing"):
        env.set_state(state)


def test_who_is_away_may_have_been_anywhere():
    env = started()
    state = env.get_state()
    state["position"][2], state["orientation"][2] = [-40, 99], 17
    state["alive"][2], state["removed_for"][2] = False, 5
    env.set_state(state)
    assert env.get_state()["position"][2].tolist() == [8, 8]
    assert env.get_state()["orientation"][2] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"incentives": (0, 0, 4)}, "incentives: "),
        ({"accounting": "pears"}, "accounting: 'pears'; allowed are 'apples' and 'paper'"),
        ({"max_growth_rate": 2}, "max_growth_rate: 2"),
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
    env = started()
    with pytest.raises(InputError, match="actions: 9 for player_3; allowed is 0 to 8"):
        env.step({agent: 9 if agent == "player_3" else 0 for agent in env.agents})
