"""The principal's problem keeps to Gymnasium's interfaces, and pays what the environment pays."""

from __future__ import annotations

import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.wrappers import FlattenObservation

from policybench import InputError
from policybench.gymnasium import make, make_vec
from policybench.plugins import registry


@pytest.mark.parametrize(
    ("name", "options"),
    [("toll-road", {}), ("escape-room", {"training_episodes": 10}), ("cer", {"training_episodes": 10})],
)
def test_gymnasiums_own_checker_has_nothing_to_say(toy, name, options):
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        check_env(make(name, steps=3, **options), skip_render_check=True)


def test_a_step_is_a_principal_step_and_the_budget_truncates(toy):
    env = make("toll-road", seed=3, steps=2, days=5)
    direct = registry().environment("toll-road").spec.create([3], days=5)
    seen, info = env.reset()
    assert (seen["share"].tolist(), info) == ([0.0] * 5, {})
    for step, (action, over) in enumerate(zip((0.4, 1.2), (False, True), strict=True)):
        [outcome] = direct.evaluate(step, np.array([[action]]))
        seen, reward, terminated, truncated, info = env.step(np.array([action]))
        assert (reward, terminated, truncated) == (outcome.payoff, False, over)
        assert seen["share"].tolist() == outcome.observation["share"].tolist()
        assert info == {"training_timesteps": 4, "validation_timesteps": 1}
    with pytest.raises(InputError, match="the budget is 2 principal steps; call reset"):
        env.step(np.array([0.4]))
    with pytest.raises(InputError, match="nothing is recorded"):
        env.finish(lambda _: np.array([0.4]))


def test_each_episode_has_other_luck_and_a_seed_brings_the_first_one_back(toy):
    env = make("toll-road", seed=1, steps=2)
    payoffs = []
    for reset in ({}, {}, {"seed": 1}, {"seed": 2}):
        env.reset(**reset)
        payoffs.append([env.step(np.array([0.7]))[1] for _ in range(2)])
    first, second, again, other = payoffs
    assert first == again
    assert first != second != other


def test_an_observation_holds_the_context_of_the_step_to_come():
    env = make("cer", steps=3, training_episodes=10)
    direct = registry().environment("cer").spec.create([0], training_episodes=10)
    seen, _ = env.reset()
    for step in range(3):
        assert seen["context"].tolist() == direct.contexts(step)[0].tolist()
        seen, *_ = env.step(env.action_space.sample())
    assert FlattenObservation(env).reset(seed=0)[0].ndim == 1


def test_actions_outside_the_space_are_refused(toy):
    env = make("toll-road")
    env.reset()
    with pytest.raises(InputError, match=r"takes 1 numbers in \[0, 2\]"):
        env.step(np.array([2.5]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": -1}, "seed -1: takes 0 or more"),
        ({"protocol": "papr"}, "Did you mean 'paper'"),
        ({"steps": 0}, "steps 0: takes an integer, at least 1"),
        ({"day": 3}, "options: day=3: environment toll-road has no option 'day'"),
        ({"record": "runs", "seed": 1}, "seed 1: takes 0 to 0"),
    ],
)
def test_wrong_arguments_are_one_line(toy, arguments, message):
    with pytest.raises(InputError) as caught:
        make("toll-road", **arguments)
    assert message in str(caught.value)


def test_the_vector_environment_pays_what_single_ones_do(toy):
    together = make_vec("toll-road", seeds=3, steps=2, workers=2)
    assert isinstance(together, gymnasium.vector.VectorEnv)
    actions = np.array([[0.1], [0.9], [1.7]])
    seen, _ = together.reset()
    assert together.observation_space.contains(seen)
    seen, rewards, terminated, truncated, info = together.step(actions)
    assert together.observation_space.contains(seen)
    for i, action in enumerate(actions):
        alone = make("toll-road", seed=i, steps=2)
        alone.reset()
        own, reward, *_ = alone.step(action)
        assert reward == rewards[i]
        assert own["share"].tolist() == seen["share"][i].tolist()
    assert (terminated.any(), truncated.any(), info["training_timesteps"].tolist()) == (False, False, [39] * 3)
    *_, truncated, _ = together.step(actions)
    assert truncated.all()
    seen, rewards, _, truncated, _ = together.step(actions)  # begins the next episode
    assert (rewards.tolist(), truncated.any(), seen["share"].any()) == ([0.0] * 3, False, False)
    first = together.step(actions)[1]
    together.reset(seed=0)
    assert together.step(actions)[1].tolist() != first.tolist()
    with pytest.raises(InputError, match="takes 3 seeds"):
        together.reset(seed=[1, 2])
    together.close()
