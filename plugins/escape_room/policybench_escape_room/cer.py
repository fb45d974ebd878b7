"""The Contextual Escape Room of "Large Legislative Models" (Gasztowtt et al. 2024), as an environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

from policybench import Array, Description, Problem
from policybench.streams import generator
from policybench_escape_room import DEFAULT_TRAINING_EPISODES
from policybench_escape_room.environment import (
    BUDGET,
    Rooms,
    mean_numbers,
    payoff_bounds,
    references,
    share_open,
    tell_best,
    tell_how_they_learn,
    tell_incentive,
    tell_payoff,
)
from policybench_escape_room.followers import Record
from policybench_escape_room.game import Rules, cer_rules, n_places

LARGEST_INCENTIVE = 5.0

FINE_ARMS, COARSE_ARMS = 7776, 256
"""About so many actions shall grids have: 6 and 3 levels a place where there are three levers."""

MEASURED = {
    ("independent", 3, 0.0): "cer",
    ("shared", 3, 0.0): "cer-shared",
    ("independent", 6, 1.0): "cer-costly",
}
"""Files of floor and ceiling, by followers, levers and the cost of incentives."""


class CER(Rooms):
    """Five followers, some levers, one of which is active; two must hold it so that the door is open.

    **The game.** There are five places: three levers, the door, and the start, where everybody begins. In each of
    five steps each follower chooses where to be next, and all move at once. The door is open in a step if at least
    two followers are at the active lever after the move. While it is open, each follower at the door gets 10 and
    every other follower pays 1. While it is shut, a follower that moves pays 1, and staying is free.

    **The context** is the active lever, one-hot, [3]. It is drawn for each seed and principal step; followers and
    principal see which lever it is.

    **The action**, [5] in [0, 5], are the incentives of the three levers, the door and the start: in every step
    each follower is paid the one of the place where it is after the move.

    **A principal step.** The followers restart, learn from ``training_episodes`` of the game with the incentives,
    and play ``validation_episodes`` in which they do not learn. The payoff is what the game then pays in an
    episode, summed over steps and followers, without incentives; at best 5 (3 * 10 - 2) = 140.

    **Variants.** With n ``levers`` there are n + 2 places. With an ``incentive_cost`` the principal pays it for
    every unit of incentive that the followers get in a validation episode; its payoff is less by that.
    """

    def __init__(
        self,
        seeds: Sequence[int],
        *,
        followers: str,
        levers: int,
        incentive_cost: float,
        training_episodes: int,
        validation_episodes: int,
        learning_rate: float | None = None,
        gradient_episodes: int = 1,
        settings: Any = None,
    ) -> None:
        """Create the games with so many levers; for the other arguments see ``Rooms``."""
        rules = cer_rules(n_levers=levers)
        super().__init__(
            seeds,
            rules,
            followers,
            training_episodes,
            validation_episodes,
            settings,
            learning_rate,
            gradient_episodes,
            incentive_cost,
        )
        as_measured = (training_episodes, settings, learning_rate) == (DEFAULT_TRAINING_EPISODES, None, None)
        measured = MEASURED.get((followers, levers, incentive_cost)) if as_measured else None
        floor, ceiling = references(measured)
        self.problem = Problem(
            action_space=spaces.Box(0.0, LARGEST_INCENTIVE, (n_places(rules),), np.float64),
            observation_space=spaces.Dict(
                {
                    "at_levers": spaces.Box(0.0, rules.n_followers, (rules.n_levers,), np.float64),
                    "at_door": spaces.Box(0.0, rules.n_followers, (1,), np.float64),
                    "at_start": spaces.Box(0.0, rules.n_followers, (1,), np.float64),
                    "door_open": spaces.Box(0.0, 1.0, (1,), np.float64),
                    "active_lever": spaces.MultiBinary(rules.n_levers),
                }
            ),
            context_space=spaces.MultiBinary(rules.n_levers),
            steps=BUDGET,
            fine_levels=_levels(FINE_ARMS, rules, at_least=3),
            coarse_levels=_levels(COARSE_ARMS, rules, at_least=2),
            description=describe(rules, training_episodes, incentive_cost),
            floor=floor,
            ceiling=ceiling,
            payoff_bounds=payoff_bounds(rules, best_payoff(rules), LARGEST_INCENTIVE, incentive_cost),
            noise=ceiling.deviation if ceiling and validation_episodes == 1 else None,
            has_gradient=followers == "independent",
        )

    def active_levers(self, step: int) -> list[int]:
        """Drawn anew at each principal step, each lever equally often."""
        return [int(generator(seed, step, "context").integers(self.rules.n_levers)) for seed in self.seeds]

    def contexts(self, step: int) -> Array:
        """The active levers, one-hot, [n_seeds, n_levers] int8."""
        return np.eye(self.rules.n_levers, dtype=np.int8)[self.active_levers(step)]

    def observation(self, active: int, records: Sequence[Record]) -> dict[str, Array]:
        """Mean numbers at the places, how long the door was open, and the active lever."""
        numbers = mean_numbers(records, n_places(self.rules))
        return {
            "at_levers": numbers[: self.rules.n_levers],
            "at_door": numbers[[self.rules.door]],
            "at_start": numbers[[self.rules.start]],
            "door_open": share_open(records),
            "active_lever": np.eye(self.rules.n_levers, dtype=np.int8)[active],
        }


def _levels(arms: int, rules: Rules, *, at_least: int) -> int:
    """Levels a place, so that a grid has no more than so many arms; the root of 6 ** 5 must not come out as 5."""
    return max(int(arms ** (1 / n_places(rules)) + 1e-9), at_least)


def describe(rules: Rules, training_episodes: int, incentive_cost: float = 0.0) -> Description:
    """The task in words."""
    levers = [f"lever {number}" for number in range(1, rules.n_levers + 1)]
    return Description(
        story=(
            f"{rules.n_followers} followers play a game of {rules.max_steps} steps in a room with "
            f"{rules.n_levers} levers, a door and a start, where all begin. In every step each follower chooses "
            "one of these places to be at next, and all move at once. One of the levers is active. The door is "
            f"open in a step if, after the move, at least {rules.n_needed} followers are at the active lever; "
            "otherwise it is shut. While the door is open, each follower at the door gets +10 in that step and "
            "every other follower gets -1. While it is shut, each follower that moved gets -1 and each that "
            "stayed where it was gets 0, also at the door. "
            f"{tell_how_they_learn(training_episodes, 'where all are and which lever is active', incentive_cost)}"
        ),
        action=(
            *(tell_incentive(lever, LARGEST_INCENTIVE) for lever in levers),
            tell_incentive("the door", LARGEST_INCENTIVE, ", open or shut"),
            tell_incentive("the start", LARGEST_INCENTIVE),
        ),
        payoff=tell_payoff(incentive_cost),
        consequences=tell_best(best_payoff(rules), incentive_cost),
        observation={
            "at_levers": f"mean number of followers at {', '.join(levers)} after a step",
            "at_door": "mean number of followers at the door after a step",
            "at_start": "mean number of followers at the start after a step",
            "door_open": "share of steps with the door open",
            "active_lever": "the active lever: 1 in its place, 0 elsewhere",
        },
        context=(
            "which lever is active this time, known before you set the incentives. The numbers stand for "
            f"{', '.join(levers)}: 1 for the active lever, 0 for the others. It is drawn anew each time."
        ),
    )


def best_payoff(rules: Rules) -> float:
    """The most that an episode can pay: in every step just enough hold the lever and the rest is at the door."""
    return rules.max_steps * (10.0 * (rules.n_followers - rules.n_needed) - rules.n_needed)
