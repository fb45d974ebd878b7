"""What followers choose from: twelve options, each of which is one primitive action in the step at hand.

Most of the 50 primitive actions are prices, and most of what agents would have to learn is to walk. An option is
"go for the nearest stone", one step of the way, or "bid for wood at 7". It is chosen anew in every step; the game
underneath is the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench_gather_trade_build.actions import BUILD, FIRST_MOVE, NOTHING, Game, ask, bid, may_ask, may_bid
from policybench_gather_trade_build.paths import LAND_GOAL, UNREACHABLE, Paths

REST, FETCH_STONE, FETCH_WOOD, SETTLE = 0, 1, 2, 3
"""Do nothing; go for the nearest unit of a good; go to the nearest free land and build there."""

FIRST_OFFER = 4
"""From here on, good by good: buy at the low and at the high price, sell at the low and at the high price."""

PRICES = np.array([3, 7])

N_OPTIONS = FIRST_OFFER + 8

OPTION_NAMES = (
    *("rest", "fetch stone", "fetch wood", "build"),
    *(f"{verb} {good} at {price}" for good in ("stone", "wood") for verb in ("buy", "sell") for price in (3, 7)),
)


@compiled
def write_closed(game: Game, paths: Paths, agent: int, closed: NDArray[np.float32]) -> None:
    """Write 1 for an agent's options that lead nowhere, 0 for the others, [12].

    All at once: one function call an option took ten times as long.
    """
    closed[REST] = 0
    for good in range(2):
        closed[FETCH_STONE + good] = paths.distance[agent, good] == UNREACHABLE
        offers = FIRST_OFFER + good * 2 * len(PRICES)
        sells = may_ask(game, agent, good)
        for i in range(len(PRICES)):
            closed[offers + i] = not may_bid(game, agent, good, PRICES[i])
            closed[offers + len(PRICES) + i] = not sells
    has_goods = game.inventory[agent, 1] >= 1 and game.inventory[agent, 2] >= 1
    closed[SETTLE] = not has_goods or paths.distance[agent, LAND_GOAL] == UNREACHABLE


@compiled
def primitive_action(paths: Paths, agent: int, option: int) -> int:
    """The primitive action that an open option is in this step."""
    if option == REST:
        return NOTHING
    if option <= SETTLE:
        goal = LAND_GOAL if option == SETTLE else option - FETCH_STONE
        move = paths.move[agent, goal]
        if move >= 0:
            return FIRST_MOVE + move  # type: ignore[no-any-return]
        return BUILD if option == SETTLE else NOTHING
    good, sells, price = _offer(option)
    return ask(good, price) if sells else bid(good, price)


@compiled
def _offer(option: int) -> tuple[int, bool, int]:
    """The good, whether it is sold, and the price."""
    number = option - FIRST_OFFER
    return number // 4, number % 4 >= 2, PRICES[number % 2]


@compiled
def write_primitive_actions(
    game: Game, paths: Paths, options: NDArray[np.uint8], actions: NDArray[np.uint8]
) -> None:
    """Write the primitive actions of agents, [4], for the options, [4], of followers: the agents by rank."""
    for agent in range(len(actions)):
        actions[agent] = primitive_action(paths, agent, options[game.rank[agent]])
