"""Grid worlds as environments: followers that learn a compiled game under an action, one seed after another."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.actions import check_action, check_actions
from policybench.arrays import Array, Floats
from policybench.environment import Environment
from policybench.errors import InputError
from policybench.followers.training import Followers, Play, principal_step
from policybench.outcome import Outcome, Timesteps
from policybench.streams import kernel_stream

if TYPE_CHECKING:
    from policybench.hypergradient.recorder import Recorder


class Episode(NamedTuple):
    """What the principal may know of one validation episode.

    Attributes:
        payoff: of the episode.
        observation: entries of ``Outcome.observation``; they may be views of memory that is used again.
    """

    payoff: float
    observation: Mapping[str, Array]


class LearningEnvironment(Environment):
    """A principal step: followers restart, learn for some episodes, and play validation episodes.

    Payoff and observation are means over the validation episodes. The seeds take turns in one set of memory;
    nothing but the random streams, named by seed and step, differs between them.

    A subclass sets ``problem`` and says what an episode was (``_episode``) and how it looked (``_frames``); if its
    problem has a gradient, also what each step paid the principal and the followers (``_step_payoffs``,
    ``_reward_slopes``). The gradient goes through the update from the last training episode alone
    (``policybench.hypergradient``); payoffs and observations are the same with and without it.

    Attributes:
        action_name: what messages call an action.
    """

    action_name = "action"

    def __init__(
        self,
        seeds: Sequence[int],
        *,
        followers: Followers,
        play: Play,
        training_episodes: int,
        validation_episodes: int,
    ) -> None:
        """Keep what a principal step needs; ``play`` plays an episode of the game with the followers."""
        super().__init__(seeds)
        self._followers = followers
        self._play = play
        self._training_episodes = training_episodes
        self._validation_episodes = validation_episodes

    @abstractmethod
    def _episode(self) -> Episode:
        """The episode just played."""

    @abstractmethod
    def _frames(self, actions: NDArray[np.uint8], stream: NDArray[np.uint64]) -> Iterator[Array]:
        """Play an episode again and draw it.

        Args:
            actions: [n_steps, n_players] the followers'.
            stream: the game's luck.
        """

    def _step_payoffs(self) -> Array:
        """What each step of the episode just played paid the principal, [n_steps]; their sum is the payoff."""
        raise InputError(f"environment {type(self).__name__} has no gradient")

    def _reward_slopes(self) -> Array:
        """Derivatives of the followers' rewards in the episode just played, [n_steps, n_players, action_dim]."""
        raise InputError(f"environment {type(self).__name__} has no gradient")

    def prepare(self) -> None:
        """Compile: one training and one validation episode call every kernel."""
        for _ in self._principal_step(0, 0, np.zeros(self.problem.action_dim), 1):
            self._episode()

    def evaluate(self, step: int, actions: Floats, *, gradient: bool = False) -> list[Outcome]:
        """Outcomes of actions [n_seeds, action_dim]; raises ``InputError`` for one outside the action space."""
        checked = check_actions(actions, len(self.seeds), self.problem.action_space, self.action_name)
        evaluate = self._evaluate_with_gradient if gradient else self._evaluate
        return [evaluate(seed, step, action) for seed, action in zip(self.seeds, checked, strict=True)]

    def render(self, step: int, action: Floats) -> Iterator[Array]:
        """Frames, [height, width, 3], of the first seed's first validation episode, by making its moves again."""
        next(self._principal_step(self.seeds[0], step, self._check(action), self._training_episodes))
        luck = kernel_stream(self.seeds[0], step, "validation game", 0)
        return self._frames(self._followers.trajectory.actions, luck)

    def _check(self, action: Floats) -> Floats:
        return check_action(f"{self.action_name} {action}", action.tolist(), self.problem.action_space)

    def _principal_step(
        self, seed: int, step: int, action: Floats, training_episodes: int, play: Play | None = None
    ) -> Iterator[int]:
        return principal_step(
            self._followers,
            play or self._play,
            action,
            seed=seed,
            step=step,
            training_episodes=training_episodes,
            validation_episodes=self._validation_episodes,
        )

    def _evaluate_with_gradient(self, seed: int, step: int, action: Floats) -> Outcome:
        from policybench.hypergradient.recorder import Recorder

        recorder = Recorder(
            self._followers,
            self._play,
            self._reward_slopes,
            seed=seed,
            step=step,
            training_episodes=self._training_episodes,
        )
        outcome = self._evaluate(seed, step, action, recorder)
        return replace(outcome, **recorder.hypergradient()._asdict())

    def _evaluate(self, seed: int, step: int, action: Floats, recorder: Recorder | None = None) -> Outcome:
        n_training, n_validation = self._training_episodes, self._validation_episodes
        payoff = 0.0
        observation: dict[str, Array] = {}
        for number in self._principal_step(seed, step, action, n_training, recorder):
            episode = self._episode()
            if recorder:
                recorder.validated(self._step_payoffs())
            payoff += episode.payoff / n_validation
            for name, values in episode.observation.items():
                share = values / n_validation
                observation[name] = share if number == 0 else observation[name] + share
        n_steps = len(self._followers.trajectory.actions)
        return Outcome(
            payoff=payoff,
            timesteps=Timesteps(training=n_training * n_steps, validation=n_validation * n_steps),
            observation=observation,
        )
