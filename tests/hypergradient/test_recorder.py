"""Gradients of the games on grids, end to end."""

from __future__ import annotations

import numpy as np
import pytest

from policybench.followers.training import principal_step
from policybench.hypergradient import recorder as recording
from policybench.hypergradient.recorder import Recorder
from policybench.hypergradient.surrogate import surrogate_weights
from policybench.plugins import registry
from policybench.streams import generator

torch = pytest.importorskip("torch")

from unrolled_ppo import Lesson, epoch_orders, learned_heads, surrogates  # noqa: E402

ACTIONS = {"harvest": np.array([0.21, 0.52, 0.13]), "cleanup": np.array([0.83, 1.52, 0.11])}


def create(name, seeds, **options):
    return registry().environment(name).spec.create(seeds, **{"episode_steps": 120} | options)


def watch(monkeypatch):
    """Keep each lesson that is learned from with tangents, whose arrays the game will use again."""
    lessons, learn = [], recording.learn

    def watched(learner, policy, trajectory, tangents, settings, work, stream):
        n = policy.n_inputs
        lessons.append(
            Lesson(
                action=policy.action.astype(np.float64),
                heads=learner.heads[:, :n].copy(),
                first=learner.adam.first[:, :n].copy(),
                second=learner.adam.second[:, :n].copy(),
                powers=learner.adam.powers.copy(),
                features=trajectory.features.copy(),
                actions=trajectory.actions.copy(),
                rewards=trajectory.rewards.copy(),
                reward_slopes=np.moveaxis(tangents.rewards, 0, -1).astype(np.float64),
                orders=np.empty(0),
                settings=settings,
            )
        )
        learn(learner, policy, trajectory, tangents, settings, work, stream)

    monkeypatch.setattr(recording, "learn", watched)
    return lessons


@pytest.mark.parametrize("training_episodes", [1, 2])
@pytest.mark.parametrize("name", ACTIONS)
def test_one_episode_of_learning(name, training_episodes, monkeypatch):
    lessons = watch(monkeypatch)
    environment, action = create(name, [0]), ACTIONS[name]
    followers = environment._followers
    recorder = Recorder(
        followers,
        environment._play,
        environment._reward_slopes,
        seed=0,
        step=4,
        training_episodes=training_episodes,
    )
    steps = principal_step(
        followers,
        recorder,
        action,
        seed=0,
        step=4,
        training_episodes=training_episodes,
        validation_episodes=1,
    )
    for _ in steps:
        paid = environment._step_payoffs()
        np.testing.assert_allclose(paid.sum(), environment._episode().payoff)
        recorder.validated(paid)
    ours = recorder.hypergradient()

    (lesson,) = lessons
    rng = generator(0, 4, "training minibatches", training_episodes - 1)
    lesson = lesson._replace(orders=epoch_orders(rng, lesson.actions.size, lesson.settings.epochs))
    leaf = torch.tensor(lesson.action, requires_grad=True)
    theta, _ = learned_heads(lesson, leaf)
    heads = followers.policy.heads[:, : followers.policy.n_inputs]  # the rest fills up the last vector
    assert np.abs(heads - lesson.heads).max() > 1e-3
    assert recorder._learner.heads.tobytes() == followers.policy.heads.tobytes()
    np.testing.assert_allclose(theta.detach(), heads, atol=2e-6)
    features, acted = followers.trajectory.features, followers.trajectory.actions
    totals = surrogates(theta, leaf, features, acted, surrogate_weights(paid, len(paid)))
    for total, gradient in zip(totals, ours, strict=True):
        (expected,) = torch.autograd.grad(total, leaf, retain_graph=True)
        np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-3)
    assert np.abs(ours.gradient).max() > 1e-2


@pytest.mark.parametrize("name", ACTIONS)
def test_rewards_have_the_slopes_that_they_are_said_to_have(name):
    """The same episode, as it would have paid under another action."""
    environment, action = create(name, [0]), ACTIONS[name]
    for _ in environment._principal_step(0, 0, action, 0):
        pass
    slopes = environment._reward_slopes()
    rewards = environment._followers.trajectory.rewards.copy()
    zero = rewards - slopes @ action
    if name == "harvest":
        np.testing.assert_allclose(zero, environment._record.rewards, atol=1e-5)
        np.testing.assert_allclose(slopes.sum(axis=1), 0, atol=1e-5)
    else:
        assert set(np.unique(slopes)) == {0, 1}
        np.testing.assert_array_equal(slopes.sum(axis=-1), 1)
        raw = np.where(environment._record.eaten > 0, 0.1 * environment._record.eaten, 0.0)
        np.testing.assert_allclose(zero, np.where(slopes[..., 1] > 0, -1, raw), atol=1e-5)
    assert np.abs(slopes).sum() > 10


@pytest.mark.parametrize("name", ACTIONS)
def test_outcomes_are_the_same_with_and_without_gradient(name):
    options = {"training_episodes": 1, "validation_episodes": 2}
    environment = create(name, [3, 4], **options)
    assert environment.problem.has_gradient
    actions = np.stack([ACTIONS[name], ACTIONS[name] / 2])
    plain, derived = environment.evaluate(2, actions), environment.evaluate(2, actions, gradient=True)
    (alone,) = create(name, [4], **options).evaluate(2, actions[1:], gradient=True)
    for without, with_one in zip(plain, derived, strict=True):
        assert without.gradient is None
        assert without.payoff == with_one.payoff
        assert without.timesteps == with_one.timesteps
        np.testing.assert_equal(dict(with_one.observation), dict(without.observation))
        assert np.isfinite(with_one.gradient).all()
    assert alone.gradient.tobytes() == derived[1].gradient.tobytes()
    assert alone.baseline_gradient.tobytes() == derived[1].baseline_gradient.tobytes()
