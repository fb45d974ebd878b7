"""The tax on apples, by income brackets, all of which is paid back in equal shares.

A player's income is what it ate within the last eleven steps, the present one included. It decides the
player's bracket: below 3 apples, below 5, 5 and more. Only what is eaten in this step is taxed, at four times
the bracket's rate. As everybody gets an equal share of all taxes, the sum over the players does not change.
The tax is that of the released code of "Large Legislative Models" (2024), in float32 as there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

BRACKETS = np.array([3.0, 5.0], dtype=np.float32)
"""The incomes at which the second and the third bracket begin."""

MEMORY = 10
"""How many steps before the present one count as income."""

MAX_TAX = np.float32(4)
"""The tax on an apple at a rate of 1."""


class Tax:
    """Three rates, and what players ate lately."""

    def __init__(self, n_players: int) -> None:
        """A tax of nothing."""
        self.rates = np.zeros(len(BRACKETS) + 1, dtype=np.float32)
        self._history = np.zeros((MEMORY, n_players), dtype=np.float32)

    def set_rates(self, rates: NDArray[np.floating[Any]]) -> None:
        """Set the rates by bracket, [3] from 0 to 1."""
        self.rates = np.asarray(rates, dtype=np.float32)

    def restart(self) -> None:
        """Forget all income; an episode begins."""
        self._history[:] = 0

    def step(self, raw: NDArray[np.float32]) -> NDArray[np.float32]:
        """What players get after tax, [n_players], for what the game paid them in a step."""
        income = raw + self._history.sum(axis=0)
        self._history[:-1] = self._history[1:]
        self._history[-1] = raw
        tax = MAX_TAX * self.rates[np.searchsorted(BRACKETS, income, side="right")] * raw
        taxed: NDArray[np.float32] = raw - tax + tax.sum() / np.float32(len(raw))
        return taxed
