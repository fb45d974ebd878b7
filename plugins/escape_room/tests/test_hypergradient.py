"""The payoff's derivative by the incentives: against the kernels, a naive unrolling, and finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from policybench.streams import kernel_stream
from policybench_escape_room import independent
from policybench_escape_room.followers import Followers
from policybench_escape_room.game import cer_rules, escape_room_rules
from policybench_escape_room.mlp import layers

torch = pytest.importorskip("torch")

from policybench_escape_room import hypergradient as h  # noqa: E402

# No incentive makes a reward exactly 0: there Adam's step jumps.
CASES = {
    "cer": (cer_rules(), np.array([3.03, 0.51, 0.07, 1.13, 0.22])),
    "escape-room": (escape_room_rules(), np.array([1.21, 0.34, 0.53])),
}
SETTINGS = [independent.Settings(1, 1e-2), independent.Settings(3, 1e-2, discount=0.9, baseline_rate=0.3)]


def lived(name, settings, *, episodes=9, remembered=6, seed=0):
    rules, incentives = CASES[name]
    followers = Followers(rules, "independent", seed, settings)
    followers.learn(0, incentives, episodes, kernel_stream(seed, 3, "training"))
    record = followers.play(0, kernel_stream(seed, 3, "validation"))
    lesson = h.relive(
        rules,
        0,
        incentives,
        settings,
        followers._shape,
        followers._start,
        episodes,
        remembered,
        kernel_stream(seed, 3, "training"),
    )
    return rules, incentives, followers, record, lesson


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("name", CASES)
def test_relived_learning_is_that_of_the_kernel(name, settings):
    _, incentives, followers, _, lesson = lived(name, settings)
    np.testing.assert_array_equal(lesson.learned, followers._theta)
    assert len(lesson.updates) * settings.episodes_per_update == 6
    again = h.learned_parameters(lesson, settings, followers._shape, torch.from_numpy(incentives))
    moved = np.abs(lesson.learned - lesson.theta).max()
    assert moved > 0.01
    np.testing.assert_allclose(again, lesson.learned, atol=2e-4 * moved)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("name", CASES)
def test_finite_differences_agree(name, settings):
    rules, incentives, followers, record, lesson = lived(name, settings)
    shape, paid = followers._shape, record.rewards.sum(axis=1)
    ours = h.hypergradient(rules, 0, incentives, settings, shape, lesson, [(record.places, record.rewards)])
    episode = h.as_played(rules, 0, record.places, record.rewards)

    def sums(values):
        with torch.no_grad():
            theta = h.learned_parameters(lesson, settings, shape, torch.from_numpy(values))
            return h.surrogates(theta, shape, episode, paid, rules.max_steps).numpy()

    for k in range(len(incentives)):
        step = 1e-6 * np.eye(len(incentives))[k]
        slope = (sums(incentives + step) - sums(incentives - step)) / 2e-6
        np.testing.assert_allclose([part[k] for part in ours], slope, rtol=1e-4, atol=1e-6)
    assert np.abs(ours.gradient).max() > 1e-2


def naive_surrogate(rules, settings, shape, lesson, record, action):
    """The definition, one follower and one step at a time, with every gradient by autograd."""
    flat = torch.tensor(lesson.theta, dtype=torch.float64, requires_grad=True)
    m, v = (torch.tensor(part, dtype=torch.float64) for part in (lesson.first, lesson.second))
    baseline = [[torch.tensor(x) for x in row] for row in lesson.baseline]

    def log_policy(flat, follower, seen):
        parts = []
        begin = 0
        for part in layers(shape, np.zeros(len(flat), np.float32)):
            parts.append(flat[begin : begin + part.size].reshape(part.shape)[follower])
            begin += part.size
        w1, b1, w2, b2, w3, b3 = parts
        return torch.log_softmax(w3 @ torch.relu(w2.T @ torch.relu(w1.T @ seen + b1) + b2) + b3, 0)

    for number, episodes in enumerate(lesson.updates):
        loss = 0.0
        for episode in episodes:
            n_steps = episode.actions.shape[1]
            for follower in range(rules.n_followers):
                to_go = 0.0
                for t in reversed(range(n_steps)):
                    chosen = int(episode.actions[follower, t])
                    to_go = episode.rewards[follower, t] + action[chosen] + settings.discount * to_go
                    advantage = to_go - baseline[t][follower]
                    baseline[t][follower] = baseline[t][follower] + settings.baseline_rate * advantage
                    loss = loss - advantage * log_policy(flat, follower, episode.inputs[follower, t])[chosen]
        (g,) = torch.autograd.grad(loss, flat, create_graph=True)
        n = lesson.steps + number + 1
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        used = v > 0
        move = m[used] / (1 - 0.9**n) / ((v[used] / (1 - 0.999**n)).sqrt() + 1e-8)
        flat = flat - settings.learning_rate * torch.zeros_like(flat).index_put((used,), move)
    episode = h.as_played(rules, 0, record.places, record.rewards)
    paid = record.rewards.sum(axis=1)
    total = 0.0
    for t in range(record.steps):
        for follower in range(rules.n_followers):
            log = log_policy(flat, follower, episode.inputs[follower, t])[int(episode.actions[follower, t])]
            total = total + paid[t:].sum() * log
    return total


@pytest.mark.parametrize(("name", "settings"), list(zip(CASES, SETTINGS, strict=True)))
def test_a_naive_unrolling_has_the_same_derivative(name, settings):
    rules, incentives, followers, record, lesson = lived(name, settings, episodes=6, remembered=3)
    shape = followers._shape
    ours = h.hypergradient(rules, 0, incentives, settings, shape, lesson, [(record.places, record.rewards)])
    action = torch.tensor(incentives, requires_grad=True)
    total = naive_surrogate(rules, settings, shape, lesson, record, action)
    (expected,) = torch.autograd.grad(total, action)
    np.testing.assert_allclose(ours.gradient, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_outcomes_are_the_same_with_and_without_gradient(create, name):
    options = {"training_episodes": 12, "validation_episodes": 2, "gradient_episodes": 12, "learning_rate": 0.01}
    environment = create(name, [0, 1, 2], **options)
    assert environment.problem.has_gradient
    actions = np.tile(CASES[name][1], (3, 1))
    plain, derived = environment.evaluate(5, actions), environment.evaluate(5, actions, gradient=True)
    alone = create(name, [1], **options).evaluate(5, actions[:1], gradient=True)[0]
    for without, with_one in zip(plain, derived, strict=True):
        assert without.gradient is None
        assert without.baseline_gradient is None
        assert without.payoff == with_one.payoff
        assert without.timesteps == with_one.timesteps
        np.testing.assert_equal(dict(with_one.observation), dict(without.observation))
        assert np.isfinite(with_one.gradient).all()
    assert alone.gradient.tobytes() == derived[1].gradient.tobytes()
    assert alone.baseline_gradient.tobytes() == derived[1].baseline_gradient.tobytes()


def test_followers_that_share_a_network_have_no_gradient(create):
    assert not create("cer", [0], followers="shared").problem.has_gradient


def test_without_training_nothing_depends_on_the_incentives(create):
    environment = create("escape-room", [0], training_episodes=0)
    (outcome,) = environment.evaluate(0, np.array([[1.0, 0.5, 0.2]]), gradient=True)
    np.testing.assert_array_equal(outcome.gradient, np.zeros(3))


def test_the_learning_rate_is_that_of_the_followers(create):
    action = np.array([[2.0, 0.0, 0.0]] * 8)

    def payoff(**options):
        environment = create("escape-room", range(8), training_episodes=100, **options)
        return np.mean([outcome.payoff for step in range(3) for outcome in environment.evaluate(step, action)])

    assert payoff() == payoff(learning_rate=1e-3)
    assert payoff(learning_rate=1e-2) > payoff() + 8
