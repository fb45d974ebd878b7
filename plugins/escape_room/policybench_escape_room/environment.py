"""What both escape rooms have in common as environments."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policybench import (
    Array,
    Dimension,
    Environment,
    Floats,
    Outcome,
    Reference,
    Timesteps,
    check_action,
    check_actions,
    load_references,
)
from policybench.streams import kernel_stream
from policybench_escape_room.followers import Followers, Record
from policybench_escape_room.game import MOVE_COST, Rules

BUDGET = 1000
"""Principal steps of the ``paper`` protocol; the paper does not say how many it made."""


class Rooms(Environment):
    """One escape room a seed, with followers that start from the same parameters in every principal step."""

    def __init__(
        self,
        seeds: Sequence[int],
        rules: Rules,
        followers: str,
        training_episodes: int,
        validation_episodes: int,
        settings: Any = None,
        learning_rate: float | None = None,
        gradient_episodes: int = 1,
    ) -> None:
        """Create the followers.

        Args:
            seeds: one game each.
            rules: of all games.
            followers: ``independent`` or ``shared``.
            training_episodes: that they learn from, in every principal step.
            validation_episodes: that the payoff is the mean of.
            settings: replaces how they learn (``independent.Settings``, ``PPOSettings``).
            learning_rate: of the followers' Adam; None for that of their settings.
            gradient_episodes: how many training episodes, the last ones, gradients go through.
        """
        super().__init__(seeds)
        self.rules = rules
        self._training, self._validation = training_episodes, validation_episodes
        self._gradient_episodes = gradient_episodes
        self._followers = [Followers(rules, followers, seed, settings, learning_rate) for seed in self.seeds]

    @abstractmethod
    def observation(self, active: int, records: Sequence[Record]) -> dict[str, Array]:
        """What the principal may see of its validation episodes."""

    def active_levers(self, step: int) -> list[int]:
        """The active lever of each seed's game."""
        return [0] * len(self.seeds)

    def prepare(self) -> None:
        """Compile."""
        incentives = np.zeros(self.problem.action_dim)
        self._followers[0].learn(0, incentives, 1, kernel_stream(0, 0, "training"))
        self._followers[0].play(0, kernel_stream(0, 0, "validation"))

    def evaluate(self, step: int, actions: Floats, *, gradient: bool = False) -> list[Outcome]:
        """Let followers learn under each seed's incentives, [n_seeds, n_places], and validate them."""
        incentives = check_actions(actions, len(self.seeds), self.problem.action_space)
        levers = self.active_levers(step)
        return [
            self._evaluate(step, row, incentives[row], levers[row], gradient) for row in range(len(self.seeds))
        ]

    def render(self, step: int, action: Floats) -> Iterator[Array]:
        """Frames of the first seed's validation episode, ``drawing.FRAMES_A_STEP`` of them each step."""
        from policybench_escape_room.drawing import animate

        incentives, active = self._incentives(action), self.active_levers(step)[0]
        self._learn(step, 0, incentives, active)
        (record,) = self._validate(step, 0, active, episodes=1)
        return animate(self.rules, active, incentives, record)

    def _incentives(self, action: Floats) -> NDArray[np.float64]:
        return check_action("action", np.asarray(action).tolist(), self.problem.action_space).astype(np.float64)

    def _evaluate(
        self, step: int, row: int, incentives: NDArray[np.float64], active: int, gradient: bool
    ) -> Outcome:
        training = self._learn(step, row, incentives, active)
        records = self._validate(step, row, active, self._validation)
        outcome = Outcome(
            payoff=float(np.mean([record.rewards.sum() for record in records])),
            timesteps=Timesteps(training, sum(record.steps for record in records)),
            observation=self.observation(active, records),
        )
        if not gradient:
            return outcome
        hypergradient = self._followers[row].hypergradient(
            active,
            incentives,
            self._training,
            self._gradient_episodes,
            kernel_stream(self.seeds[row], step, "training"),
            records,
        )
        return replace(outcome, **hypergradient._asdict())

    def _learn(self, step: int, row: int, incentives: NDArray[np.float64], active: int) -> int:
        stream = kernel_stream(self.seeds[row], step, "training")
        return self._followers[row].learn(active, incentives, self._training, stream)

    def _validate(self, step: int, row: int, active: int, episodes: int) -> list[Record]:
        stream = kernel_stream(self.seeds[row], step, "validation")
        return [self._followers[row].play(active, stream) for _ in range(episodes)]


def mean_numbers(records: Sequence[Record], n_places: int) -> NDArray[np.float64]:
    """Mean number of followers at each place, [n_places], over all steps of all episodes."""
    places = np.concatenate([record.places[1:] for record in records])
    return np.array([(places == place).sum(axis=1).mean() for place in range(n_places)])


def share_open(records: Sequence[Record]) -> NDArray[np.float64]:
    """Share of steps with the door open, [1]."""
    return np.array([np.concatenate([record.door_open for record in records]).mean()])


def references(name: str) -> tuple[Reference | None, Reference | None]:
    """Floor and ceiling that this distribution ships, as ``policybench reference`` measured them."""
    return load_references(Path(__file__).parent / "references" / f"{name}.json")


def tell_how_they_learn(training_episodes: int, seen: str) -> str:
    """The part of the story that all rooms share."""
    return (
        "You set incentives before the game: in every step each follower gets, on top, the incentive of the "
        f"place where it is after the move. Under your incentives each follower learns, from {training_episodes} "
        f"episodes of trial and error, to get as much as it can for itself; it is selfish, and it sees {seen}. "
        "Then the followers are scored in a validation episode. They start to learn from scratch each time you "
        "set incentives. You want the game itself to pay the followers as much as possible; paying incentives "
        "costs you nothing."
    )


def tell_incentive(place: str, remark: str = "") -> Dimension:
    """A number of the action; the remark says more of the place: ``, open or shut``."""
    return Dimension(
        f"incentive at {place}",
        f"incentive for being at {place}{remark}, paid to each follower there in each step",
    )


def worst_payoff(rules: Rules) -> float:
    """The least that an episode can pay: everybody pays for moving in every step."""
    return -MOVE_COST * rules.n_followers * rules.max_steps


PAYOFF = "what the game paid to all followers together in the validation episode, without the incentives"


def tell_best(best: float) -> str:
    """What follows from the rules."""
    return f"The game pays {best:g} at best."
