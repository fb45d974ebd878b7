"""One principal step of one seed's followers: restart, learn for some episodes, play for validation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from policybench.arrays import Floats
from policybench.followers.adam import make_adam, reset_adam
from policybench.followers.encoder import make_encoder
from policybench.followers.minibatch import make_workspace
from policybench.followers.network import Policy, make_policy, set_offsets
from policybench.followers.ppo import update
from policybench.followers.settings import PPOSettings
from policybench.followers.trajectory import Trajectory, make_trajectory
from policybench.followers.weights import Weights
from policybench.streams import kernel_stream


class Play(Protocol):
    """Plays one episode; an environment's compiled function with everything of its own bound to it."""

    def __call__(
        self,
        policy: Policy,
        trajectory: Trajectory,
        game_stream: NDArray[np.uint64],
        action_stream: NDArray[np.uint64],
    ) -> None:
        """Play as the policy says and write the episode to the trajectory."""


class Followers:
    """The followers of one game, who share their weights, and the memory that they learn in."""

    def __init__(
        self,
        weights: Weights,
        *,
        n_steps: int,
        n_players: int,
        view: tuple[int, int],
        ground: NDArray[np.uint8],
        settings: PPOSettings | None = None,
    ) -> None:
        """Make followers for episodes of some length.

        Args:
            weights: of the core, and of the heads at first.
            n_steps: game steps an episode.
            n_players: followers.
            view: height and width of a view.
            ground: [n_poses, n_cells], what views show of the bare ground (``encoder.Encoder``).
            settings: of PPO.
        """
        self.settings = settings or PPOSettings()
        self.policy = make_policy(make_encoder(weights.core, ground), weights.heads, n_players)
        self.trajectory = make_trajectory(n_steps, n_players, view)
        self._initial_heads = weights.heads
        self.adam = make_adam(self.policy.heads)
        self._workspace = make_workspace(self.policy, n_steps, self.settings)

    def restart(self, action: Floats) -> None:
        """Forget all learning and take note of the principal's action, [action_dim]."""
        self.policy.heads[:, : self.policy.n_inputs] = self._initial_heads
        self.policy.action[:] = action
        set_offsets(self.policy.heads, self.policy.action, self.policy.offsets)
        reset_adam(self.adam)

    def learn(self, stream: NDArray[np.uint64]) -> None:
        """Update the heads by PPO on the trajectory; the stream, [4], shuffles its samples."""
        update(self.policy, self.adam, self.trajectory, self.settings, self._workspace, stream)


def principal_step(
    followers: Followers,
    play: Play,
    action: Floats,
    *,
    seed: int,
    step: int,
    training_episodes: int,
    validation_episodes: int,
) -> Iterator[int]:
    """Let followers respond to an action: the paper's inner loop.

    Yields the number of each validation episode, 0 first, just after it was played.
    """
    followers.restart(action)
    for episode in range(training_episodes):
        _play(followers, play, seed, step, "training", episode)
        followers.learn(kernel_stream(seed, step, "training minibatches", episode))
    for episode in range(validation_episodes):
        _play(followers, play, seed, step, "validation", episode)
        yield episode


def _play(followers: Followers, play: Play, seed: int, step: int, phase: str, episode: int) -> None:
    play(
        followers.policy,
        followers.trajectory,
        kernel_stream(seed, step, f"{phase} game", episode),
        kernel_stream(seed, step, f"{phase} actions", episode),
    )
