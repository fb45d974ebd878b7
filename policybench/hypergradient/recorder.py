"""Watches a principal step of a compiled game and derives its payoff by the action."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from policybench.arrays import Array
from policybench.followers.minibatch import make_workspace
from policybench.followers.network import Policy
from policybench.followers.ppo import write_lessons
from policybench.followers.training import Followers, Play
from policybench.followers.trajectory import Trajectory
from policybench.hypergradient.learning import derive_logs, learn, sum_logs
from policybench.hypergradient.surrogate import Hypergradient, surrogate_weights
from policybench.hypergradient.tangents import Learner, make_learner, make_tangents
from policybench.streams import kernel_stream


class Recorder:
    """Plays in place of a ``Play`` and learns beside the followers, with derivatives; they play as without it.

    The derivative goes through the update from the last training episode. What followers learned from earlier
    ones counts as a constant: with one training episode nothing is left out.
    """

    def __init__(
        self,
        followers: Followers,
        play: Play,
        reward_slopes: Callable[[], Array],
        *,
        seed: int,
        step: int,
        training_episodes: int,
    ) -> None:
        """Begin a principal step.

        Args:
            followers: who learn.
            play: plays an episode.
            reward_slopes: derivatives of the rewards of the episode just played by the action, [n_steps,
                n_players, action_dim].
            seed: of the step's random streams.
            step: of the same.
            training_episodes: how many there will be.
        """
        self._followers, self._play, self._reward_slopes = followers, play, reward_slopes
        self._seed, self._step, self._last = seed, step, training_episodes - 1
        policy, trajectory = followers.policy, followers.trajectory
        n_steps, n_players = trajectory.actions.shape
        n_dimensions = len(policy.action)
        self._work = make_workspace(policy, n_steps, followers.settings, tangents=n_dimensions)
        self._logs = np.zeros((n_dimensions, n_steps, n_players), dtype=np.float32)
        self._sums = np.zeros((2, n_dimensions))
        self._played = self._validated = 0
        self._learner: Learner | None = None

    def __call__(
        self,
        policy: Policy,
        trajectory: Trajectory,
        game_stream: NDArray[np.uint64],
        action_stream: NDArray[np.uint64],
    ) -> None:
        """Play; after the last training episode, learn from it with derivatives."""
        self._play(policy, trajectory, game_stream, action_stream)
        if self._played == self._last:
            self._learner = make_learner(policy, self._followers.adam)
            learn(
                self._learner,
                policy,
                trajectory,
                make_tangents(self._reward_slopes()),
                self._followers.settings,
                self._work,
                kernel_stream(self._seed, self._step, "training minibatches", self._last),
            )
        self._played += 1

    def validated(self, payoffs: Array) -> None:
        """Take note of the validation episode just played, in which each step paid so much, [n_steps]."""
        policy, trajectory = self._followers.policy, self._followers.trajectory
        learner = self._learner or make_learner(policy, self._followers.adam)
        write_lessons(policy, trajectory, self._followers.settings, self._work)
        derive_logs(learner, trajectory, self._work, self._logs)
        sum_logs(self._logs, surrogate_weights(payoffs, len(payoffs)), self._sums)
        self._validated += 1

    def hypergradient(self) -> Hypergradient:
        """The derivatives; after at least one validation episode."""
        if not self._validated:
            raise RuntimeError("no validation episode was noted")
        return Hypergradient(*(self._sums / self._validated))
