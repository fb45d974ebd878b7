"""Followers that share nothing: a network each, learning by plain policy gradient (REINFORCE with a baseline).

After each episode every follower descends along the gradient of

    - sum over steps t of (G_t - b_t) log pi(a_t | o_t),    G_t = r_t + discount G_{t+1}

where r is what the game pays plus the incentive of the follower's place, and b_t is a running mean of its own G_t
at that step (Williams 1992; Sutton and Barto 2018, section 13.4). So do the followers of the paper.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.streams import generator
from policybench_escape_room.adam import adam_step
from policybench_escape_room.episode import Episode, make_episode, make_samples, play, sample_of
from policybench_escape_room.game import Rules, n_places, observation_size
from policybench_escape_room.mlp import Batch, Floats32, Shape, backward, layers, n_parameters


class Settings(NamedTuple):
    """How followers learn.

    Attributes:
        episodes_per_update: after so many episodes the networks descend by one step along their summed gradients.
        learning_rate: of Adam.
        discount: of later rewards, by step.
        baseline_rate: how far the running means move towards each new value.
    """

    episodes_per_update: int = 1
    learning_rate: float = 1e-3
    discount: float = 0.99
    baseline_rate: float = 0.05


def make_shape(rules: Rules) -> Shape:
    """A network for each follower, with hidden layers of 64 and 32."""
    return Shape(rules.n_followers, observation_size(rules), 64, 32, n_places(rules))


def starting_parameters(shape: Shape, seed: int) -> Floats32:
    """Weights and biases, uniform up to 1 / sqrt(inputs of the layer) on either side of 0."""
    theta = generator(seed, 0, "starting parameters").uniform(-1, 1, n_parameters(shape)).astype(np.float32)
    net = layers(shape, theta)
    for parameters, fan_in in zip(net, np.repeat(shape[1:4], 2), strict=True):
        parameters /= np.sqrt(np.float32(fan_in))
    return theta


@compiled
def learn(
    rules: Rules,
    active: int,
    incentives: NDArray[np.float64],
    settings: Settings,
    shape: Shape,
    theta: Floats32,
    n_episodes: int,
    stream: NDArray[np.uint64],
) -> int:
    """Train the followers.

    Args:
        rules: of the game.
        active: the active lever.
        incentives: [n_places], what each step that ends at a place pays on top.
        settings: how they learn.
        shape: of the networks.
        theta: their parameters, changed.
        n_episodes: how many are played; what is left after the last full update is not.
        stream: all randomness.

    Returns:
        How many steps were played.
    """
    batch, episode = make_samples(rules, shape), make_episode(rules)
    gradient, m, v = np.zeros_like(theta), np.zeros_like(theta), np.zeros_like(theta)
    net, d_net = layers(shape, theta), layers(shape, gradient)
    baseline = np.zeros((rules.max_steps, rules.n_followers))
    timesteps = 0
    for update in range(n_episodes // settings.episodes_per_update):
        gradient[:] = 0
        for _ in range(settings.episodes_per_update):
            steps = play(rules, active, shape, net, stream, batch, episode)
            timesteps += steps
            policy_gradient(rules, incentives, settings, shape, episode, steps, baseline, batch)
            for follower in range(rules.n_followers):
                first = sample_of(rules, shape, 0, follower)
                backward(net, follower, batch, first, first + episode.views[steps - 1] + 1, d_net)
        adam_step(theta, gradient, m, v, update + 1, settings.learning_rate, 1e-8)
    return timesteps


@compiled
def policy_gradient(
    rules: Rules,
    incentives: NDArray[np.float64],
    settings: Settings,
    shape: Shape,
    episode: Episode,
    steps: int,
    baseline: NDArray[np.float64],
    batch: Batch,
) -> None:
    """Write the derivative of the loss by the networks' outputs to ``batch.d_outputs``, and move the baseline.

    Args:
        rules: of the game.
        incentives: [n_places].
        settings: discount and rate of the baseline.
        shape: of the networks.
        episode: what happened.
        steps: how many steps it had.
        baseline: [max_steps, n_followers], changed.
        batch: as ``play`` left it.
    """
    batch.d_outputs[:] = 0
    for follower in range(rules.n_followers):
        reward_to_go = 0.0
        for step in range(steps - 1, -1, -1):
            action = episode.places[step + 1, follower]
            reward = episode.rewards[step, follower] + incentives[action]
            reward_to_go = reward + settings.discount * reward_to_go
            advantage = reward_to_go - baseline[step, follower]
            baseline[step, follower] += settings.baseline_rate * advantage
            sample = sample_of(rules, shape, episode.views[step], follower)
            for place in range(episode.policy.shape[1]):
                chosen = 1.0 if place == action else 0.0
                batch.d_outputs[sample, place] += advantage * (episode.policy[sample, place] - chosen)
