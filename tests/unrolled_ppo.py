"""PPO of linear heads by its definition, unrolled in torch: every gradient and every derivative by autograd."""

from typing import NamedTuple

import numpy as np
import torch


class Lesson(NamedTuple):
    """What followers learn from in one training episode, and what they knew before; see ``followers.ppo``."""

    action: np.ndarray
    heads: np.ndarray
    first: np.ndarray
    second: np.ndarray
    powers: np.ndarray
    features: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    reward_slopes: np.ndarray
    orders: np.ndarray
    settings: object


def epoch_orders(rng, n_samples, epochs):
    """In which order each epoch of the kernel visits the samples, [epochs, n_samples].

    Fisher and Yates' shuffle, an epoch's going on from the one before it, with the numbers that the kernel draws.
    """
    order = list(range(n_samples))
    orders = []
    for _ in range(epochs):
        others = (rng.random(max(n_samples - 1, 0)) * np.arange(n_samples, 1, -1)).astype(np.intp).tolist()
        for last, other in zip(range(n_samples - 1, 0, -1), others, strict=True):
            order[last], order[other] = order[other], order[last]
        orders.append(list(order))
    return np.array(orders, dtype=np.intp).reshape(epochs, n_samples)


def inputs_of(features, action):
    """[n_steps * n_players, n_inputs]: features, index of the follower, action, 1."""
    n_steps, n_players, _ = features.shape
    constant = torch.tensor(np.asarray(features, dtype=np.float64)).reshape(n_steps * n_players, -1)
    index = torch.eye(n_players, dtype=torch.float64).repeat(n_steps, 1)
    ones = torch.ones(len(constant), 1, dtype=torch.float64)
    return torch.cat([constant, index, action.expand(len(constant), -1), ones], dim=1)


def learned_heads(lesson, action):
    """The heads after a lesson as a function of the action, and how often each clip was crossed."""
    s = lesson.settings
    n_steps, n_players, _ = lesson.features.shape
    change = torch.tensor(lesson.reward_slopes) @ (action - torch.tensor(lesson.action))
    rewards = torch.tensor(lesson.rewards, dtype=torch.float64) + change
    inputs = inputs_of(lesson.features, action)
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

    m, v = (torch.tensor(part, dtype=torch.float64) for part in (lesson.first, lesson.second))
    steps = round(np.log(lesson.powers[0]) / np.log(0.9))
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
            used = v > 0  # the root has no derivative at 0
            rate = s.learning_rate / (1 - 0.9**steps)
            move = rate * m[used] / ((v[used] / (1 - 0.999**steps)).sqrt() + s.adam_epsilon)
            theta = theta - torch.zeros_like(theta).index_put((used,), move)
            left["ratio"] += int(((ratio - 1).abs() > s.clip).sum())
            left["value"] += int(((values - old_values[rows]).abs() > s.value_clip).sum())
            left["norm"] += int(norm > s.max_gradient_norm)
    return theta, left


def surrogates(theta, action, features, actions, weights):
    """Weighted sums, [2], of the log-probabilities of an episode's actions; weights are [n_steps, 2]."""
    n_steps, n_players = actions.shape
    logs = torch.log_softmax(inputs_of(features, action) @ theta[:-1].T, 1)
    chosen = logs[torch.arange(len(logs)), torch.tensor(actions.reshape(-1).astype(np.int64))]
    return chosen.reshape(n_steps, n_players).sum(1) @ torch.tensor(weights)
