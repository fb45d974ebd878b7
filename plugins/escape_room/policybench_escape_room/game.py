"""The games, compiled: who moves where, when the door is open, what it pays, what followers see.

Followers stand at one of several places: the levers, the door, the start. All begin at the start. In every step
each names the place to be at next, and all move at once. The door is open in a step if, after the move, enough of
them stand at the active lever. Whoever is at an open door gets 10. Whoever moves pays 1; staying is free. The
Contextual Escape Room (CER) and the Escape Room ER(N, M) differ in four points, each a field of ``Rules``:

| | CER | ER(N, M) |
|---|---|---|
| levers | 3, of which one is active | 1 |
| who stays put while the door is open | pays 1 like everybody who is not at the door | pays nothing |
| somebody at the open door | gets 10 in every such step, and the game goes on | ends the game |
| order of positions in an observation | by number, the same for everybody | own first |
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench import InputError
from policybench.compiled import compiled

ESCAPE_REWARD = 10.0
MOVE_COST = 1.0


class Rules(NamedTuple):
    """What a game is.

    Attributes:
        n_followers: how many play.
        n_needed: how many at the active lever open the door.
        n_levers: their places are 0 .. n_levers - 1.
        door: the place of the door.
        start: the place where everybody begins.
        max_steps: the game is over after so many steps.
        waiting_is_free: whether who stays put pays nothing even while the door is open.
        exit_ends: whether the game is over as soon as somebody is at the open door.
        own_first: whether observations list the own position first, not everybody's by number.
    """

    n_followers: int
    n_needed: int
    n_levers: int
    door: int
    start: int
    max_steps: int
    waiting_is_free: bool
    exit_ends: bool
    own_first: bool


def cer_rules(n_followers: int = 5, n_needed: int = 2, n_levers: int = 3, max_steps: int = 5) -> Rules:
    """The Contextual Escape Room; the places are the levers, the door, the start ("Large Legislative Models")."""
    return Rules(n_followers, n_needed, n_levers, n_levers, n_levers + 1, max_steps, False, False, False)


def escape_room_rules(n_followers: int = 5, n_needed: int = 2, max_steps: int = 5) -> Rules:
    """The Escape Room ER(N, M) of Yang et al. (2020), section 4.1; the places are the lever, the start, the door.

    Raises:
        InputError: so many are needed at the lever that nobody could leave.
    """
    if not 1 <= n_needed < n_followers:
        raise InputError(
            f"-e needed={n_needed}: takes 1 to {n_followers - 1} where agents={n_followers}; all others can leave"
        )
    return Rules(n_followers, n_needed, 1, 2, 1, max_steps, True, True, True)


def n_places(rules: Rules) -> int:
    """How many places there are; also the number of a follower's actions and of incentives."""
    return rules.n_levers + 2


def observation_size(rules: Rules) -> int:
    """Length of an observation: a one-hot position each, and, where there are several levers, the active one."""
    return rules.n_followers * n_places(rules) + (rules.n_levers if rules.n_levers > 1 else 0)


def n_ones(rules: Rules) -> int:
    """How many entries of an observation are 1."""
    return rules.n_followers + (rules.n_levers > 1)


@compiled
def move(
    rules: Rules,
    active: int,
    positions: NDArray[np.int64],
    actions: NDArray[np.int64],
    rewards: NDArray[np.float64],
) -> bool:
    """Make one step; all move at once.

    Args:
        rules: of the game.
        active: the active lever.
        positions: [n_followers] the places where they are.
        actions: [n_followers] the places to be at next.
        rewards: [n_followers] out: what the game pays, without incentives.

    Returns:
        Whether the door is open in this step.
    """
    at_lever = 0
    for action in actions:
        at_lever += action == active
    door_open = at_lever >= rules.n_needed

    for follower in range(rules.n_followers):
        stays = actions[follower] == positions[follower]
        if door_open and actions[follower] == rules.door:
            rewards[follower] = ESCAPE_REWARD
        elif stays and (rules.waiting_is_free or not door_open):
            rewards[follower] = 0.0
        else:
            rewards[follower] = -MOVE_COST
    return door_open


@compiled
def is_over(rules: Rules, positions: NDArray[np.int64], door_open: bool, steps: int) -> bool:
    """Whether the game ends with this step, the ``steps``-th."""
    if rules.exit_ends and door_open:
        for place in positions:
            if place == rules.door:
                return True
    return steps == rules.max_steps


@compiled
def observe(
    rules: Rules, active: int, positions: NDArray[np.int64], follower: int, ones: NDArray[np.int64]
) -> None:
    """Write what a follower sees: which entries of its observation are 1; all others are 0.

    Args:
        rules: of the game.
        active: the active lever.
        positions: [n_followers] places.
        follower: who looks.
        ones: [n_ones] out: the indices of the ones.
    """
    places = rules.n_levers + 2
    for block in range(rules.n_followers):
        other = block
        if rules.own_first:
            other = follower if block == 0 else block - (block <= follower)
        ones[block] = block * places + positions[other]
    if rules.n_levers > 1:
        ones[rules.n_followers] = rules.n_followers * places + active
