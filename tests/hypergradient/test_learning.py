"""Tangents of PPO in compiled code: against the kernels, an unrolling by autograd, and finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from policybench.followers.adam import make_adam
from policybench.followers.core import Core
from policybench.followers.encoder import FEATURES, make_encoder
from policybench.followers.minibatch import make_workspace
from policybench.followers.network import make_policy, set_offsets
from policybench.followers.ppo import update, write_lessons
from policybench.followers.settings import PPOSettings
from policybench.followers.trajectory import make_trajectory
from policybench.hypergradient.learning import derive_logs, learn, sum_logs
from policybench.hypergradient.surrogate import surrogate_weights
from policybench.hypergradient.tangents import make_learner, make_tangents
from policybench.streams import generator, kernel_stream

torch = pytest.importorskip("torch")

from unrolled_ppo import Lesson, epoch_orders, learned_heads, surrogates  # noqa: E402

ACTION = np.array([0.3, 0.7], dtype=np.float32)
N_STEPS, N_PLAYERS, N_ACTIONS = 31, 3, 5
SHAPE = (N_STEPS, N_PLAYERS)


class Student:
    """Followers of random numbers; big enough heads and rewards that all clips are crossed."""

    def __init__(self, seed, *, steps_before=3, action=ACTION, **settings):
        self.rng, self.seed = np.random.default_rng(seed), seed
        self.settings = PPOSettings(**{"minibatch": 16, "learning_rate": 0.01, **settings})
        n_inputs = FEATURES + N_PLAYERS + len(action) + 1
        heads = self.rng.normal(0, 0.1, (N_ACTIONS + 1, n_inputs)).astype(np.float32)
        shapes = ((4, FEATURES), FEATURES, (FEATURES,) * 2, FEATURES)
        core = Core(*(np.zeros(shape, np.float32) for shape in shapes))
        self.policy = make_policy(make_encoder(core, np.zeros((1, 2), np.uint8)), heads, N_PLAYERS)
        self.policy.action[:] = action
        self.adam = make_adam(self.policy.heads)
        if steps_before:
            shape = (N_ACTIONS + 1, n_inputs)
            self.adam.first[:, :n_inputs] = self.rng.normal(0, 0.05, shape)
            self.adam.second[:, :n_inputs] = self.rng.uniform(1e-4, 1e-2, shape)
            self.adam.powers[:] = 0.9**steps_before, 0.999**steps_before
        # Features without any signal: their second moments stay 0.
        self.adam.first[:, :5] = self.adam.second[:, :5] = 0
        self.trajectory = make_trajectory(*SHAPE, (1, 2))
        self.slopes = self.rng.normal(size=(*SHAPE, len(action)))
        self.work = make_workspace(self.policy, N_STEPS, self.settings, tangents=len(action))
        self.play()

    def play(self):
        """Another episode, with probabilities and values as the heads have them."""
        policy, trajectory = self.policy, self.trajectory
        set_offsets(policy.heads, policy.action, policy.offsets)
        trajectory.features[:] = np.maximum(self.rng.normal(size=trajectory.features.shape), 0)
        trajectory.features[..., :5] = 0
        trajectory.actions[:] = self.rng.integers(0, N_ACTIONS, SHAPE)
        trajectory.rewards[:] = self.rng.normal(size=SHAPE)
        outputs = trajectory.features @ policy.heads[:, :FEATURES].T + policy.offsets
        logits = np.exp(outputs[..., :-1] - outputs[..., :-1].max(-1, keepdims=True))
        chosen = np.take_along_axis(logits, trajectory.actions[..., None].astype(int), 2)[..., 0]
        trajectory.probabilities[:] = chosen / logits.sum(-1)
        trajectory.values[:] = outputs[..., -1]

    def lesson(self):
        """What is to be learned, for the unrolling."""
        n, trajectory = self.policy.n_inputs, self.trajectory
        return Lesson(
            action=self.policy.action.astype(np.float64),
            heads=self.policy.heads[:, :n].copy(),
            first=self.adam.first[:, :n].copy(),
            second=self.adam.second[:, :n].copy(),
            powers=self.adam.powers.copy(),
            features=trajectory.features.copy(),
            actions=trajectory.actions.copy(),
            rewards=trajectory.rewards.copy(),
            reward_slopes=self.slopes,
            orders=epoch_orders(generator(self.seed, 1, "shuffle"), N_STEPS * N_PLAYERS, self.settings.epochs),
            settings=self.settings,
        )

    def learn(self):
        """Learn with tangents and without; the learner."""
        policy, trajectory, settings = self.policy, self.trajectory, self.settings
        learner = make_learner(policy, self.adam)
        stream = kernel_stream(self.seed, 1, "shuffle")
        learn(learner, policy, trajectory, make_tangents(self.slopes), settings, self.work, stream)
        work = make_workspace(policy, N_STEPS, settings)
        update(policy, self.adam, trajectory, settings, work, kernel_stream(self.seed, 1, "shuffle"))
        return learner

    def derive(self, learner, weights):
        """Tangents of weighted sums of the log-probabilities in the episode of now, [2, action_dim]."""
        write_lessons(self.policy, self.trajectory, self.settings, self.work)
        logs = np.zeros((len(self.policy.action), *SHAPE), dtype=np.float32)
        sums = np.zeros((2, len(self.policy.action)))
        derive_logs(learner, self.trajectory, self.work, logs)
        sum_logs(logs, weights, sums)
        return sums


@pytest.mark.parametrize(
    ("seed", "settings"),
    [
        (0, {}),
        (1, {"steps_before": 0}),
        (2, {"max_gradient_norm": 1e6}),
        (3, {"entropy_coefficient": 0.3, "value_coefficient": 2.0}),
        (4, {"action": np.array([0.4], dtype=np.float32), "minibatch": 64, "epochs": 9}),
    ],
)
def test_autograd_and_finite_differences_agree(seed, settings):
    student = Student(seed, **settings)
    lesson = student.lesson()
    learner = student.learn()
    student.play()
    weights = surrogate_weights(student.rng.normal(size=N_STEPS), N_STEPS)
    ours = student.derive(learner, weights)

    action = torch.tensor(lesson.action, requires_grad=True)
    theta, left = learned_heads(lesson, action)
    assert left["ratio"] > 0
    assert left["value"] > 0
    assert (left["norm"] > 0) == (student.settings.max_gradient_norm < 1)
    np.testing.assert_allclose(learner.heads[:, : student.policy.n_inputs], theta.detach(), atol=5e-6)

    def sums(action):
        theta, _ = learned_heads(lesson, action)
        return surrogates(theta, action, student.trajectory.features, student.trajectory.actions, weights)

    for kind, total in enumerate(sums(action)):
        (expected,) = torch.autograd.grad(total, action, retain_graph=True)
        assert expected.abs().min() > 1e-2
        np.testing.assert_allclose(ours[kind], expected, rtol=1e-3)
    for k in range(len(action)):
        step = torch.tensor(1e-6 * np.eye(len(action))[k])
        slope = (sums(action + step) - sums(action - step)).detach().numpy() / 2e-6
        np.testing.assert_allclose(ours[:, k], slope, rtol=1e-3)


@pytest.mark.parametrize("settings", [{}, {"minibatch": 37}, {"steps_before": 0}])
def test_what_is_learned_has_the_bytes_of_learning_without_tangents(settings):
    student = Student(7, **settings)
    before = student.policy.heads.copy()
    learner = student.learn()
    assert np.abs(student.policy.heads - before).max() > 1e-2
    for ours, theirs in zip((learner.heads, *learner.adam), (student.policy.heads, *student.adam), strict=True):
        assert ours.tobytes() == theirs.tobytes()
    # Columns that only fill up the last vector, and features without a signal, have no tangents.
    n_inputs, n_outputs = student.policy.n_inputs, len(student.policy.heads)
    assert not learner.table[n_outputs:, n_inputs:].any()
    assert not learner.table[n_outputs:, :5].any()
    assert np.isfinite(learner.table).all()
    assert np.abs(learner.table[n_outputs:, 5:n_inputs]).min() > 0


def test_without_learning_the_policy_still_depends_on_the_action():
    student = Student(5)
    weights = surrogate_weights(student.rng.normal(size=N_STEPS), N_STEPS)
    ours = student.derive(make_learner(student.policy, student.adam), weights)
    action = torch.tensor(student.policy.action.astype(np.float64), requires_grad=True)
    theta = torch.tensor(student.policy.heads[:, : student.policy.n_inputs], dtype=torch.float64)
    totals = surrogates(theta, action, student.trajectory.features, student.trajectory.actions, weights)
    for kind, total in enumerate(totals):
        (expected,) = torch.autograd.grad(total, action, retain_graph=True)
        np.testing.assert_allclose(ours[kind], expected, rtol=1e-4)
