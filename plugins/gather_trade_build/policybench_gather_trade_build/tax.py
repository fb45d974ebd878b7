"""Stage 4 of a step: the tax on income, and what becomes of it.

In the first step of a period the rates that the principal has set come into force. In the last one, after
building, market and gathering, the tax of every agent is collected, and all of it is given back in equal shares.

Income is the coin gained in the period, from houses and sales less purchases, that in open bids included. What was
given back at the end of the last period is no income, and a loss is not taxed. Income is taxed bracket by bracket.
Only coin in the purse can be taken: what is missing, because it lies in open bids, is forgiven.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from policybench import Floats, InputError
from policybench.compiled import compiled
from policybench_gather_trade_build.actions import Game
from policybench_gather_trade_build.rules import BRACKETS, COIN, N_AGENTS, N_BRACKETS, Rules

_EDGES = np.array([*BRACKETS, np.inf])


def check_rates(rates: Floats | Sequence[float]) -> NDArray[np.float64]:
    """Rates as an array of seven numbers.

    Raises:
        InputError: there are not seven, or one is not from 0 to 1.
    """
    array = np.asarray(rates, dtype=np.float64)
    if array.shape != (N_BRACKETS,) or not ((array >= 0) & (array <= 1)).all():
        raise InputError(f"rates: {array.tolist()}; takes {N_BRACKETS} numbers in [0, 1], one a bracket.")
    return array


@compiled
def tax(rules: Rules, game: Game) -> None:
    """Turn the calendar of taxes on by a step."""
    if game.day == 1:
        game.rates[:] = game.planned
    if game.day == rules.period:
        _collect(game)
        game.day = 0
    game.day += 1


@compiled
def endowment(game: Game, agent: int) -> float:
    """An agent's coin, that in open bids included."""
    return game.inventory[agent, COIN] + game.escrow[agent, COIN]  # type: ignore[no-any-return]


@compiled
def income(game: Game, agent: int) -> float:
    """What an agent has gained so far in this period; negative for a loss."""
    return endowment(game, agent) - game.coin_before[agent]  # type: ignore[no-any-return]


@compiled
def _collect(game: Game) -> None:
    """Take the tax of all, then give it back in equal shares; write it all down."""
    total = 0.0
    for agent in range(N_AGENTS):
        gained = income(game, agent)
        paid = min(tax_due(game.rates, gained), game.inventory[agent, COIN])
        game.inventory[agent, COIN] -= paid
        total += paid
        note = game.assessments[agent]
        note.income, note.tax = gained, paid
        note.marginal_rate = marginal_rate(game.rates, gained)
        note.effective_rate = paid / max(1e-6, gained)
    for agent in range(N_AGENTS):
        game.assessments[agent].transfer = total / N_AGENTS
        game.inventory[agent, COIN] += total / N_AGENTS
        game.coin_before[agent] = endowment(game, agent)
    game.n_collections += 1


@compiled
def tax_due(rates: Floats, income: float) -> float:
    """The tax on an income by a schedule of seven marginal rates."""
    due = 0.0
    for bracket in range(N_BRACKETS):
        due += rates[bracket] * max(min(income, _EDGES[bracket + 1]) - _EDGES[bracket], 0.0)
    return due


@compiled
def marginal_rate(rates: Floats, income: float) -> float:
    """The rate at which one more coin would be taxed; 0 for a loss."""
    rate = 0.0
    for bracket in range(N_BRACKETS):
        if income >= _EDGES[bracket]:
            rate = rates[bracket]
    return rate
