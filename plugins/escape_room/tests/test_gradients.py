"""Networks, gradients in closed form and the optimiser against torch."""

from __future__ import annotations

import numpy as np
import pytest

from policybench.followers.settings import PPOSettings
from policybench.streams import kernel_stream
from policybench_escape_room import independent, shared
from policybench_escape_room.adam import adam_step
from policybench_escape_room.episode import make_episode, make_samples, play, sample_of
from policybench_escape_room.game import cer_rules, escape_room_rules
from policybench_escape_room.mlp import Shape, backward, forward, layers, make_batch, n_parameters

torch = pytest.importorskip("torch")

INCENTIVES = {"cer": np.array([3.0, 0.5, 0.0, 1.0, 0.2]), "escape-room": np.array([1.5, 0.1, 0.4])}


def as_tensors(shape, theta):
    """The parameters in double precision, as leaves of a graph."""
    return [torch.tensor(part, dtype=torch.float64, requires_grad=True) for part in layers(shape, theta)]


def outputs_of(parameters, index, ones, n_inputs):
    w1, b1, w2, b2, w3, b3 = (part[index] for part in parameters)
    inputs = torch.zeros(len(ones), n_inputs, dtype=torch.float64)
    inputs[torch.arange(len(ones))[:, None], torch.as_tensor(ones)] = 1
    h1 = torch.relu(inputs @ w1 + b1)
    h2 = torch.relu(h1 @ w2 + b2)
    return h2 @ w3.T + b3


def gradient_of(parameters):
    return np.concatenate([part.grad.numpy().ravel() for part in parameters])


def assert_close(ours, theirs):
    assert np.abs(theirs).max() > 1e-4
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=2e-6 * np.abs(theirs).max())


@pytest.mark.parametrize("n", [1, 4, 5, 13])
def test_network_forward_and_backward(n):
    shape = Shape(3, 20, 64, 32, 5)
    rng = np.random.default_rng(n)
    theta = rng.normal(0, 0.3, n_parameters(shape)).astype(np.float32)
    gradient = np.zeros_like(theta)
    batch = make_batch(shape, n + 2, 4)
    batch.ones[:] = [rng.choice(20, 4, replace=False) for _ in range(n + 2)]
    wanted = rng.normal(size=(n, 5))

    forward(layers(shape, theta), 1, batch, 2, n + 2)
    batch.d_outputs[2:] = wanted
    backward(layers(shape, theta), 1, batch, 2, n + 2, layers(shape, gradient))

    parameters = as_tensors(shape, theta)
    outputs = outputs_of(parameters, 1, batch.ones[2:], 20)
    (outputs * torch.tensor(wanted)).sum().backward()
    np.testing.assert_allclose(batch.outputs[2:], outputs.detach().numpy(), rtol=1e-4, atol=1e-5)
    assert_close(gradient, gradient_of(parameters))


def played(rules, shape, theta, seed):
    """An episode, and what the networks computed in it."""
    batch, episode = make_samples(rules, shape), make_episode(rules)
    steps = play(rules, 0, shape, layers(shape, theta), kernel_stream(seed, 0, "test"), batch, episode)
    return batch, episode, steps


@pytest.mark.parametrize("name", ["cer", "escape-room"])
def test_policy_gradient_of_independent_followers(name):
    rules = cer_rules() if name == "cer" else escape_room_rules()
    shape = independent.make_shape(rules)
    incentives, settings = INCENTIVES[name], independent.Settings(discount=0.9, baseline_rate=0.25)
    lengths = set()
    for seed in range(6):
        theta = independent.starting_parameters(shape, seed)
        batch, episode, steps = played(rules, shape, theta, seed)
        lengths.add(steps)
        baseline = np.random.default_rng(seed).normal(size=(5, 5))
        after, gradient = baseline.copy(), np.zeros_like(theta)
        independent.policy_gradient(rules, incentives, settings, shape, episode, steps, after, batch)
        for follower in range(5):
            first, views = sample_of(rules, shape, 0, follower), episode.views[steps - 1] + 1
            backward(layers(shape, theta), follower, batch, first, first + views, layers(shape, gradient))

        parameters, loss = as_tensors(shape, theta), 0.0
        for follower in range(5):
            actions = episode.places[1 : steps + 1, follower]
            rewards = episode.rewards[:steps, follower] + incentives[actions]
            returns = [sum(0.9 ** (k - t) * rewards[k] for k in range(t, steps)) for t in range(steps)]
            np.testing.assert_allclose(
                after[:steps, follower], 0.75 * baseline[:steps, follower] + 0.25 * np.array(returns)
            )
            for t in range(steps):
                sample = sample_of(rules, shape, episode.views[t], follower)
                outputs = outputs_of(parameters, follower, batch.ones[[sample]], shape.inputs)
                log_probability = torch.log_softmax(outputs[0], 0)[actions[t]]
                loss = loss - (returns[t] - baseline[t, follower]) * log_probability
        loss.backward()
        assert_close(gradient, gradient_of(parameters))
        np.testing.assert_array_equal(after[steps:], baseline[steps:])
    assert name == "cer" or len(lengths) > 1


def ppo_loss(settings, parameters, shape, rollout, steps, ones):
    """The loss in the words of the paper's settings, by torch."""

    def flat(part, kind=torch.float64):
        return torch.tensor(part[:steps].ravel(), dtype=kind)

    outputs = outputs_of(parameters, 0, ones[rollout.samples[:steps].ravel()], shape.inputs)
    log_policy, values = torch.log_softmax(outputs[:, :-1], 1), outputs[:, -1]
    actions, old = flat(rollout.actions, torch.int64), flat(rollout.values)
    chosen = log_policy.gather(1, actions[:, None])[:, 0]
    ratio, advantages, returns = (
        chosen.exp() / flat(rollout.probabilities),
        flat(rollout.advantages),
        flat(rollout.returns),
    )
    clipped = ratio.clamp(1 - settings.clip, 1 + settings.clip)
    policy_loss = torch.maximum(-advantages * ratio, -advantages * clipped).mean()
    entropy = -(log_policy.exp() * log_policy).sum(1).mean()
    near = old + (values - old).clamp(-settings.value_clip, settings.value_clip)
    value_loss = 0.5 * torch.maximum((values - returns) ** 2, (near - returns) ** 2).mean()
    loss = policy_loss - settings.entropy_coefficient * entropy + settings.value_coefficient * value_loss
    return loss, ratio.detach().numpy(), (values - old).detach().numpy()


def test_ppo_gradient_of_shared_followers():
    rules, settings = cer_rules(), PPOSettings()
    shape = shared.make_shape(rules)
    left_the_clip = left_the_value_clip = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        theta = shared.starting_parameters(shape, seed) + rng.normal(0, 0.05, n_parameters(shape)).astype(
            np.float32
        )
        batch, episode, steps = played(rules, shape, theta, seed)
        rollout = shared.make_rollout(rules)
        shared.fill_rollout(rules, INCENTIVES["cer"], settings, shape, batch, episode, steps, rollout)
        theta += rng.normal(0, 0.08, theta.size).astype(np.float32)
        n_samples = (episode.views[steps - 1] + 1) * 5
        net, gradient = layers(shape, theta), np.zeros_like(theta)
        forward(net, 0, batch, 0, n_samples)
        shared.softmax_rows(batch.outputs[:n_samples, :-1], episode.policy[:n_samples])
        shared.ppo_gradient(settings, rollout, steps, batch, episode.policy)
        backward(net, 0, batch, 0, n_samples, layers(shape, gradient))

        parameters = as_tensors(shape, theta)
        loss, ratio, moved = ppo_loss(settings, parameters, shape, rollout, steps, batch.ones)
        loss.backward()
        assert_close(gradient, gradient_of(parameters))
        left_the_clip += (np.abs(ratio - 1) > settings.clip).sum()
        left_the_value_clip += (np.abs(moved) > settings.value_clip).sum()
    assert left_the_clip > 5
    assert left_the_value_clip > 5


def test_rollout_of_shared_followers():
    rules, settings = cer_rules(), PPOSettings()
    shape = shared.make_shape(rules)
    theta = shared.starting_parameters(shape, 0)
    batch, episode, steps = played(rules, shape, theta, 0)
    rollout = shared.make_rollout(rules)
    shared.fill_rollout(rules, INCENTIVES["cer"], settings, shape, batch, episode, steps, rollout)

    actions = episode.places[1:]
    rewards = episode.rewards + INCENTIVES["cer"][actions]
    expected = np.zeros((5, 5))
    following = np.zeros(5)
    for t in range(4, -1, -1):
        after = rollout.values[t + 1] if t < 4 else 0
        following = rewards[t] + 0.998 * after - rollout.values[t] + 0.998 * 0.98 * following
        expected[t] = following
    np.testing.assert_allclose(rollout.returns, expected + rollout.values, rtol=1e-5)
    normal = (expected - expected.mean()) / expected.std(ddof=1)
    np.testing.assert_allclose(rollout.advantages, normal, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(rollout.actions, actions)


def test_adam():
    rng = np.random.default_rng(0)
    theta = rng.normal(size=50).astype(np.float32)
    parameter = torch.tensor(theta.copy(), requires_grad=True)
    optimiser = torch.optim.Adam([parameter], lr=1e-2, eps=1e-5)
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for t in range(1, 40):
        gradient = rng.normal(0, 10.0 ** rng.integers(-4, 2, 50)).astype(np.float32) * (rng.random(50) < 0.7)
        adam_step(theta, gradient, m, v, t, 1e-2, 1e-5)
        parameter.grad = torch.tensor(gradient)
        optimiser.step()
    np.testing.assert_allclose(theta, parameter.detach().numpy(), rtol=1e-4, atol=1e-6)


def test_long_gradients_are_shortened_and_short_ones_are_not():
    for length in (0.3, 7.0):
        gradient = np.random.default_rng(0).normal(size=100).astype(np.float32)
        gradient *= np.float32(length / np.linalg.norm(gradient))
        parameter = torch.zeros(100, requires_grad=True)
        parameter.grad = torch.tensor(gradient.copy())
        torch.nn.utils.clip_grad_norm_([parameter], 0.5)
        shared.clip_norm(gradient, 0.5)
        np.testing.assert_allclose(gradient, parameter.grad.numpy(), rtol=1e-5)
