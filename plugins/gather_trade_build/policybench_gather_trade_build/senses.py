"""What a follower senses of the game: numbers near 0 to 1, which its core is given.

An agent of the original game sees all of it or can work it out, except that goods and free land are sought on the
whole map. The tax appears as what it does to the next coins that an agent earns, so that followers can look ahead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled, logarithm, power
from policybench_gather_trade_build.actions import Game
from policybench_gather_trade_build.market import AGENT, ASKS, BIDS, PRICE
from policybench_gather_trade_build.paths import LAND_GOAL, UNREACHABLE, Paths
from policybench_gather_trade_build.rules import AVERSION, COIN, EPISODE_STEPS, N_BRACKETS, Rules
from policybench_gather_trade_build.tax import endowment, income, tax_due

_PAID, _DOUBLE, _STONE, _WOOD, _HAS_STONE, _HAS_WOOD, _COIN, _PURSE, _MARGINAL = range(9)
_RATE_NOW, _RATE_30, _RATE_100, _DAY, _TIME = range(9, 14)
_OWN_BIDS, _OWN_ASKS, _BEST_ASK, _BEST_BID, _MARKET = 14, 16, 18, 20, 22
_DISTANCE, _CAN_BUILD = 24, 27
_RATES = 28
_GAIN_BUILDING, _GAIN_COIN, _LOG_GAIN, _LAST_INCOME, _INCOME = range(35, 40)

N_SENSES = 40

_KEPT = 0.75
"""The share of a tax that its payer does not get back: of four equal shares one is its own."""

_NO_ASK = 1.5
"""Stands for the price of an ask where there is none."""


@compiled
def write_senses(rules: Rules, game: Game, paths: Paths, agent: int, senses: NDArray[np.float32]) -> None:
    """Write what an agent senses, [N_SENSES] float32."""
    coin = endowment(game, agent)
    gained = income(game, agent)
    worth = power(max(coin, 1.0), -AVERSION)
    senses[_PAID] = game.payment[agent] / 20
    senses[_DOUBLE] = game.bonus[agent]
    senses[_COIN] = logarithm(1 + coin) / 6
    senses[_PURSE] = min(game.inventory[agent, COIN], 20.0) / 20
    senses[_MARGINAL] = worth
    taxed = max(gained, 0.0)
    due = tax_due(game.rates, taxed)
    rate = _rate_ahead(game, taxed, due, 30.0)
    senses[_RATE_NOW] = _rate_ahead(game, taxed, due, 1.0)
    senses[_RATE_30] = rate
    senses[_RATE_100] = _rate_ahead(game, taxed, due, 100.0)
    senses[_DAY] = game.day / rules.period
    senses[_TIME] = game.step / EPISODE_STEPS
    for good in range(2):
        held = game.inventory[agent, 1 + good]
        senses[_STONE + good] = min(held, 4.0) / 4
        senses[_HAS_STONE + good] = held >= 1
        _sense_market(game, agent, good, senses)
    for goal in range(3):
        distance = paths.distance[agent, goal]
        senses[_DISTANCE + goal] = 1.0 if distance == UNREACHABLE else min(distance, 30) / 30
    senses[_CAN_BUILD] = senses[_HAS_STONE] * senses[_HAS_WOOD] * (paths.distance[agent, LAND_GOAL] >= 0)
    for bracket in range(N_BRACKETS):
        senses[_RATES + bracket] = game.rates[bracket]
    kept = 1 - _KEPT * rate
    gain = worth * kept * game.payment[agent]
    senses[_GAIN_BUILDING] = gain / 10
    senses[_GAIN_COIN] = worth * kept
    senses[_LOG_GAIN] = logarithm(gain + 0.1) / 3
    senses[_LAST_INCOME] = logarithm(1 + max(game.assessments[agent].income, 0.0)) / 6
    senses[_INCOME] = logarithm(1 + taxed) / 6


@compiled
def _rate_ahead(game: Game, taxed: float, due: float, more: float) -> float:
    """The mean rate at which so many more coins are taxed, given the income so far and the tax due on it."""
    return (tax_due(game.rates, taxed + more) - due) / more


@compiled
def _sense_market(game: Game, agent: int, good: int, senses: NDArray[np.float32]) -> None:
    """Own open orders for a good, the best ones of others, and the price that was usual."""
    own_bids, own_asks, best_bid, best_ask = 0, 0, 0.0, _NO_ASK
    for i in range(game.n_orders[BIDS, good]):
        if game.orders[BIDS, good, i, AGENT] == agent:
            own_bids += 1
        else:
            best_bid = max(best_bid, game.orders[BIDS, good, i, PRICE] / 10)
    for i in range(game.n_orders[ASKS, good]):
        if game.orders[ASKS, good, i, AGENT] == agent:
            own_asks += 1
        else:
            best_ask = min(best_ask, game.orders[ASKS, good, i, PRICE] / 10)
    senses[_OWN_BIDS + good] = own_bids / 5
    senses[_OWN_ASKS + good] = own_asks / 5
    senses[_BEST_ASK + good] = best_ask
    senses[_BEST_BID + good] = best_bid
    weighted, total = 0.0, 0.001
    for price in range(game.sales.shape[1]):
        weighted += price * game.sales[good, price]
        total += game.sales[good, price]
    senses[_MARKET + good] = weighted / total / 10
