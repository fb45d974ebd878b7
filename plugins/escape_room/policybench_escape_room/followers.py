"""The followers of one game: they start anew, learn under an action, and play."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench import InputError
from policybench.followers import PPOSettings
from policybench_escape_room import independent, shared
from policybench_escape_room.episode import make_episode, make_samples, play
from policybench_escape_room.game import Rules
from policybench_escape_room.mlp import Floats32, Shape, layers

if TYPE_CHECKING:
    from policybench.hypergradient import Hypergradient


class Kind(NamedTuple):
    """A way to learn.

    Attributes:
        make_shape: of the networks, for rules.
        starting_parameters: of networks of a shape, for a seed.
        settings: the default ones.
        learn: the compiled loop over training episodes (``independent.learn`` says what it takes).
    """

    make_shape: Callable[[Rules], Shape]
    starting_parameters: Callable[[Shape, int], Floats32]
    settings: independent.Settings | PPOSettings
    learn: Callable[..., int]


KINDS = {
    "independent": Kind(
        independent.make_shape, independent.starting_parameters, independent.Settings(), independent.learn
    ),
    "shared": Kind(shared.make_shape, shared.starting_parameters, PPOSettings(), shared.learn),
}


@dataclass(frozen=True)
class Record:
    """An episode that was played.

    Attributes:
        places: [steps + 1, n_followers] where everybody was, from the start on.
        rewards: [steps, n_followers] what the game paid, without incentives.
        door_open: [steps] whether the door was open.
    """

    places: NDArray[np.int64]
    rewards: NDArray[np.float64]
    door_open: NDArray[np.bool_]

    @property
    def steps(self) -> int:
        """How many steps were played."""
        return len(self.door_open)


class Followers:
    """The followers of one seed."""

    def __init__(
        self, rules: Rules, kind: str, seed: int, settings: Any = None, learning_rate: float | None = None
    ) -> None:
        """Draw the starting parameters; ``settings`` replaces the kind's, ``learning_rate`` the one in them."""
        self._rules, self._kind = rules, KINDS[kind]
        self._settings = self._kind.settings if settings is None else settings
        if learning_rate is not None:
            self._settings = self._settings._replace(learning_rate=learning_rate)
        self._shape = self._kind.make_shape(rules)
        self._start = self._kind.starting_parameters(self._shape, seed)
        self._theta = self._start.copy()

    def learn(
        self, active: int, incentives: NDArray[np.float64], episodes: int, stream: NDArray[np.uint64]
    ) -> int:
        """Go back to the starting parameters and learn; returns how many steps were played.

        Args:
            active: the active lever.
            incentives: [n_places] what each step that ends at a place pays on top.
            episodes: how many to learn from.
            stream: all randomness.
        """
        self._theta = self._start.copy()
        return self._kind.learn(
            self._rules, active, incentives, self._settings, self._shape, self._theta, episodes, stream
        )

    def hypergradient(
        self,
        active: int,
        incentives: NDArray[np.float64],
        episodes: int,
        remembered: int,
        stream: NDArray[np.uint64],
        validation: Sequence[Record],
    ) -> Hypergradient:
        """The derivative of validation episodes' payoff by the incentives, through the learning before them.

        Args:
            active: as for ``learn``.
            incentives: as for ``learn``.
            episodes: as for ``learn``.
            remembered: from how many training episodes, the last ones, it goes through what was learned.
            stream: as for ``learn``, in the same state.
            validation: the episodes.
        """
        from policybench_escape_room.hypergradient import hypergradient, relive

        rules, settings, shape = self._rules, self._settings, self._shape
        if not isinstance(settings, independent.Settings):
            raise InputError("-e followers=shared: has no gradient; followers=independent have one")
        lesson = relive(rules, active, incentives, settings, shape, self._start, episodes, remembered, stream)
        played = [(record.places, record.rewards) for record in validation]
        return hypergradient(rules, active, incentives, settings, shape, lesson, played)

    def play(self, active: int, stream: NDArray[np.uint64]) -> Record:
        """Play an episode without learning."""
        episode, batch = make_episode(self._rules), make_samples(self._rules, self._shape)
        steps = play(self._rules, active, self._shape, layers(self._shape, self._theta), stream, batch, episode)
        return Record(episode.places[: steps + 1], episode.rewards[:steps], episode.door_open[:steps])
