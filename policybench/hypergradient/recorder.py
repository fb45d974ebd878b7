"""Watches a principal step of a compiled game and derives its payoff by the action."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from policybench.arrays import Array, Floats
from policybench.followers.adam import Adam
from policybench.followers.network import Policy
from policybench.followers.training import Followers, Play
from policybench.followers.trajectory import Trajectory
from policybench.hypergradient.heads import TrainingEpisode, learned_heads, score
from policybench.hypergradient.surrogate import Hypergradient, Score, surrogate_weights, through_learning
from policybench.streams import generator


class Recorder:
    """Plays in place of a ``Play`` and keeps what the last training episode was; what is played stays the same.

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
        action: Floats,
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
            action: [action_dim] the principal's.
            training_episodes: how many there will be.
        """
        self._followers, self._play, self._reward_slopes = followers, play, reward_slopes
        self._seed, self._step, self._last = seed, step, training_episodes - 1
        # As the followers see it: single precision.
        self._action = torch.tensor(np.asarray(action, dtype=np.float32).astype(np.float64), requires_grad=True)
        self._played = 0
        self._learned: torch.Tensor | None = None
        self._scores: list[Score] = []

    def __call__(
        self,
        policy: Policy,
        trajectory: Trajectory,
        game_stream: NDArray[np.uint64],
        action_stream: NDArray[np.uint64],
    ) -> None:
        """Play; after the last training episode, follow what is learned from it."""
        self._play(policy, trajectory, game_stream, action_stream)
        if self._played == self._last:
            self._learned = learned_heads(self._lesson(policy, trajectory), self._action)
        self._played += 1

    def validated(self, payoffs: Array) -> None:
        """Take note of the validation episode just played, in which each step paid so much, [n_steps]."""
        trajectory = self._followers.trajectory
        if self._learned is None:
            self._learned = torch.from_numpy(
                _plain(self._followers.policy.heads, self._followers.policy).astype(np.float64)
            )
        weights = surrogate_weights(payoffs, len(payoffs))
        self._scores.append(score(self._learned, self._action, trajectory.features, trajectory.actions, weights))

    def hypergradient(self) -> Hypergradient:
        """The derivatives; after at least one validation episode."""
        if self._learned is None:
            raise RuntimeError("no validation episode was noted")
        return through_learning(self._scores, self._learned, self._action)

    def _lesson(self, policy: Policy, trajectory: Trajectory) -> TrainingEpisode:
        settings, adam = self._followers.settings, self._followers.adam
        rng = generator(self._seed, self._step, "training minibatches", self._last)
        return TrainingEpisode(
            action=self._action.detach().numpy(),
            heads=_plain(policy.heads, policy),
            adam=Adam(_plain(adam.first, policy), _plain(adam.second, policy), adam.powers.copy()),
            features=trajectory.features,
            actions=trajectory.actions,
            rewards=trajectory.rewards,
            reward_slopes=self._reward_slopes(),
            orders=epoch_orders(rng, trajectory.actions.size, settings.epochs),
            settings=settings,
        )


def _plain(table: NDArray[np.float32], policy: Policy) -> NDArray[np.float32]:
    """A copy of heads, or of what Adam remembers of them, without the columns of zeros."""
    return table[:, : policy.n_inputs].copy()


def epoch_orders(rng: np.random.Generator, n_samples: int, epochs: int) -> NDArray[np.intp]:
    """In which order each epoch of ``policybench.followers.ppo.update`` visits the samples, [epochs, n_samples].

    Fisher and Yates' shuffle, an epoch's going on from the one before it, with the numbers that the kernel draws.
    """
    order = list(range(n_samples))
    orders = []
    ranges = np.arange(n_samples, 1, -1)
    for _ in range(epochs):
        others = (rng.random(max(n_samples - 1, 0)) * ranges).astype(np.intp).tolist()
        for last, other in zip(range(n_samples - 1, 0, -1), others, strict=True):
            order[last], order[other] = order[other], order[last]
        orders.append(list(order))
    return np.array(orders, dtype=np.intp).reshape(epochs, n_samples)
