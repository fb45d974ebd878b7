"""The Escape Room ER(N, M) of Yang et al. (2020), as an environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

from policybench import Array, Description, Problem
from policybench_escape_room import DEFAULT_AGENTS, DEFAULT_NEEDED, DEFAULT_TRAINING_EPISODES
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
from policybench_escape_room.game import Rules, escape_room_rules, n_places

LARGEST_INCENTIVE = 2.0

MEASURED = {
    (DEFAULT_AGENTS, DEFAULT_NEEDED, 0.0): "escape-room",
    (DEFAULT_AGENTS, DEFAULT_NEEDED, 1.0): "escape-room-costly",
}
"""Files of floor and ceiling, by agents, needed and the cost of incentives."""


class EscapeRoom(Rooms):
    """N followers, one lever; M must hold it so that the others can leave through the door.

    **The game.** There are three places: the lever, the start, where everybody begins, and the door. In each step
    each follower chooses where to be next, and all move at once. The door is open in a step if at least M
    followers are at the lever after the move. A follower at the open door gets 10 and has escaped, which ends the
    episode for all; without an escape it ends after five steps. A follower that moves without escaping pays 1;
    staying is free.

    **The action**, [3] in [0, 2], are the incentives of the lever, the start and the door: in every step each
    follower is paid the one of the place where it is after the move.

    **A principal step.** The followers restart, learn from ``training_episodes`` of the game with the incentives,
    and play ``validation_episodes`` in which they do not learn. The payoff is what the game then pays in an
    episode, summed over steps and followers, without incentives; at best 10 (N - M) - M, which is 28 for ER(5, 2).

    **A variant.** With an ``incentive_cost`` the principal pays it for every unit of incentive that the followers
    get in a validation episode; its payoff is less by that.
    """

    def __init__(
        self,
        seeds: Sequence[int],
        *,
        agents: int,
        needed: int,
        incentive_cost: float,
        training_episodes: int,
        validation_episodes: int,
        learning_rate: float | None = None,
        gradient_episodes: int = 1,
        settings: Any = None,
    ) -> None:
        """Create the games.

        Args:
            seeds: one game each.
            agents: N, the number of followers.
            needed: M, how many open the door.
            incentive_cost: as in ``Rooms``.
            training_episodes: as in ``Rooms``.
            validation_episodes: as in ``Rooms``.
            learning_rate: as in ``Rooms``.
            gradient_episodes: as in ``Rooms``.
            settings: as in ``Rooms``.

        Raises:
            InputError: M is not less than N.
        """
        rules = escape_room_rules(agents, needed)
        super().__init__(
            seeds,
            rules,
            "independent",
            training_episodes,
            validation_episodes,
            settings,
            learning_rate,
            gradient_episodes,
            incentive_cost,
        )
        as_measured = (training_episodes, settings, learning_rate) == (DEFAULT_TRAINING_EPISODES, None, None)
        measured = MEASURED.get((agents, needed, incentive_cost)) if as_measured else None
        floor, ceiling = references(measured)
        self.problem = Problem(
            action_space=spaces.Box(0.0, LARGEST_INCENTIVE, (n_places(rules),), np.float64),
            observation_space=spaces.Dict(
                {
                    "at_lever": spaces.Box(0.0, agents, (1,), np.float64),
                    "at_start": spaces.Box(0.0, agents, (1,), np.float64),
                    "at_door": spaces.Box(0.0, agents, (1,), np.float64),
                    "door_open": spaces.Box(0.0, 1.0, (1,), np.float64),
                    "steps": spaces.Box(1.0, rules.max_steps, (1,), np.float64),
                }
            ),
            steps=BUDGET,
            fine_levels=9,
            coarse_levels=5,
            description=describe(rules, training_episodes, incentive_cost),
            floor=floor,
            ceiling=ceiling,
            payoff_bounds=payoff_bounds(rules, best_payoff(rules), LARGEST_INCENTIVE, incentive_cost),
            noise=ceiling.deviation if ceiling and validation_episodes == 1 else None,
            has_gradient=True,
        )

    def observation(self, active: int, records: Sequence[Record]) -> dict[str, Array]:
        """Mean numbers at the places, how long the door was open, and how long episodes were."""
        numbers = mean_numbers(records, n_places(self.rules))
        return {
            "at_lever": numbers[[active]],
            "at_start": numbers[[self.rules.start]],
            "at_door": numbers[[self.rules.door]],
            "door_open": share_open(records),
            "steps": np.array([np.mean([record.steps for record in records])]),
        }


def describe(rules: Rules, training_episodes: int, incentive_cost: float = 0.0) -> Description:
    """The task in words."""
    return Description(
        story=(
            f"{rules.n_followers} followers play a game in a room with a lever, a start, where all begin, and a "
            "door. In every step each follower chooses one of these places to be at next, and all move at once. "
            f"The door is open in a step if, after the move, at least {rules.n_needed} followers are at the "
            "lever; otherwise it is shut. A follower at the open door gets +10 and has escaped; that ends the "
            f"game for all. Without an escape the game ends after {rules.max_steps} steps. A follower that moves "
            "without escaping gets -1 for that step; one that stays where it is gets 0. "
            f"{tell_how_they_learn(training_episodes, 'where all are', incentive_cost)}"
        ),
        action=(
            tell_incentive("the lever", LARGEST_INCENTIVE),
            tell_incentive("the start", LARGEST_INCENTIVE),
            tell_incentive("the door", LARGEST_INCENTIVE, ", open or shut"),
        ),
        payoff=tell_payoff(incentive_cost),
        consequences=tell_best(best_payoff(rules), incentive_cost),
        observation={
            "at_lever": "mean number of followers at the lever after a step",
            "at_start": "mean number of followers at the start after a step",
            "at_door": "mean number of followers at the door after a step",
            "door_open": "share of steps with the door open",
            "steps": "number of steps that the game lasted",
        },
    )


def best_payoff(rules: Rules) -> float:
    """The most that an episode can pay.

    Just as many as needed walk to the lever and the rest escapes at once. Escapes happen in one step alone, the
    last, and everybody at the lever has paid at least one move. Where that would cost more than it brings, nobody
    moves.
    """
    return max(10.0 * (rules.n_followers - rules.n_needed) - rules.n_needed, 0.0)
