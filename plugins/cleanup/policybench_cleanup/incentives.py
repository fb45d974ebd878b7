"""What followers are paid for, and what counts as the principal's payoff.

In the game an apple pays 1 and cleaning nothing. Here an apple is worth 0.1 and cleaning costs 1, so that
nobody cleans unless the principal pays for it, with three incentives: for eating, for cleaning, for neither.
There are two ways to account:

``apples``, the default. Every shot that hits dirt is cleaning, however much it hits. The principal's payoff is
the number of apples eaten per player, as the game paid them (an apple that pays twice counts twice).

``paper``, the released code of "Large Legislative Models" (2024). Only a shot that hits exactly one piece of
dirt is cleaning: one that hits two or three costs nothing and earns the incentive for doing neither. A player
whom the game paid twice in a step gets 2 and no incentive. The principal's payoff is the sum of what the
followers get before incentives, so that an apple brings it 0.1 and a cleaning shot costs it 1: doing nothing is
its best action.

Under both, a shot in a step in which its player eats counts as eating alone, and a player off the map earns
the incentive for doing neither. All numbers are float32 as in the released code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench import InputError
from policybench.compiled import compiled

EATING, CLEANING, NEITHER = range(3)
"""What each of the three incentives is for."""

MAX_INCENTIVE = 3.0

ACCOUNTINGS = ("apples", "paper")
APPLES, PAPER = range(2)

APPLE_VALUE = np.float32(1) - np.float32(0.9)
CLEANING_VALUE = np.float32(-1)


class Account(NamedTuple):
    """The sums of a step over the players.

    Attributes:
        n_cleaned: players that cleaned, as the accounting counts them.
        payoff: what they bring the principal; its payoff is the sum over an episode's steps, divided by the
            number of players.
    """

    n_cleaned: int
    payoff: float


@compiled
def incentive_step(
    accounting: int,
    incentives: NDArray[np.float32],
    game_rewards: NDArray[np.float32],
    cleaned: NDArray[np.int8],
    raw_rewards: NDArray[np.float32],
    rewards: NDArray[np.float32],
) -> Account:
    """Account for one step.

    Args:
        accounting: APPLES or PAPER.
        incentives: [3] for EATING, CLEANING, NEITHER.
        game_rewards: [n_players] how often the game paid each player for an apple, 0..2.
        cleaned: [n_players] how much dirt each player's shot has hit, 0..3.
        raw_rewards: [n_players] out: what players get before incentives.
        rewards: [n_players] out: what players learn from.
    """
    n_cleaned = 0
    payoff = 0.0
    for player in range(len(game_rewards)):
        eaten, hits = game_rewards[player], cleaned[player]
        if accounting == PAPER and eaten == 2:
            raw_rewards[player] = eaten
            rewards[player] = eaten
        elif eaten > 0:
            raw_rewards[player] = eaten * APPLE_VALUE
            rewards[player] = raw_rewards[player] + incentives[EATING]
        elif hits == 1 or (hits > 1 and accounting == APPLES):
            raw_rewards[player] = CLEANING_VALUE
            rewards[player] = CLEANING_VALUE + incentives[CLEANING]
            n_cleaned += 1
        else:
            raw_rewards[player] = 0
            rewards[player] = incentives[NEITHER]
        payoff += eaten if accounting == APPLES else raw_rewards[player]
    return Account(n_cleaned, payoff)


class EpisodeAccount(NamedTuple):
    """The account of an episode.

    Attributes:
        rewards: [n_steps, n_players] float64, what players learn from.
        payoffs: [n_steps] float64, what each step pays the principal.
    """

    rewards: NDArray[np.float64]
    payoffs: NDArray[np.float64]


@compiled
def account_episode(
    accounting: int,
    incentives: NDArray[np.float32],
    game_rewards: NDArray[np.float32],
    cleaned: NDArray[np.int8],
) -> EpisodeAccount:
    """Account for an episode; the arguments are those of ``incentive_step`` with steps as a first axis."""
    n_steps, n_players = game_rewards.shape
    raw, rewards = np.zeros(n_players, dtype=np.float32), np.zeros(n_players, dtype=np.float32)
    account = EpisodeAccount(np.zeros((n_steps, n_players)), np.zeros(n_steps))
    for t in range(n_steps):
        step = incentive_step(accounting, incentives, game_rewards[t], cleaned[t], raw, rewards)
        account.payoffs[t] = step.payoff / n_players
        account.rewards[t] = rewards
    return account


def reward_slopes(
    accounting: int, game_rewards: NDArray[np.float32], cleaned: NDArray[np.int8]
) -> NDArray[np.float64]:
    """Derivatives of rewards by the incentives, [n_steps, n_players, 3]; arguments as for ``account_episode``.

    Rewards are linear in the incentives: each derivative is the difference that an incentive of 1 makes.
    """
    without = account_episode(accounting, np.zeros(3, dtype=np.float32), game_rewards, cleaned).rewards
    units = np.eye(3, dtype=np.float32)
    paid = [account_episode(accounting, unit, game_rewards, cleaned).rewards for unit in units]
    return np.round(np.stack(paid, axis=-1) - without[..., None])


@compiled
def apples_regrown(accounting: int, grown: int, before: int, after: int, game_rewards: NDArray[np.float32]) -> int:
    """How many apples grew in a step, as principals are told.

    Args:
        accounting: under APPLES the true number; under PAPER what the released code infers, which is wrong where
            an apple pays twice: one too few where both payments went to one player, else one too many.
        grown: the true number.
        before: apples on the map before the step.
        after: apples on the map after it.
        game_rewards: [n_players] as for ``incentive_step``.
    """
    if accounting == APPLES:
        return grown
    single = 0
    for eaten in game_rewards:
        single += eaten == 1
    return after + single - before


def check_incentives(incentives: Sequence[float] | NDArray[np.floating]) -> NDArray[np.float32]:
    """The incentives as ``incentive_step`` takes them.

    Raises:
        InputError: there are not three, or one is not from 0 to 3.
    """
    checked = np.asarray(incentives, dtype=np.float64)
    if checked.shape != (3,) or not np.all((checked >= 0) & (checked <= MAX_INCENTIVE)):
        raise InputError(f"incentives: {checked.tolist()}; 3 incentives from 0 to {MAX_INCENTIVE:g}.")
    return checked.astype(np.float32)


def check_accounting(accounting: str) -> int:
    """The accounting as kernels take it.

    Raises:
        InputError: there is none of this name.
    """
    if accounting not in ACCOUNTINGS:
        allowed = " and ".join(repr(name) for name in ACCOUNTINGS)
        raise InputError(f"accounting: {accounting!r}; allowed are {allowed}.")
    return ACCOUNTINGS.index(accounting)
