"""The 50 primitive actions of an agent, and which of them are open to it.

One action a step: nothing, build a house, bid for or ask for one unit of a good at a price, or move by a cell.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled, integer
from policybench.gridworld import Record
from policybench_gather_trade_build.map import GOODS, LAND, PADDED, WATER
from policybench_gather_trade_build.rules import COIN, MAX_OPEN_ORDERS, MAX_PRICE, N_AGENTS, N_PRICES, Rules

NOTHING, BUILD = 0, 1

FIRST_ORDER = 2
"""From here on, good by good: bids at price 0 to 10, then asks at price 0 to 10."""

FIRST_MOVE = FIRST_ORDER + 4 * N_PRICES
"""From here on: left, right, up, down."""

N_ACTIONS = FIRST_MOVE + 4

ACTION_NAMES = (
    "nothing",
    "build",
    *(
        f"{side} {good} at {price}"
        for good in GOODS
        for side in ("bid for", "ask for")
        for price in range(N_PRICES)
    ),
    *("left", "right", "up", "down"),
)

STEPS = np.array([-1, 1, -PADDED, PADDED], dtype=np.int32)
"""Which cell a move leads to, relative to the present one; in the order of moves."""

Game = Record
"""One game of a batch (``policybench_gather_trade_build.game``)."""


@compiled
def bid(good: int, price: int) -> int:
    """The action of bidding for a unit of a good."""
    return FIRST_ORDER + 2 * N_PRICES * good + price


@compiled
def ask(good: int, price: int) -> int:
    """The action of asking a price for a unit of a good."""
    return FIRST_ORDER + 2 * N_PRICES * good + N_PRICES + price


@compiled
def may_build(rules: Rules, game: Game, agent: int) -> bool:
    """Whether an agent has a unit of each good and stands on land without a house."""
    cell = game.cell[agent]
    return game.inventory[agent, 1] >= 1 and game.inventory[agent, 2] >= 1 and is_building_land(rules, game, cell)


@compiled
def is_building_land(rules: Rules, game: Game, cell: int) -> bool:
    """Whether a house could stand on a cell: no source, no unit, no house, one's own included."""
    return rules.ground[cell] == LAND and game.owner[cell] < 0  # type: ignore[no-any-return]


@compiled
def may_order(game: Game, agent: int, good: int) -> bool:
    """Whether an agent has fewer than five open orders for a good."""
    return game.n_open[agent, good] < MAX_OPEN_ORDERS  # type: ignore[no-any-return]


@compiled
def may_bid(game: Game, agent: int, good: int, price: int) -> bool:
    """Whether an agent may bid: it can pay, and has not too many open orders."""
    return may_order(game, agent, good) and price <= game.inventory[agent, COIN]


@compiled
def may_ask(game: Game, agent: int, good: int) -> bool:
    """Whether an agent may offer a unit: it has one, and not too many open orders."""
    return may_order(game, agent, good) and game.inventory[agent, 1 + good] > 0


@compiled
def may_enter(rules: Rules, game: Game, agent: int, cell: int) -> bool:
    """Whether an agent may go to a cell: no water, no agent, no house of another."""
    owner = game.owner[cell]
    return (  # type: ignore[no-any-return]
        rules.ground[cell] != WATER and game.agent_at[cell] < 0 and (owner < 0 or owner == agent)
    )


@compiled
def write_mask(rules: Rules, game: Game, agent: int, mask: NDArray[np.uint8]) -> None:
    """Write which actions are open to an agent, [50] uint8: 1 for those that are."""
    mask[NOTHING] = 1
    mask[BUILD] = may_build(rules, game, agent)
    for good in range(2):
        highest = -1
        if may_order(game, agent, good):
            highest = min(int(game.inventory[agent, COIN]), MAX_PRICE)
        sells = may_ask(game, agent, good)
        for price in range(N_PRICES):
            mask[bid(good, price)] = price <= highest
            mask[ask(good, price)] = sells
    for move in range(4):
        mask[FIRST_MOVE + move] = may_enter(rules, game, agent, game.cell[agent] + STEPS[move])


@compiled
def choose_at_random(mask: NDArray[np.uint8], stream: NDArray[np.uint64]) -> int:
    """An open action, all equally likely."""
    n_open = 0
    for action in range(N_ACTIONS):
        n_open += mask[action]
    rank = integer(stream, n_open)
    action = 0
    while rank > 0 or not mask[action]:
        rank -= mask[action]
        action += 1
    return action


@compiled
def act_at_random(
    rules: Rules, game: Game, mask: NDArray[np.uint8], actions: NDArray[np.uint8], stream: NDArray[np.uint64]
) -> None:
    """Write a random open action for every agent to actions, [4]; mask, [50], is scratch."""
    for agent in range(N_AGENTS):
        write_mask(rules, game, agent, mask)
        actions[agent] = choose_at_random(mask, stream)
