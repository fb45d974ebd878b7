"""Any PettingZoo game as an environment: determinism, learning, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from gymnasium import spaces
from toy_games import SIGHTS, Choices, choices

from policybench import InputError
from policybench.errors import ContractError
from policybench.pettingzoo import follower_options, from_parallel_env
from policybench.pettingzoo.observation_spaces import Seen
from policybench.pettingzoo.policy import Luck

LEARNS = {"training_episodes": 60, "games": 4, "learning_rate": 0.01, "discount": 0.5, "entropy_coefficient": 0.0}

NETWORKS = [*((sight, "learned") for sight in SIGHTS), ("vector", "frozen"), ("image", "frozen")]


def same(one, two):
    assert one.payoff == two.payoff
    assert one.timesteps == two.timesteps
    assert {name: values.tobytes() for name, values in one.observation.items()} == {
        name: values.tobytes() for name, values in two.observation.items()
    }


@pytest.mark.parametrize(("sight", "core"), NETWORKS)
def test_a_row_is_the_same_bytes_alone_and_among_others(sight, core):
    make = partial(Choices, sight)
    actions = np.array([[0, 0, 0], [0.2, 0.5, 0.9], [1, 0, 1.0]])
    settings = {"core": core, "games": 2, "training_episodes": 3, "validation_episodes": 3}
    batch = choices([4, 5, 6], make, **settings)
    outcomes = batch.evaluate(7, actions)
    batch.evaluate(8, actions)
    same(outcomes[1], choices([5], make, **settings).evaluate(7, actions[1:2])[0])
    same(outcomes[1], batch.evaluate(7, actions)[1])
    assert (
        batch.evaluate(8, actions)[1].observation["chosen"].tolist() != outcomes[1].observation["chosen"].tolist()
    )


def test_threads_do_not_matter():
    import torch

    torch.set_num_threads(2)
    action = np.array([[0.1, 0.2, 0.9]])
    one = choices([1]).evaluate(0, action)[0]
    assert torch.get_num_threads() == 1
    same(one, choices([1]).evaluate(0, action)[0])


@pytest.mark.parametrize(("sight", "core"), NETWORKS)
def test_followers_learn_what_pays(sight, core):
    """The payoff, how often choice 2 is made, follows what the action pays for it."""
    env = choices([0, 1], partial(Choices, sight), core=core, **LEARNS)
    wanted = env.evaluate(0, np.array([[0, 0, 1.0]] * 2))
    unwanted = env.evaluate(0, np.array([[1.0, 0, 0]] * 2))
    assert min(outcome.payoff for outcome in wanted) > 0.8
    assert max(outcome.payoff for outcome in unwanted) < 0.2


def test_followers_know_the_action_and_who_they_are():
    def probabilities(**settings):
        env = choices([0], **settings)
        seen = Seen(np.ones((2, 2)), np.zeros((2, 0), np.int64), ())
        luck = Luck(np.full((2, 1), 0.5), np.zeros((2, 0)))
        logged = []
        for action in ([0, 0, 0], [1, 1, 1.0]):
            followers = env.train(0, 0, np.array(action))["followers"]
            logged.append(followers.act(seen, np.array([0, 1]), None, luck).log_probabilities)
        return np.array(logged)

    told = probabilities(training_episodes=1)
    assert np.ptp(told, axis=1).max() > 0
    untold = probabilities(training_episodes=1, sees_index=False, sees_action=False)
    assert np.ptp(untold, axis=1).max() == 0


def test_without_learning_only_luck_differs_between_actions():
    """Common random numbers: untrained followers that are not told the action play the same episode."""
    env = choices([3], training_episodes=0, sees_action=False)
    first, second = (env.evaluate(2, np.array([action]))[0] for action in ([0, 0, 0], [1.0, 0.5, 0]))
    same(first, second)
    assert first.timesteps.training == 0


def test_timesteps_are_game_steps_whoever_is_left():
    env = choices([0], partial(Choices, length=9, leaves=4), training_episodes=5, validation_episodes=2, games=2)
    outcome = env.evaluate(0, np.zeros((1, 3)))[0]
    assert (outcome.timesteps.training, outcome.timesteps.validation) == (45, 18)
    cut = choices([0], partial(Choices, length=9), training_episodes=3, episode_steps=5).evaluate(
        0, np.zeros((1, 3))
    )
    assert (cut[0].timesteps.training, cut[0].timesteps.validation) == (15, 5)


def test_defaults_are_the_mean_return():
    env = choices([0], payoff=None, observation=None, observation_space=None)
    outcome = env.evaluate(0, np.array([[1.0, 1, 1]]))[0]
    assert outcome.observation["returns"].shape == (2,)
    assert outcome.payoff == pytest.approx(outcome.observation["returns"].mean())
    assert outcome.payoff == pytest.approx(10, abs=0.3)


def test_a_games_own_payoff_and_observation():
    class Own(Choices):
        def payoff(self):
            return 42.0

        def principal_observation(self):
            return {"chosen": self.counts}

    space = spaces.Dict({"chosen": spaces.Box(0, 100, (3,), np.float64)})
    env = choices([0], Own, payoff=None, observation=None, observation_space=space)
    outcome = env.evaluate(0, np.zeros((1, 3)))[0]
    assert outcome.payoff == 42
    assert outcome.observation["chosen"].sum() == 20


def test_weights_can_be_given(tmp_path):
    from policybench.pettingzoo.network import save_weights

    followers = choices([0], **LEARNS).train(0, 0, np.array([0, 0, 1.0]))["followers"]
    save_weights(tmp_path / "w.safetensors", followers.network, {"made by": "a test"})
    given = choices([9], training_episodes=0, weights=str(tmp_path / "w.safetensors"))
    assert given.evaluate(0, np.array([[0, 0, 1.0]]))[0].payoff > 0.8
    with pytest.raises(InputError, match=r"weights .*expected weights of this game's followers"):
        choices([0], hidden=8, weights=str(tmp_path / "w.safetensors")).evaluate(0, np.zeros((1, 3)))


def test_render():
    frames = list(choices([0], partial(Choices, render_mode="rgb_array")).render(0, np.zeros(3)))
    assert [frame[0, 0, 0] for frame in frames] == list(range(11))
    with pytest.raises(InputError, match="draws no pictures"):
        choices([0]).render(0, np.zeros(3))


def change(**attributes):
    return type("Changed", (Choices,), attributes)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (change(set_policy=None), "choices: has no method set_policy"),
        (change(action_space=lambda *_: spaces.Text(3)), "agent a: action space Text.*supported are Discrete"),
        (change(action_space=lambda *_: spaces.Discrete(2000)), "at most 1024 categories"),
        (change(action_space=lambda *_: 3), r"action_space\('a'\) is 3; expected a space of gymnasium"),
        (change(observation_space=lambda *_: spaces.Text(3)), "observation space Text.*supported are Box"),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        choices([0], make)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"games": 0}, "games: 0; it takes an integer, at least 1"),
        ({"core": "x"}, "core: 'x'; it takes one of learned, frozen"),
        ({"discount": 1.5}, "discount: 1.5; it takes a number, at least 0, at most 1"),
        ({"device": "abacus"}, "device: 'abacus': torch cannot use it here"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(InputError, match=message):
        choices([0], **settings)


def test_broken_contracts_are_named():
    with pytest.raises(ContractError, match="declared are"):
        choices([0], observation=lambda episode: {"chosen": np.zeros(4)}).evaluate(0, np.zeros((1, 3)))
    with pytest.raises(ContractError, match="payoff nan is not finite"):
        choices([0], payoff=lambda episode: np.nan).evaluate(0, np.zeros((1, 3)))
    with pytest.raises(InputError, match=r"action.*out of range"):
        choices([0]).evaluate(0, np.array([[0, 0, 1.5]]))
    with pytest.raises(InputError, match=r"no setting 'training_episode'.*Did you mean 'training_episodes'"):
        follower_options(training_episode=3)


def test_announcing_imports_no_torch_nor_does_what_a_worker_process_imports():
    code = (
        "import sys, policybench.pettingzoo.worker; "
        "from policybench.pettingzoo import Episode, follower_options, from_parallel_env; follower_options(); "
        "print({'torch', 'numba'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"
    assert callable(from_parallel_env)
