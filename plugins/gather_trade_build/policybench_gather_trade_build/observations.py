"""What an agent observes in the original game: a window of the map, and 136 numbers.

The followers of this distribution's environment are given something else (``senses``); these are for other
people's learners.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from policybench_gather_trade_build.actions import N_ACTIONS, write_mask
from policybench_gather_trade_build.game import Games
from policybench_gather_trade_build.map import (
    PADDED,
    SIZE,
    STONE,
    STONE_SOURCE,
    WATER,
    WOOD,
    WOOD_SOURCE,
)
from policybench_gather_trade_build.market import AGENT, ASKS, BIDS, PRICE
from policybench_gather_trade_build.rules import EPISODE_STEPS, N_AGENTS, N_PRICES, PAYMENT, Rules
from policybench_gather_trade_build.tax import income, marginal_rate

REACH = 5
"""Cells that an agent sees in each direction."""

WINDOW = 2 * REACH + 1

CHANNELS = ("stone", "wood", "house", "water", "stone source", "wood source", "inside the map")

N_NUMBERS = 136

_MARGIN = REACH - 1
"""Cells by which the padded map must grow, so that every window lies on it."""


def observation_space() -> spaces.Dict:
    """What ``observe`` gives."""
    return spaces.Dict(
        {
            "world_map": spaces.Box(0, 1, (len(CHANNELS), WINDOW, WINDOW), np.int8),
            "index_map": spaces.Box(0, N_AGENTS + 1, (2, WINDOW, WINDOW), np.int8),
            "flat": spaces.Box(-np.inf, np.inf, (N_NUMBERS,), np.float32),
            "action_mask": spaces.Box(0, 1, (N_ACTIONS,), np.int8),
        }
    )


def observe(rules: Rules, games: Games, g: int) -> list[dict[str, NDArray[Any]]]:
    """What the agents of game g observe.

    Returns:
        For every agent: ``world_map`` [7, 11, 11] int8, flags of ``CHANNELS`` around the agent; ``index_map``
        [2, 11, 11] int8, whose house and which agent is there: 0 nobody, 1 the agent itself, j + 2 agent j;
        ``flat`` [136] float32 (``_numbers``); ``action_mask`` [50] int8.
    """
    game = games[g]
    layers = _layers(rules, game)
    owners, agents = (_grown(array, -1) for array in (game.owner, game.agent_at))
    seen: list[dict[str, NDArray[Any]]] = []
    for agent in range(N_AGENTS):
        row, column = divmod(int(game.cell[agent]), PADDED)
        top, left = row + _MARGIN - REACH, column + _MARGIN - REACH
        window = np.s_[..., top : top + WINDOW, left : left + WINDOW]
        mask = np.zeros(N_ACTIONS, dtype=np.uint8)
        write_mask(rules, game, agent, mask)
        index = np.stack([_relative(array[window], agent) for array in (owners, agents)])
        seen.append(
            {
                "world_map": layers[window].copy(),
                "index_map": index,
                "flat": _numbers(rules, game, agent),
                "action_mask": mask.astype(np.int8),
            }
        )
    return seen


def _layers(rules: Rules, game: Any) -> NDArray[np.int8]:
    """The channels of the whole map, with a margin."""
    ground = rules.ground.reshape(PADDED, PADDED)
    inside = np.zeros((PADDED, PADDED), dtype=bool)
    inside[1:-1, 1:-1] = True
    unit, owner = (array.reshape(PADDED, PADDED) for array in (game.unit, game.owner))
    flags = (
        *(unit == 1 + good for good in (STONE, WOOD)),
        owner >= 0,
        (ground == WATER) & inside,
        ground == STONE_SOURCE,
        ground == WOOD_SOURCE,
        inside,
    )
    return np.stack([_grown(layer, 0) for layer in flags])


def _grown(cells: NDArray[Any], outside: int) -> NDArray[np.int8]:
    """The padded map with the margin that windows need."""
    grid = cells.reshape(PADDED, PADDED).astype(np.int8)
    return np.pad(grid, _MARGIN, constant_values=outside)


def _relative(indices: NDArray[np.int8], agent: int) -> NDArray[np.int8]:
    """Agents' indices as one of them sees them."""
    shown: NDArray[np.int8] = np.where(indices < 0, 0, np.where(indices == agent, 1, indices + 2)).astype(np.int8)
    return shown


def _numbers(rules: Rules, game: Any, agent: int) -> NDArray[np.float32]:
    """The numbers that an agent observes, [136].

    In this order: payment / 10; the engine's skill, which is chance; open asks of others, then bids of others,
    then (after the usual price of stone and of wood) own asks and own bids, each by good and price; the fading
    count of sales / 100 by good and price; bonus; the seven rates; whether a tax period begins, whether it ends;
    the last incomes / 100, sorted; the marginal rate at the income so far; the number of the next step in
    its period, of 1; the part of the episode that is over; coin, stone and wood / 100; column and row / 25.
    """
    own, others = _orders(game, agent)
    prices = np.arange(N_PRICES)
    usual = game.sales @ prices / np.maximum(0.001, game.sales.sum(axis=1))
    row, column = divmod(int(game.cell[agent]), PADDED)
    parts = [
        [game.payment[agent] / PAYMENT, game.skill[agent]],
        others[ASKS].ravel(),
        others[BIDS].ravel(),
        usual,
        own[ASKS].ravel(),
        own[BIDS].ravel(),
        game.sales.ravel() / 100,
        [game.bonus[agent]],
        game.rates,
        [game.day == 1, game.day >= rules.period],
        np.sort(game.assessments["income"]) / 100,
        [marginal_rate(game.rates, income(game, agent)), game.day / rules.period, game.step / EPISODE_STEPS],
        game.inventory[agent] / 100,
        [(column - 1) / SIZE, (row - 1) / SIZE],
    ]
    return np.concatenate(parts).astype(np.float32)


def _orders(game: Any, agent: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many orders are open, own and others', [2, 2, 11] each: by side, good and price."""
    own, others = np.zeros((2, 2, N_PRICES), dtype=np.int64), np.zeros((2, 2, N_PRICES), dtype=np.int64)
    for side in (BIDS, ASKS):
        for good in (STONE, WOOD):
            for order in game.orders[side, good, : game.n_orders[side, good]]:
                (own if order[AGENT] == agent else others)[side, good, order[PRICE]] += 1
    return own, others
