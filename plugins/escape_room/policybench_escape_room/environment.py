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
        incentive_cost: float = 0.0,
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
            incentive_cost: what the principal pays for each unit of incentive in a validation episode.
        """
        super().__init__(seeds)
        self.rules = rules
        self._training, self._validation = training_episodes, validation_episodes
        self._gradient_episodes = gradient_episodes
        self._cost = incentive_cost
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
        return animate(self.rules, active, incentives, record, self._cost)

    def _incentives(self, action: Floats) -> NDArray[np.float64]:
        return check_action("action", np.asarray(action).tolist(), self.problem.action_space).astype(np.float64)

    def _evaluate(
        self, step: int, row: int, incentives: NDArray[np.float64], active: int, gradient: bool
    ) -> Outcome:
        training = self._learn(step, row, incentives, active)
        records = self._validate(step, row, active, self._validation)
        charged = [self._charge(record, incentives) for record in records]
        outcome = Outcome(
            payoff=float(np.mean([record.rewards.sum() for record in charged])),
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
            charged,
        )
        # Beside what followers learn from the incentives, paying them costs the more, the higher they are.
        paid = self._cost * np.mean([visits(record, len(incentives)) for record in records], axis=0)
        return replace(outcome, **hypergradient._replace(gradient=hypergradient.gradient - paid)._asdict())

    def _charge(self, record: Record, incentives: NDArray[np.float64]) -> Record:
        """The episode with rewards as the principal counts them: without what it pays for incentives."""
        return replace(record, rewards=record.rewards - self._cost * incentives[record.places[1:]])

    def _learn(self, step: int, row: int, incentives: NDArray[np.float64], active: int) -> int:
        stream = kernel_stream(self.seeds[row], step, "training")
        return self._followers[row].learn(active, incentives, self._training, stream)

    def _validate(self, step: int, row: int, active: int, episodes: int) -> list[Record]:
        stream = kernel_stream(self.seeds[row], step, "validation")
        return [self._followers[row].play(active, stream) for _ in range(episodes)]


def visits(record: Record, n_places: int) -> NDArray[np.int64]:
    """How many incentives were paid at each place, [n_places]: one a follower and step."""
    return np.bincount(record.places[1:].ravel(), minlength=n_places)


def payoff_bounds(
    rules: Rules, best: float, largest_incentive: float, incentive_cost: float
) -> tuple[float, float]:
    """The lowest and the highest payoff that can happen.

    At worst all move in every step and are paid the largest incentive wherever they go.

    Args:
        rules: of the game.
        best: the most that the game pays.
        largest_incentive: that is allowed.
        incentive_cost: of a unit of incentive.
    """
    return -rules.max_steps * rules.n_followers * (MOVE_COST + incentive_cost * largest_incentive), best


def mean_numbers(records: Sequence[Record], n_places: int) -> NDArray[np.float64]:
    """Mean number of followers at each place, [n_places], over all steps of all episodes."""
    places = np.concatenate([record.places[1:] for record in records])
    return np.array([(places == place).sum(axis=1).mean() for place in range(n_places)])


def share_open(records: Sequence[Record]) -> NDArray[np.float64]:
    """Share of steps with the door open, [1]."""
    return np.array([np.concatenate([record.door_open for record in records]).mean()])


def references(name: str | None) -> tuple[Reference | None, Reference | None]:
    """Floor and ceiling as ``policybench reference`` measured them; a name of None has neither."""
    if name is None:
        return None, None
    return load_references(Path(__file__).parent / "references" / f"{name}.json")


def tell_how_they_learn(training_episodes: int, seen: str, incentive_cost: float) -> str:
    """The part of the story that all rooms share."""
    price = (
        f"each unit of incentive that a follower is paid in the validation episode costs you {incentive_cost:g}."
        if incentive_cost
        else "paying incentives costs you nothing."
    )
    return (
        "You set incentives before the game: in every step each follower gets, on top, the incentive of the "
        f"place where it is after the move. Under your incentives each follower learns, from {training_episodes} "
        f"episodes of trial and error, to get as much as it can for itself; it is selfish, and it sees {seen}. "
        "Then the followers are scored in a validation episode. They start to learn from scratch each time you "
        f"set incentives. You want the game itself to pay the followers as much as possible; {price}"
    )


def tell_incentive(place: str, largest: float, remark: str = "") -> Dimension:
    """A number of the action, from 0 to the largest; the remark says more of the place: ``, open or shut``."""
    return Dimension(
        f"incentive at {place}",
        f"incentive for being at {place}{remark}, paid to each follower there in each step",
        Dimension(
            f"held back at {place}",
            f"what is held back of {largest:g} from each follower at {place}{remark} in each step; it is paid the "
            "rest as the incentive there",
        ),
    )


def tell_payoff(incentive_cost: float) -> str:
    """What the payoff measures."""
    if not incentive_cost:
        return "what the game paid to all followers together in the validation episode, without the incentives"
    times = "" if incentive_cost == 1 else f"{incentive_cost:g} times "
    return (
        "what the game itself paid to all followers together in the validation episode, minus "
        f"{times}the incentives that they got in it"
    )


def tell_best(best: float, incentive_cost: float) -> str:
    """What follows from the rules."""
    charge = " The incentives that are paid come off that." if incentive_cost else ""
    return f"The game pays {best:g} at best.{charge}"
