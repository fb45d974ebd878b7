"""The compiled learning loop against torch and plain references."""

import numpy as np
import pytest

from policybench.followers.adam import LANES, apply_gradient, make_adam
from policybench.followers.core import Core
from policybench.followers.encoder import FEATURES, make_encoder
from policybench.followers.gae import estimate_advantages
from policybench.followers.minibatch import make_workspace
from policybench.followers.network import make_policy, set_offsets
from policybench.followers.ppo import compute_gradient, update, write_lessons
from policybench.followers.settings import PPOSettings
from policybench.followers.trajectory import make_trajectory
from policybench.streams import generator, kernel_stream

torch = pytest.importorskip("torch")
from unrolled_ppo import epoch_orders  # noqa: E402

from policybench.followers.pretraining import ppo_loss  # noqa: E402

N_STEPS, N_PLAYERS, N_ACTIONS, ACTION = 40, 3, 5, np.array([0.25, 0.75], dtype=np.float32)
N_INPUTS = FEATURES + N_PLAYERS + len(ACTION) + 1


def random_learner(settings, spread=1.0):
    """A policy and an episode in which old and new probabilities and values differ by up to ``spread``."""
    rng = np.random.default_rng(3)

    def normal(*shape):
        return rng.normal(0, 1, shape).astype(np.float32)

    core = Core(normal(4 * 3, FEATURES), normal(FEATURES), normal(FEATURES, FEATURES), normal(FEATURES))
    encoder = make_encoder(core, np.zeros((1, 4), dtype=np.uint8))
    policy = make_policy(encoder, 0.1 * normal(N_ACTIONS + 1, N_INPUTS), N_PLAYERS)
    policy.action[:] = ACTION
    set_offsets(policy.heads, policy.action, policy.offsets)
    trajectory = make_trajectory(N_STEPS, N_PLAYERS, (2, 2))
    trajectory.features[:] = np.maximum(normal(*trajectory.features.shape), 0)
    trajectory.actions[:] = rng.integers(N_ACTIONS, size=trajectory.actions.shape)
    probabilities, values = torch_outputs(policy, trajectory)
    chosen = np.take_along_axis(probabilities, trajectory.actions.reshape(-1, 1).astype(int), 1)
    trajectory.probabilities[:] = chosen.reshape(N_STEPS, -1) * np.exp(
        rng.uniform(-spread, spread, (N_STEPS, N_PLAYERS))
    )
    trajectory.values[:] = values.reshape(N_STEPS, -1) + spread * rng.normal(size=(N_STEPS, N_PLAYERS))
    trajectory.rewards[:] = normal(N_STEPS, N_PLAYERS)
    work = make_workspace(policy, N_STEPS, settings)
    write_lessons(policy, trajectory, settings._replace(discount=0.9, gae_lambda=0.8), work)
    return policy, trajectory, work


def plain(table):
    """Without the columns of zeros, which must be zeros."""
    assert not table[:, N_INPUTS:].any()
    return table[:, :N_INPUTS].copy()


def gradient_of(samples, policy, trajectory, settings, work):
    """Let the kernel compute the gradient over some samples, at another place than the first of its order."""
    work.order[5 : 5 + len(samples)] = samples
    compute_gradient(policy.heads, trajectory, 5, 5 + len(samples), settings, work)


def torch_inputs(trajectory):
    n = N_STEPS * N_PLAYERS
    index = torch.eye(N_PLAYERS).repeat(N_STEPS, 1)
    features = torch.from_numpy(trajectory.features.reshape(n, -1))
    return torch.cat([features, index, torch.from_numpy(ACTION).repeat(n, 1), torch.ones(n, 1)], 1).double()


def torch_outputs(policy, trajectory):
    outputs = torch_inputs(trajectory) @ torch.from_numpy(plain(policy.heads)).double().T
    return torch.softmax(outputs[:, :-1], 1).numpy(), outputs[:, -1].numpy()


def torch_loss(heads, trajectory, work, samples, settings):
    """The loss of pre-training, which autograd differentiates, for the samples of a minibatch."""

    class Batch:
        actions = torch.from_numpy(trajectory.actions.ravel()[samples].astype(np.int64))
        probabilities = torch.from_numpy(trajectory.probabilities.ravel()[samples]).double()
        values = torch.from_numpy(trajectory.values.ravel()[samples]).double()
        advantages = torch.from_numpy(work.advantages.ravel()[samples]).double()
        returns = torch.from_numpy(work.returns.ravel()[samples]).double()

    outputs = torch_inputs(trajectory)[samples] @ heads.T
    return ppo_loss(outputs[:, :-1], outputs[:, -1], Batch, settings)


@pytest.mark.parametrize(
    ("settings", "spread"),
    [
        (PPOSettings(), 1.0),  # many ratios and values beyond their clips
        (PPOSettings(), 0.05),  # none
        (PPOSettings(value_coefficient=0.0, entropy_coefficient=0.0), 1.0),
        (PPOSettings(clip=1e9, value_clip=1e9, entropy_coefficient=0.5), 1.0),
    ],
)
@pytest.mark.parametrize("size", [37, 64])
def test_gradient_equals_autograd(settings, spread, size):
    policy, trajectory, work = random_learner(settings, spread)
    samples = np.random.default_rng(0).permutation(N_STEPS * N_PLAYERS)[:size]
    ratios = torch_outputs(policy, trajectory)[0][samples, trajectory.actions.ravel()[samples]]
    beyond = np.abs(ratios / trajectory.probabilities.ravel()[samples] - 1) > settings.clip
    assert beyond.any() == (spread == 1.0 and settings.clip < 1)

    gradient_of(samples, policy, trajectory, settings, work)

    heads = torch.from_numpy(plain(policy.heads)).double().requires_grad_()
    torch_loss(heads, trajectory, work, samples, settings).backward()
    expected = heads.grad.numpy()
    assert np.abs(plain(work.gradient) - expected).max() < 2e-6 * max(1.0, np.abs(expected).max())


@pytest.mark.parametrize(("max_norm", "shortened"), [(0.05, True), (100.0, False)])
def test_adam_equals_torch(max_norm, shortened):
    settings = PPOSettings(max_gradient_norm=max_norm)
    policy, trajectory, work = random_learner(settings)
    adam = make_adam(policy.heads)
    heads = torch.from_numpy(plain(policy.heads)).double().requires_grad_()
    optimiser = torch.optim.Adam([heads], lr=settings.learning_rate, eps=settings.adam_epsilon)
    samples = np.arange(N_STEPS * N_PLAYERS)
    for minibatch in (samples[:64], samples[56:], samples[::2]):
        gradient_of(minibatch, policy, trajectory, settings, work)
        apply_gradient(policy.heads, adam, work.gradient, work.squares, settings)

        optimiser.zero_grad()
        torch_loss(heads, trajectory, work, minibatch, settings).backward()
        norm = torch.nn.utils.clip_grad_norm_([heads], settings.max_gradient_norm)
        assert (norm > max_norm) == shortened
        optimiser.step()
    assert np.abs(plain(policy.heads) - heads.detach().numpy()).max() < 2e-6


def numpy_norm(gradient):
    return np.sqrt((gradient.astype(np.float64) ** 2).sum())


@pytest.mark.parametrize("width", [3, 16, 37, 160])
def test_steps_of_any_width_equal_numpy(width):
    rng = np.random.default_rng(width)
    heads, gradient = rng.normal(size=(2, 5, width)).astype(np.float32)
    adam, expected = make_adam(heads), heads.astype(np.float64)
    settings = PPOSettings()
    apply_gradient(heads, adam, gradient, np.zeros(LANES, dtype=np.float32), settings)
    g = gradient * min(1.0, settings.max_gradient_norm / (numpy_norm(gradient) + 1e-6))
    expected -= settings.learning_rate * g / (np.abs(g) + settings.adam_epsilon)
    np.testing.assert_allclose(heads, expected, atol=1e-6)


def test_update_visits_every_sample_once_an_epoch():
    settings = PPOSettings(epochs=3, minibatch=50)
    policy, trajectory, work = random_learner(settings)
    adam = make_adam(policy.heads)
    update(policy, adam, trajectory, settings, work, kernel_stream(0, 0, "test"))
    minibatches = 3 * -(-N_STEPS * N_PLAYERS // 50)
    np.testing.assert_allclose(adam.powers, [0.9**minibatches, 0.999**minibatches])
    assert sorted(work.order) == list(range(N_STEPS * N_PLAYERS))
    assert list(work.order) != sorted(work.order)
    orders = epoch_orders(generator(0, 0, "test"), N_STEPS * N_PLAYERS, 3)
    np.testing.assert_array_equal(work.order, orders[-1])


def test_update_raises_probability_of_what_pays():
    settings = PPOSettings(learning_rate=0.01)
    policy, trajectory, work = random_learner(settings, spread=0.0)
    trajectory.rewards[:] = trajectory.actions == 2
    before = torch_outputs(policy, trajectory)[0][:, 2].mean()
    for round_ in range(3):
        probabilities, values = torch_outputs(policy, trajectory)
        trajectory.values[:] = values.reshape(N_STEPS, N_PLAYERS)
        chosen = np.take_along_axis(probabilities, trajectory.actions.reshape(-1, 1).astype(int), 1)
        trajectory.probabilities[:] = chosen.reshape(N_STEPS, N_PLAYERS)
        settings = settings._replace(discount=0.0)
        update(policy, make_adam(policy.heads), trajectory, settings, work, kernel_stream(0, round_, "test"))
    assert torch_outputs(policy, trajectory)[0][:, 2].mean() > before + 0.2


def test_advantages_are_sums_of_discounted_errors():
    rng = np.random.default_rng(0)
    rewards, values = rng.normal(size=(2, 30, 4)).astype(np.float32)
    advantages, returns = np.empty_like(rewards), np.empty_like(rewards)
    estimate_advantages(rewards, values, 0.95, 0.9, advantages, returns)

    following = np.vstack([values[1:], np.zeros((1, 4))])  # the end of an episode is worth 0
    errors = rewards + 0.95 * following - values
    expected = [
        sum((0.95 * 0.9) ** (later - t) * errors[later] for later in range(t, len(errors)))
        for t in range(len(errors))
    ]
    np.testing.assert_allclose(advantages, expected, atol=1e-5)
    np.testing.assert_allclose(returns, advantages + values, atol=1e-6)
