"""What followers of Clean Up are paid for: eating, cleaning, and neither.

An apple is worth 0.1 to who eats it and a shot that hits dirt costs 1, however much it hits; the incentive comes
on top. A shot in a step in which its player eats counts as eating alone, and a player off the map earns the
incentive for doing neither. The values are those of the released code of "Large Legislative Models" (2024); it
counts shots that hit two or three pieces of dirt as neither, and pays 2 for an apple that pays twice, which is not
repeated here. All numbers are float32 as there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MAX_INCENTIVE = 3.0
APPLE_VALUE = np.float32(1) - np.float32(0.9)
CLEANING_VALUE = np.float32(-1)


class Paid(NamedTuple):
    """One step's account, by player.

    Attributes:
        raw: [n_players] float32, before incentives.
        rewards: [n_players] float32, what players learn from.
        cleans: [n_players] bool, who cleaned.
    """

    raw: NDArray[np.float32]
    rewards: NDArray[np.float32]
    cleans: NDArray[np.bool_]


def pay(incentives: NDArray[np.floating[Any]], eaten: NDArray[np.float32], hits: NDArray[np.integer[Any]]) -> Paid:
    """Account for a step.

    Args:
        incentives: [3] for eating, for cleaning, for neither.
        eaten: [n_players] how often the game paid each player for an apple.
        hits: [n_players] how much dirt each player's shot has hit.
    """
    eating, cleaning, neither = np.asarray(incentives, dtype=np.float32)
    eats = eaten > 0
    cleans = ~eats & (hits > 0)
    raw = np.where(eats, eaten * APPLE_VALUE, np.where(cleans, CLEANING_VALUE, np.float32(0)))
    rewards = raw + np.where(eats, eating, np.where(cleans, cleaning, neither))
    return Paid(raw, rewards, cleans)
