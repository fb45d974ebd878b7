"""Learning by PPO in torch: against the kernels, a naive unrolling by autograd, and finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from policybench.followers.adam import make_adam
from policybench.followers.core import Core
from policybench.followers.encoder import FEATURES, make_encoder
from policybench.followers.minibatch import make_workspace
from policybench.followers.network import make_policy, set_offsets
from policybench.followers.ppo import update
from policybench.followers.settings import PPOSettings
from policybench.followers.trajectory import make_trajectory
from policybench.streams import generator, kernel_stream

torch = pytest.importorskip("torch")

from policybench.hypergradient.heads import TrainingEpisode, learned_heads, score, surrogates  # noqa: E402
from policybench.hypergradient.recorder import epoch_orders  # noqa: E402
from policybench.hypergradient.surrogate import surrogate_weights, through_learning  # noqa: E402

ACTION = np.array([0.3, 0.7])


def make_lesson(seed, *, n_steps=9, n_players=3, n_features=6, n_actions=4, scale=0.5, steps_before=3, **settings):
    """A lesson of random numbers; big enough heads and rewards that clips are crossed."""
    rng = np.random.default_rng(seed)
    settings = PPOSettings(**{"minibatch": 8, "learning_rate": 0.05, **settings})
    heads = rng.normal(0, scale, (n_actions + 1, n_features + n_players + len(ACTION) + 1)).astype(np.float32)
    adam = make_adam(heads)
    if steps_before:
        adam.first[:] = rng.normal(0, 0.05, heads.shape)
        adam.second[:] = rng.uniform(1e-4, 1e-2, heads.shape)
        adam.powers[:] = 0.9**steps_before, 0.999**steps_before
    shape = (n_steps, n_players)
    return TrainingEpisode(
        action=ACTION.astype(np.float32).astype(np.float64),
        heads=heads,
        adam=adam,
        features=np.maximum(rng.normal(size=(*shape, n_features)), 0).astype(np.float32),
        actions=rng.integers(0, n_actions, shape).astype(np.uint8),
        rewards=rng.normal(size=shape).astype(np.float32),
        reward_slopes=rng.normal(size=(*shape, len(ACTION))),
        orders=epoch_orders(rng, n_steps * n_players, settings.epochs),
        settings=settings,
    )


def naive_heads(lesson, action):
    """The definition, unrolled: every gradient by autograd, every input built with the action in it."""
    s = lesson.settings
    n_steps, n_players, _ = lesson.features.shape
    change = torch.tensor(lesson.reward_slopes) @ (action - torch.tensor(lesson.action))
    rewards = torch.tensor(lesson.rewards, dtype=torch.float64) + change
    rows = []
    for t in range(n_steps):
        for player in range(n_players):
            index = torch.eye(n_players, dtype=torch.float64)[player]
            features = torch.tensor(lesson.features[t, player], dtype=torch.float64)
            rows.append(torch.cat([features, index, action, torch.ones(1, dtype=torch.float64)]))
    inputs = torch.stack(rows)
    chosen = torch.tensor(lesson.actions.reshape(-1).astype(np.int64))
    theta = torch.tensor(lesson.heads, dtype=torch.float64, requires_grad=True)

    before = inputs @ theta.detach().T
    old_logs = torch.log_softmax(before[:, :-1], 1)[torch.arange(len(chosen)), chosen]
    old_values = before[:, -1].reshape(n_steps, n_players)
    advantages, following, next_value = [], 0.0, 0.0
    for t in reversed(range(n_steps)):
        following = rewards[t] + s.discount * next_value - old_values[t] + s.discount * s.gae_lambda * following
        next_value = old_values[t]
        advantages.insert(0, following)
    advantages = torch.stack(advantages)
    returns, old_values = (advantages + old_values).reshape(-1), old_values.reshape(-1)
    advantages = advantages.reshape(-1)

    m, v = (torch.tensor(part, dtype=torch.float64) for part in lesson.adam[:2])
    steps = round(np.log(lesson.adam.powers[0]) / np.log(0.9))
    left = {"ratio": 0, "value": 0, "norm": 0}
    for order in lesson.orders:
        for start in range(0, len(order), s.minibatch):
            rows = torch.tensor(order[start : start + s.minibatch])
            outputs = inputs[rows] @ theta.T
            logs, values = torch.log_softmax(outputs[:, :-1], 1), outputs[:, -1]
            ratio = (logs[torch.arange(len(rows)), chosen[rows]] - old_logs[rows]).exp()
            a = advantages[rows]
            a = (a - a.mean()) / (a.std() + 1e-8)
            policy_loss = torch.maximum(-a * ratio, -a * ratio.clamp(1 - s.clip, 1 + s.clip)).mean()
            near = old_values[rows] + (values - old_values[rows]).clamp(-s.value_clip, s.value_clip)
            value_loss = torch.maximum((values - returns[rows]) ** 2, (near - returns[rows]) ** 2).mean() / 2
            entropy = -(logs.exp() * logs).sum(1).mean()
            loss = policy_loss + s.value_coefficient * value_loss - s.entropy_coefficient * entropy
            (g,) = torch.autograd.grad(loss, theta, create_graph=True)
            norm = g.norm()
            g = g * min(s.max_gradient_norm / (norm + 1e-6), torch.tensor(1.0))
            steps += 1
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            theta = theta - s.learning_rate * (m / (1 - 0.9**steps)) / (
                (v / (1 - 0.999**steps)).sqrt() + s.adam_epsilon
            )
            left["ratio"] += int(((ratio - 1).abs() > s.clip).sum())
            left["value"] += int(((values - old_values[rows]).abs() > s.value_clip).sum())
            left["norm"] += int(norm > s.max_gradient_norm)
    return theta, left


def validation(seed, lesson):
    """An episode of other random numbers: features, actions, and what each step paid."""
    rng = np.random.default_rng([seed, 1])
    features = np.maximum(rng.normal(size=lesson.features.shape), 0).astype(np.float32)
    actions = rng.integers(0, len(lesson.heads) - 1, lesson.actions.shape)
    return features, actions, rng.normal(size=len(actions))


def derive(lesson, episodes):
    action = torch.tensor(lesson.action, requires_grad=True)
    learned = learned_heads(lesson, action)
    scores = [
        score(learned, action, features, actions, surrogate_weights(paid, len(paid)))
        for features, actions, paid in episodes
    ]
    return through_learning(scores, learned, action)


@pytest.mark.parametrize("seed", range(4))
def test_a_naive_unrolling_has_the_same_heads_and_derivatives(seed):
    lesson = make_lesson(seed)
    features, actions, paid = validation(seed, lesson)
    ours = derive(lesson, [(features, actions, paid)])

    action = torch.tensor(lesson.action, requires_grad=True)
    theta, left = naive_heads(lesson, action)
    assert min(left.values()) > 0
    to_go = [paid[t:].sum() for t in range(len(paid))]
    evenly = [(len(paid) - t) / len(paid) for t in range(len(paid))]
    sums = [0.0, 0.0]
    for t in range(len(paid)):
        for player in range(actions.shape[1]):
            one = torch.eye(actions.shape[1], dtype=torch.float64)[player]
            seen = torch.cat([torch.tensor(features[t, player], dtype=torch.float64), one, action, torch.ones(1)])
            log = torch.log_softmax(theta[:-1] @ seen, 0)[actions[t, player]]
            sums[0] = sums[0] + to_go[t] * log
            sums[1] = sums[1] + evenly[t] * log
    np.testing.assert_allclose(learned_heads(lesson, action.detach()), theta.detach(), rtol=1e-9, atol=1e-12)
    for total, gradient in zip(sums, ours, strict=True):
        (expected,) = torch.autograd.grad(total, action, retain_graph=True)
        assert np.abs(gradient).min() > 1e-3
        np.testing.assert_allclose(gradient, expected, rtol=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_finite_differences_agree(seed):
    lesson = make_lesson(seed, n_steps=30, minibatch=16, learning_rate=0.01)
    episodes = [validation([seed, episode], lesson) for episode in range(2)]
    ours = derive(lesson, episodes)

    def mean_surrogates(action):
        action = torch.from_numpy(action)
        with torch.no_grad():
            heads = learned_heads(lesson, action)
            sums = [surrogates(heads, action, f, a, surrogate_weights(u, len(u))) for f, a, u in episodes]
        return torch.stack(sums).mean(0).numpy()

    for k in range(len(ACTION)):
        step = 1e-7 * np.eye(len(ACTION))[k]
        slope = (mean_surrogates(lesson.action + step) - mean_surrogates(lesson.action - step)) / 2e-7
        np.testing.assert_allclose([part[k] for part in ours], slope, rtol=1e-4)


@pytest.mark.parametrize("steps_before", [0, 3])
def test_the_kernel_learns_the_same(steps_before):
    settings = PPOSettings()
    lesson = make_lesson(
        1, n_steps=60, n_players=5, n_features=FEATURES, n_actions=7, scale=0.05, steps_before=steps_before
    )
    # A column without any signal: its second moment stays 0, and so does its derivative.
    lesson.features[..., 5] = 0
    lesson.adam.first[:, 5] = 0
    lesson.adam.second[:, 5] = 0
    core = Core(*(np.zeros(shape, np.float32) for shape in ((4, FEATURES), FEATURES, (FEATURES,) * 2, FEATURES)))
    policy = make_policy(make_encoder(core, np.zeros((1, 2), np.uint8)), lesson.heads, 5)
    policy.action[:] = lesson.action
    set_offsets(policy.heads, policy.action, policy.offsets)
    trajectory = make_trajectory(60, 5, (1, 2))
    trajectory.features[:], trajectory.actions[:] = lesson.features, lesson.actions
    trajectory.rewards[:] = lesson.rewards
    outputs = lesson.features @ lesson.heads[:, :FEATURES].T + policy.offsets
    logits = outputs[..., :-1] - outputs[..., :-1].max(-1, keepdims=True)
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    trajectory.probabilities[:] = np.take_along_axis(probabilities, lesson.actions[..., None].astype(int), 2)[
        ..., 0
    ]
    trajectory.values[:] = outputs[..., -1]
    adam = make_adam(policy.heads)
    n_inputs = policy.n_inputs
    adam.first[:, :n_inputs], adam.second[:, :n_inputs] = lesson.adam.first, lesson.adam.second
    adam.powers[:] = lesson.adam.powers
    update(
        policy, adam, trajectory, settings, make_workspace(policy, 60, settings), kernel_stream(3, 1, "shuffle")
    )

    orders = epoch_orders(generator(3, 1, "shuffle"), 300, settings.epochs)
    action = torch.tensor(lesson.action, requires_grad=True)
    learned = learned_heads(lesson._replace(orders=orders, settings=settings), action)
    heads = policy.heads[:, :n_inputs]
    assert np.abs(heads - lesson.heads).max() > 5e-3
    np.testing.assert_allclose(learned.detach(), heads, atol=3e-6)
    (slope,) = torch.autograd.grad(learned.sum(), action)
    assert torch.isfinite(slope).all()


def test_without_learning_the_policy_still_depends_on_the_action():
    lesson = make_lesson(0)
    features, actions, paid = validation(0, lesson)
    action = torch.tensor(lesson.action, requires_grad=True)
    heads = torch.tensor(lesson.heads, dtype=torch.float64)
    weights = surrogate_weights(paid, len(paid))
    ours = through_learning([score(heads, action, features, actions, weights)], heads, action)
    expected = torch.autograd.grad(surrogates(heads, action, features, actions, weights)[0], action)[0]
    np.testing.assert_allclose(ours.gradient, expected, rtol=1e-12)
