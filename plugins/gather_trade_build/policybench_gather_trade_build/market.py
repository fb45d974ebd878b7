"""Stage 2 of a step: the market, one continuous double auction a good, stone first.

An order is for one unit: a bid at the most that its agent pays, an ask at the least that it takes. What an order
may cost, coin of a bid or the unit of an ask, lies in escrow until it is fulfilled or expires.

1. Orders are placed: good by good, agent by agent. Each is a little work.
2. Bids meet asks, good by good. Bids come by price, the highest first, asks by price, the lowest first; of equal
   price the older comes first, then whoever was entered first. The first bid takes the first ask of somebody
   else, if that asks no more; if it asks more, no further bid of this buyer can be fulfilled in this step either.
   The older order makes the price; of equal age, the ask does, so that the buyer gains.
3. Orders grow older by a step; those of more than 50 expire. So an order takes part in 51 steps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench_gather_trade_build.actions import Game, ask, bid, may_ask, may_bid
from policybench_gather_trade_build.rules import (
    COIN,
    N_AGENTS,
    N_PRICES,
    ORDER_DURATION,
    ORDER_LABOUR,
    PRICE_MEMORY,
)

BIDS, ASKS = 0, 1
"""The sides of a book."""

AGENT, PRICE, AGE = 0, 1, 2
"""What an order is, the last axis of ``Game.orders``."""


@compiled
def trade(game: Game, actions: NDArray[np.uint8]) -> None:
    """Take orders, match them, let them grow older."""
    game.n_trades = 0
    for good in range(2):
        for price in range(N_PRICES):
            game.sales[good, price] *= PRICE_MEMORY
        for agent in range(N_AGENTS):
            _place(game, agent, good, actions[agent])
    for good in range(2):
        _match(game, good)
        _grow_older(game, BIDS, good)
        _grow_older(game, ASKS, good)


@compiled
def _place(game: Game, agent: int, good: int, action: int) -> None:
    """Enter an agent's order for a good at the end of its book, if it makes one and may."""
    if bid(good, 0) <= action < bid(good, N_PRICES):
        price = action - bid(good, 0)
        if may_bid(game, agent, good, price):
            game.inventory[agent, COIN] -= price
            game.escrow[agent, COIN] += price
            _enter(game, BIDS, good, agent, price)
    elif ask(good, 0) <= action < ask(good, N_PRICES) and may_ask(game, agent, good):
        game.inventory[agent, 1 + good] -= 1
        game.escrow[agent, 1 + good] += 1
        _enter(game, ASKS, good, agent, action - ask(good, 0))


@compiled
def _enter(game: Game, side: int, good: int, agent: int, price: int) -> None:
    last = game.n_orders[side, good]
    game.orders[side, good, last, AGENT] = agent
    game.orders[side, good, last, PRICE] = price
    game.orders[side, good, last, AGE] = 0
    game.n_orders[side, good] += 1
    game.n_open[agent, good] += 1
    game.labour[agent] += ORDER_LABOUR


@compiled
def _match(game: Game, good: int) -> None:
    """Fulfil the orders for a good that can be."""
    _sort(game, BIDS, good)
    _sort(game, ASKS, good)
    game.hopeless[:] = 0
    first = 0
    while first < game.n_orders[BIDS, good]:
        buyer = game.orders[BIDS, good, first, AGENT]
        if game.hopeless[buyer]:
            first += 1
            continue
        offer = _first_ask_of_another(game, good, buyer)
        affordable = (
            offer < game.n_orders[ASKS, good]
            and game.orders[ASKS, good, offer, PRICE] <= game.orders[BIDS, good, first, PRICE]
        )
        if affordable:
            _exchange(game, good, first, offer)
        else:
            game.hopeless[buyer] = 1


@compiled
def _first_ask_of_another(game: Game, good: int, buyer: int) -> int:
    """The place in the book of the best ask that is not the buyer's own; the book's length if there is none."""
    i = 0
    while i < game.n_orders[ASKS, good] and game.orders[ASKS, good, i, AGENT] == buyer:
        i += 1
    return i


@compiled
def _exchange(game: Game, good: int, bid_place: int, ask_place: int) -> None:
    """Fulfil a bid and an ask by each other."""
    buyer = game.orders[BIDS, good, bid_place, AGENT]
    bid_price = game.orders[BIDS, good, bid_place, PRICE]
    bid_age = game.orders[BIDS, good, bid_place, AGE]
    seller = game.orders[ASKS, good, ask_place, AGENT]
    ask_price = game.orders[ASKS, good, ask_place, PRICE]
    ask_age = game.orders[ASKS, good, ask_place, AGE]
    price = ask_price if bid_age <= ask_age else bid_price

    game.escrow[seller, 1 + good] -= 1
    game.inventory[buyer, 1 + good] += 1
    game.escrow[buyer, COIN] -= bid_price
    game.inventory[buyer, COIN] += bid_price - price
    game.inventory[seller, COIN] += price
    game.sales[good, price] += 1
    _remove(game, BIDS, good, bid_place)
    _remove(game, ASKS, good, ask_place)

    record = game.trades[game.n_trades]
    record.good, record.seller, record.buyer, record.price = good, seller, buyer, price
    record.bid, record.ask, record.bid_age, record.ask_age = bid_price, ask_price, bid_age, ask_age
    game.n_trades += 1


@compiled
def _grow_older(game: Game, side: int, good: int) -> None:
    """Let the orders on one side of a book grow older; those that expire give back what lay in escrow."""
    i = 0
    while i < game.n_orders[side, good]:
        game.orders[side, good, i, AGE] += 1
        if game.orders[side, good, i, AGE] <= ORDER_DURATION:
            i += 1
            continue
        agent = game.orders[side, good, i, AGENT]
        held = COIN if side == BIDS else 1 + good
        amount = game.orders[side, good, i, PRICE] if side == BIDS else 1
        game.escrow[agent, held] -= amount
        game.inventory[agent, held] += amount
        _remove(game, side, good, i)


@compiled
def _remove(game: Game, side: int, good: int, place: int) -> None:
    """Take an order out of its book; those behind move up."""
    game.n_open[game.orders[side, good, place, AGENT], good] -= 1
    game.n_orders[side, good] -= 1
    for i in range(place, game.n_orders[side, good]):
        for k in range(3):
            game.orders[side, good, i, k] = game.orders[side, good, i + 1, k]


@compiled
def _sort(game: Game, side: int, good: int) -> None:
    """Sort one side of a book, the best order first; equals keep their order (insertion sort)."""
    for i in range(1, game.n_orders[side, good]):
        agent = game.orders[side, good, i, AGENT]
        price = game.orders[side, good, i, PRICE]
        age = game.orders[side, good, i, AGE]
        place = i
        while place > 0 and _is_better(
            side, price, age, game.orders[side, good, place - 1, PRICE], game.orders[side, good, place - 1, AGE]
        ):
            for k in range(3):
                game.orders[side, good, place, k] = game.orders[side, good, place - 1, k]
            place -= 1
        game.orders[side, good, place, AGENT] = agent
        game.orders[side, good, place, PRICE] = price
        game.orders[side, good, place, AGE] = age


@compiled
def _is_better(side: int, price: int, age: int, other_price: int, other_age: int) -> bool:
    """Whether an order comes before another one of its side: by price, then by age."""
    if price != other_price:
        return price > other_price if side == BIDS else price < other_price
    return age > other_age
