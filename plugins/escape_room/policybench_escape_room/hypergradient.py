"""The payoff's derivative by the incentives, through the learning of independent followers; in torch.

``policybench.hypergradient`` says what is derived. Episodes are those that the compiled loop plays: they are
played again with the same random stream. What is learned from the last of them is a function of the incentives,
in double precision; what was learned before is a constant.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from policybench import Array
from policybench.hypergradient import (
    AdamState,
    Hypergradient,
    Score,
    adam_step,
    differentiate,
    surrogate_weights,
    through_learning,
)
from policybench_escape_room.adam import adam_step as compiled_adam_step
from policybench_escape_room.episode import make_episode, make_samples, play, sample_of
from policybench_escape_room.game import Rules, observation_size, observe
from policybench_escape_room.game import n_ones as count_ones
from policybench_escape_room.independent import Settings, policy_gradient
from policybench_escape_room.mlp import Floats32, Shape, backward, layers

ADAM_EPSILON = 1e-8


class Played(NamedTuple):
    """An episode as followers lived it.

    Attributes:
        inputs: [n_followers, n_steps, observation_size] float64, what they saw.
        actions: [n_followers, n_steps] int64.
        rewards: [n_followers, n_steps] float64, what the game paid, without incentives.
    """

    inputs: torch.Tensor
    actions: torch.Tensor
    rewards: torch.Tensor


class TrainingEpisode(NamedTuple):
    """What the last episodes taught, and what was known before them.

    Attributes:
        theta: [n_parameters] before.
        first: [n_parameters] Adam's mean of gradients.
        second: [n_parameters] of their squares.
        steps: updates before.
        baseline: [max_steps, n_followers] running means of rewards to go.
        updates: for each further update the episodes that it learns from.
        learned: [n_parameters] float32, afterwards, as the kernels computed it.
    """

    theta: Floats32
    first: Floats32
    second: Floats32
    steps: int
    baseline: NDArray[np.float64]
    updates: tuple[tuple[Played, ...], ...]
    learned: Floats32


def relive(
    rules: Rules,
    active: int,
    incentives: NDArray[np.float64],
    settings: Settings,
    shape: Shape,
    start: Floats32,
    n_episodes: int,
    remembered: int,
    stream: NDArray[np.uint64],
) -> TrainingEpisode:
    """Learn as ``independent.learn`` does, in the same bytes, and keep the last updates.

    Args:
        rules: of the game.
        active: the active lever.
        incentives: [n_places].
        settings: how followers learn.
        shape: of the networks.
        start: their parameters at first.
        n_episodes: to learn from.
        remembered: how many episodes, the last ones, are kept; rounded up to whole updates.
        stream: all randomness.
    """
    batch, episode = make_samples(rules, shape), make_episode(rules)
    theta = start.copy()
    gradient, m, v = np.zeros_like(theta), np.zeros_like(theta), np.zeros_like(theta)
    net, d_net = layers(shape, theta), layers(shape, gradient)
    baseline = np.zeros((rules.max_steps, rules.n_followers))
    each = settings.episodes_per_update
    n_updates = n_episodes // each
    first_kept = max(n_updates - -(-remembered // each), 0)
    kept, updates = (theta.copy(), m.copy(), v.copy(), 0, baseline.copy()), []
    for update in range(n_updates):
        if update == first_kept:
            kept = (theta.copy(), m.copy(), v.copy(), update, baseline.copy())
        gradient[:] = 0
        episodes = []
        for _ in range(each):
            steps = play(rules, active, shape, net, stream, batch, episode)
            if update >= first_kept:
                episodes.append(as_played(rules, active, episode.places[: steps + 1], episode.rewards[:steps]))
            policy_gradient(rules, incentives, settings, shape, episode, steps, baseline, batch)
            for follower in range(rules.n_followers):
                first = sample_of(rules, shape, 0, follower)
                backward(net, follower, batch, first, first + episode.views[steps - 1] + 1, d_net)
        compiled_adam_step(theta, gradient, m, v, update + 1, settings.learning_rate, ADAM_EPSILON)
        if episodes:
            updates.append(tuple(episodes))
    return TrainingEpisode(*kept, tuple(updates), theta)


def as_played(rules: Rules, active: int, places: NDArray[np.int64], rewards: NDArray[np.float64]) -> Played:
    """An episode in tensors, from the places, [n_steps + 1, n_followers], and what the game paid in each step."""
    n_steps = len(rewards)
    inputs = torch.zeros(rules.n_followers, n_steps, observation_size(rules), dtype=torch.float64)
    ones = np.zeros(count_ones(rules), dtype=np.int64)
    for step in range(n_steps):
        for follower in range(rules.n_followers):
            observe(rules, active, places[step], follower, ones)
            inputs[follower, step, torch.from_numpy(ones)] = 1
    return Played(inputs, torch.from_numpy(places[1:].T.copy()), torch.from_numpy(rewards.T.copy()))


def learned_parameters(
    lesson: TrainingEpisode, settings: Settings, shape: Shape, incentives: torch.Tensor
) -> torch.Tensor:
    """The parameters after the lesson, [n_parameters] float64, as a function of the incentives, [n_places]."""
    theta, first, second = (torch.from_numpy(part.astype(np.float64)) for part in lesson[:3])
    state = AdamState(theta, first, second, lesson.steps)
    baseline = torch.from_numpy(lesson.baseline.T.copy())
    for episodes in lesson.updates:
        gradient = torch.zeros_like(theta)
        for episode in episodes:
            # What an episode adds to the running means is part of what later ones are compared with.
            to_go = rewards_to_go(episode.rewards + incentives[episode.actions], settings.discount)
            n_steps = to_go.shape[1]
            advantages = to_go - baseline[:, :n_steps]
            baseline = torch.cat(
                [baseline[:, :n_steps] + settings.baseline_rate * advantages, baseline[:, n_steps:]], dim=1
            )
            gradient = gradient + loss_gradient(state.parameters, shape, episode, advantages)
        state = adam_step(state, gradient, settings.learning_rate, ADAM_EPSILON)
    return state.parameters


def rewards_to_go(rewards: torch.Tensor, discount: float) -> torch.Tensor:
    """Discounted sums of what is still to come, over the last axis."""
    steps = torch.arange(rewards.shape[-1], dtype=torch.float64)
    ahead = steps[:, None] - steps
    return rewards @ torch.where(ahead >= 0, discount ** ahead.clamp(min=0), 0.0)


def loss_gradient(theta: torch.Tensor, shape: Shape, episode: Played, advantages: torch.Tensor) -> torch.Tensor:
    """Derivative of - sum of advantages * log pi by the networks' parameters, [n_parameters], in closed form."""
    w1, b1, w2, b2, w3, b3 = split(shape, theta)
    x = episode.inputs
    h1 = torch.relu(torch.baddbmm(b1[:, None], x, w1))
    h2 = torch.relu(torch.baddbmm(b2[:, None], h1, w2))
    policy = torch.softmax(torch.baddbmm(b3[:, None], h2, w3.mT), dim=2)
    chosen = torch.nn.functional.one_hot(episode.actions, shape.outputs)
    d3 = advantages[..., None] * (policy - chosen)
    d2 = torch.where(h2 > 0, d3 @ w3, 0.0)
    d1 = torch.where(h1 > 0, d2 @ w2.mT, 0.0)
    parts = (x.mT @ d1, d1.sum(1), h1.mT @ d2, d2.sum(1), d3.mT @ h2, d3.sum(1))
    return torch.cat([part.reshape(-1) for part in parts])


def log_probabilities(theta: torch.Tensor, shape: Shape, episode: Played) -> torch.Tensor:
    """Of what followers did, [n_followers, n_steps]."""
    w1, b1, w2, b2, w3, b3 = split(shape, theta)
    h1 = torch.relu(torch.baddbmm(b1[:, None], episode.inputs, w1))
    h2 = torch.relu(torch.baddbmm(b2[:, None], h1, w2))
    logs = torch.log_softmax(torch.baddbmm(b3[:, None], h2, w3.mT), dim=2)
    return logs.gather(2, episode.actions[..., None])[..., 0]


def split(shape: Shape, theta: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """The tensors of ``mlp.Layers``, views of a flat vector."""
    count, n0, n1, n2, n3 = shape
    sizes = ((count, n0, n1), (count, n1), (count, n1, n2), (count, n2), (count, n3, n2), (count, n3))
    ends = np.cumsum([math.prod(size) for size in sizes]).tolist()
    return tuple(theta[end - math.prod(size) : end].reshape(size) for end, size in zip(ends, sizes, strict=True))


def surrogates(theta: torch.Tensor, shape: Shape, episode: Played, payoffs: Array, longest: int) -> torch.Tensor:
    """Surrogate and control variate of a validation episode, [2], in which each step paid so much, [n_steps]."""
    weights = torch.from_numpy(surrogate_weights(payoffs, longest))
    return log_probabilities(theta, shape, episode).sum(0) @ weights


def hypergradient(
    rules: Rules,
    active: int,
    incentives: NDArray[np.float64],
    settings: Settings,
    shape: Shape,
    lesson: TrainingEpisode,
    validation: Sequence[tuple[NDArray[np.int64], NDArray[np.float64]]],
) -> Hypergradient:
    """The derivatives.

    Args:
        rules: of the game.
        active: the active lever.
        incentives: [n_places].
        settings: how followers learn.
        shape: of their networks.
        lesson: what they learned.
        validation: for each validation episode the places, [n_steps + 1, n_followers], and what the game paid,
            [n_steps, n_followers].
    """
    action = torch.tensor(incentives, requires_grad=True)
    learned = learned_parameters(lesson, settings, shape, action)
    scores: list[Score] = []
    for places, rewards in validation:
        leaf = learned.detach().requires_grad_()
        sums = surrogates(
            leaf, shape, as_played(rules, active, places, rewards), rewards.sum(axis=1), rules.max_steps
        )
        # The networks do not see the action: only what they learned depends on it.
        unseen = torch.zeros_like(action, requires_grad=True)
        scores.append(differentiate(sums, leaf, unseen))
    return through_learning(scores, learned, action)
