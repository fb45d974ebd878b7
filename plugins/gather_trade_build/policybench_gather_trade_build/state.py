"""The state of a game as a dictionary of plain arrays, to look at it, to keep it, or to impose one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from policybench import InputError
from policybench.gridworld import part
from policybench_gather_trade_build import map as board
from policybench_gather_trade_build.game import Games
from policybench_gather_trade_build.market import AGE, AGENT, BIDS, PRICE
from policybench_gather_trade_build.rules import (
    COIN,
    MAX_OPEN_ORDERS,
    MAX_PRICE,
    N_AGENTS,
    N_PRICES,
    ORDER_DURATION,
    Rules,
)
from policybench_gather_trade_build.tax import check_rates
from policybench_gather_trade_build.welfare import energy_weight, utility

_AGENTS = (N_AGENTS,)
_GRID = (board.SIZE, board.SIZE)

_ARRAYS: dict[str, tuple[int, ...]] = {
    "payment": _AGENTS,
    "skill": _AGENTS,
    "bonus": _AGENTS,
    "labour": _AGENTS,
    "coin_before": _AGENTS,
    "sales": (2, N_PRICES),
}
"""Parts of the state that are copied as they are; nonnegative, but for coin_before."""


def read_state(games: Games, g: int) -> dict[str, Any]:
    """The state of game g.

    Returns:
        ``position`` [4, 2] int64, row and column. ``stone``, ``wood`` [25, 25] bool, where units lie.
        ``house_owner`` [25, 25] int8, -1 for none. ``inventory``, ``escrow`` [4, 3] float64: coin, stone, wood.
        ``orders`` [n, 5] int64, open orders in the order of the books: side (0 bid, 1 ask), good (0 stone, 1
        wood), agent, price, age. ``sales`` [2, 11] float64, fading count of sales by good and price. ``labour``,
        ``payment``, ``skill``, ``bonus`` and ``coin_before`` [4] float64 (``game``). ``rates``, ``planned`` [7]
        float64, marginal rates in force and of the next period. ``last_incomes`` [4] float64, of the last
        collection. ``day`` int, which step of the tax period comes next, from 1. ``step`` int: how many steps
        were made.
    """
    game = games[g]
    state: dict[str, Any] = {
        "position": board.places(game.cell),
        "house_owner": board.inside(game.owner).copy(),
        "inventory": game.inventory.copy(),
        "escrow": game.escrow.copy(),
        "orders": _open_orders(game),
        "rates": game.rates.copy(),
        "planned": game.planned.copy(),
        "day": int(game.day),
        "step": int(game.step),
    }
    for good, name in enumerate(board.GOODS):
        state[name] = board.inside(game.unit == 1 + good).copy()
    state["last_incomes"] = game.assessments["income"].copy()
    return state | {name: game[name].copy() for name in _ARRAYS}


def write_state(rules: Rules, games: Games, g: int, state: dict[str, Any]) -> None:
    """Put game g into a state as ``read_state`` gives it; ``escrow`` follows from the orders and may be missing.

    So may ``orders`` and ``last_incomes``, for none.

    Raises:
        InputError: another key is missing, an array has the wrong shape, or the state is impossible.
    """
    arrays = {name: part(state, name, shape).astype(np.float64) for name, shape in _ARRAYS.items()}
    for name, values in arrays.items():
        if not np.isfinite(values).all() or (name != "coin_before" and (values < 0).any()):
            raise InputError(f"state {name}: {values.tolist()}; each is a finite number, at least 0.")
    inventory = part(state, "inventory", (N_AGENTS, 3)).astype(np.float64)
    if not np.isfinite(inventory).all() or (inventory < -1e-9).any():
        raise InputError(f"state inventory: {inventory.tolist()}; each is at least 0.")
    owner = part(state, "house_owner", _GRID).astype(np.int64)
    if owner.min() < -1 or owner.max() >= N_AGENTS:
        raise InputError(
            f"state house_owner: from {owner.min()} to {owner.max()}; allowed are -1 to {N_AGENTS - 1}."
        )
    ground = board.inside(rules.ground)
    if (owner[ground != board.LAND] >= 0).any():
        raise InputError("state house_owner: a house on water or on a source; houses stand on free land.")
    units = np.zeros(_GRID, dtype=np.uint8)
    for good, name in enumerate(board.GOODS):
        lies = part(state, name, _GRID).astype(np.bool_)
        if (lies & (ground != board.STONE_SOURCE + good)).any():
            raise InputError(f"state {name}: a unit that is on no source of {name}.")
        units[lies] = 1 + good
    cells = _cells(part(state, "position", (N_AGENTS, 2)).astype(np.int64), owner, ground)
    orders = _checked_orders(state)
    day, step = (int(part(state, name, ())) for name in ("day", "step"))
    if not 1 <= day <= rules.period:
        raise InputError(f"state day: {day}; allowed are 1 to {int(rules.period)}.")
    if step < 0:
        raise InputError(f"state step: {step}; it is at least 0.")

    game = games[g]
    game.unit[:] = np.pad(units, 1).ravel()
    game.owner[:] = np.pad(owner, 1, constant_values=-1).ravel()
    game.agent_at[:] = -1
    game.agent_at[cells] = np.arange(N_AGENTS)
    game.cell[:] = cells
    game.inventory[:] = inventory
    for name, values in arrays.items():
        game[name][:] = values
    game.n_houses[:] = [(owner == agent).sum() for agent in range(N_AGENTS)]
    game.rank[:] = np.argsort(np.argsort(arrays["payment"], kind="stable"), kind="stable")
    game.rates[:], game.planned[:] = check_rates(state["rates"]), check_rates(state["planned"])
    game.day, game.step = day, step
    game.assessments["income"] = part(state, "last_incomes", _AGENTS) if "last_incomes" in state else 0.0
    _fill_books(game, orders)
    game.energy_weight = energy_weight(rules, game)
    game.rewards[:] = 0
    game.utility[:] = [utility(game, agent) for agent in range(N_AGENTS)]


def _open_orders(game: Any) -> NDArray[np.int64]:
    """The orders of a game, [n, 5]."""
    rows = [
        (side, good, *game.orders[side, good, i])
        for side in range(2)
        for good in range(2)
        for i in range(game.n_orders[side, good])
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 5)


def _checked_orders(state: dict[str, Any]) -> NDArray[np.int64]:
    orders = np.asarray(state.get("orders", ()), dtype=np.int64).reshape(-1, 5)
    low, high = np.array([0, 0, 0, 0, 0]), np.array([1, 1, N_AGENTS - 1, MAX_PRICE, ORDER_DURATION])
    if ((orders < low) | (orders > high)).any():
        raise InputError(
            "state orders: a row is side 0 or 1, good 0 or 1, agent 0 to 3, price 0 to 10, age 0 to 50."
        )
    if np.bincount(orders[:, 1] * N_AGENTS + orders[:, 2], minlength=1).max() > MAX_OPEN_ORDERS:
        raise InputError(f"state orders: an agent has at most {MAX_OPEN_ORDERS} open orders for a good.")
    return orders


def _fill_books(game: Any, orders: NDArray[np.int64]) -> None:
    """Enter orders, and put into escrow what they hold."""
    game.n_orders[:] = 0
    game.n_open[:] = 0
    game.n_trades = 0
    game.escrow[:] = 0
    for side, good, agent, price, age in orders:
        place = game.n_orders[side, good]
        entry = game.orders[side, good, place]
        entry[AGENT], entry[PRICE], entry[AGE] = agent, price, age
        game.n_orders[side, good] += 1
        game.n_open[agent, good] += 1
        game.escrow[agent, COIN if side == BIDS else 1 + good] += price if side == BIDS else 1


def _cells(position: NDArray[np.int64], owner: NDArray[np.int64], ground: NDArray[Any]) -> NDArray[np.int32]:
    """Where agents stand; every one on a cell of its own that it may enter."""
    for agent, (row, column) in enumerate(position):
        if not (0 <= row < board.SIZE and 0 <= column < board.SIZE):
            raise InputError(f"state position: agent {agent} at {row}, {column}; rows and columns are 0 to 24.")
        if ground[row, column] == board.WATER or owner[row, column] not in (-1, agent):
            raise InputError(
                f"state position: agent {agent} at {row}, {column} is in water or in another's house."
            )
    cells = board.cells(position[:, 0], position[:, 1])
    if len(set(cells.tolist())) < N_AGENTS:
        raise InputError("state position: two agents are in one cell.")
    return cells
