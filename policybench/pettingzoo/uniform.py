"""Followers that do anything at random, and note what they see."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.pettingzoo.observation_spaces import Seen
from policybench.pettingzoo.policy import Choice, Luck
from policybench.pettingzoo.roles import Role


class Uniform:
    """A policy that chooses evenly among what is allowed; see ``rollout.Policy``.

    Attributes:
        seen: the bytes of all observations so far.
    """

    def __init__(self, role: Role) -> None:
        """Decide for the followers of a role."""
        self.role = role
        self.seen: list[bytes] = []

    def act(self, seen: Seen, index: NDArray[np.int64], mask: NDArray[np.bool_] | None, luck: Luck) -> Choice:
        """Draw evenly from what is allowed, and numbers within their bounds."""
        self.seen += [part.tobytes() for part in (seen.numbers, seen.symbols, *seen.images)]
        n, does = len(index), self.role.does
        allowed = np.repeat(does.possible[None], n, axis=0) if mask is None else mask
        cumulated = np.cumsum(allowed, axis=2, dtype=np.float64)
        choices = (cumulated <= luck.uniform[:, :, None] * cumulated[:, :, -1:]).sum(axis=2)
        numbers = np.tanh(luck.normal).astype(np.float32)
        return Choice(choices, numbers, np.zeros(n, np.float32), np.zeros(n), seen.numbers)

    def values(self, seen: Seen, index: NDArray[np.int64]) -> NDArray[np.float64]:
        """Nothing is expected."""
        return np.zeros(len(index))
