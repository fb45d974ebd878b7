"""The tax on apples, by income brackets, all of which is paid back in equal shares.

A player's income is what it ate within the last eleven steps, the present one included. It decides the
player's bracket: below 3 apples, below 5, 5 and more. Only what is eaten in this step is taxed, at four times
the bracket's rate, so that a rate of 1 turns an apple into a loss of 3 before the tax is paid back. As
everybody gets an equal share of all taxes, the sum over the players does not change.

The window has eleven steps although the paper speaks of ten, and the factor is 4, because the released code
of "Large Legislative Models" (2024) has it so. All numbers are float32 as there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from policybench import InputError
from policybench.compiled import compiled

N_BRACKETS = 3
BRACKETS = (3.0, 5.0)
"""The incomes at which the second and the third bracket begin."""

MEMORY = 10
"""How many steps before the present one count as income."""

MAX_TAX = np.float32(4)
"""The tax on an apple at a rate of 1."""


@compiled
def tax_step(
    rates: NDArray[np.float32],
    raw: NDArray[np.float32],
    history: NDArray[np.float32],
    step: int,
    taxed: NDArray[np.float32],
) -> None:
    """Tax the rewards of one step.

    Args:
        rates: [3] by bracket, from 0 to 1.
        raw: [n_players] the game's rewards.
        history: [n_players, 10] the raw rewards of the steps before, changed; all zeros before the first step.
        step: how many steps of the episode came before.
        taxed: [n_players] out: what players learn from.
    """
    n_players = len(raw)
    collected = np.float32(0)
    for player in range(n_players):
        income = raw[player]
        for earlier in range(MEMORY):
            income += history[player, earlier]
        bracket = 0
        for threshold in BRACKETS:
            bracket += income >= threshold
        tax = MAX_TAX * rates[bracket] * raw[player]
        taxed[player] = raw[player] - tax
        collected += tax
        history[player, step % MEMORY] = raw[player]
    for player in range(n_players):
        taxed[player] += collected / np.float32(n_players)


@compiled
def taxed_slopes(raw: NDArray[np.float32]) -> NDArray[np.float64]:
    """Derivatives of taxed rewards by the rates, [n_steps, n_players, 3].

    No income depends on the rates, and taxed rewards are linear in them: each derivative is what full taxation of
    one bracket changes.

    Args:
        raw: [n_steps, n_players] the game's rewards in an episode.
    """
    n_steps, n_players = raw.shape
    slopes = np.zeros((n_steps, n_players, N_BRACKETS))
    taxed = np.zeros(n_players, dtype=np.float32)
    for bracket in range(N_BRACKETS):
        rates = np.zeros(N_BRACKETS, dtype=np.float32)
        rates[bracket] = 1
        history = np.zeros((n_players, MEMORY), dtype=np.float32)
        for step in range(n_steps):
            tax_step(rates, raw[step], history, step, taxed)
            for player in range(n_players):
                slopes[step, player, bracket] = taxed[player] - raw[step, player]
    return slopes


def check_rates(rates: Sequence[float] | NDArray[np.floating]) -> NDArray[np.float32]:
    """The rates as ``tax_step`` takes them.

    Raises:
        InputError: there are not three, or one is not from 0 to 1.
    """
    checked = np.asarray(rates, dtype=np.float64)
    if checked.shape != (N_BRACKETS,) or not np.all((checked >= 0) & (checked <= 1)):
        raise InputError(f"rates: {np.asarray(rates).tolist()}; the tax takes 3 rates from 0 to 1.")
    return checked.astype(np.float32)
