"""The state of a game as a dictionary of plain arrays, to look at it, to keep it, or to impose one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from policybench import InputError
from policybench.gridworld import check_avatars, flags_at, grid_of, part, positions, unpadded
from policybench_harvest.map import APPLE, AVATAR, FLOOR, GRASS, WALL
from policybench_harvest.rules import MAX_NEIGHBOURS, Rules
from policybench_harvest.step import UNARMED, Games


def read_state(rules: Rules, games: Games, g: int) -> dict[str, NDArray[Any]]:
    """The state of game g.

    Returns:
        ``position`` [n_players, 2] int64, (x, y); ``orientation`` [n_players] int64, 0..3 for north, east,
        south, west; ``alive`` [n_players] bool, always true; ``apples`` [height, width] bool; ``armed``
        [height, width] int8, the neighbour count stored for a waiting site, -1 where none is; ``floor``
        [height, width] bool, where the ground is bare floor.
    """
    avatars, sites, cells, size = games.avatars[g], games.sites[g], rules.sites["cell"], _size(rules)
    x, y = positions(cells, size[1]).T
    armed = np.full(size, UNARMED, dtype=np.int8)
    armed[y, x] = sites["armed"]
    return {
        "position": positions(avatars["cell"], size[1]),
        "orientation": avatars["orientation"].astype(np.int64),
        "alive": np.ones(len(avatars), dtype=np.bool_),
        "apples": grid_of(cells[sites["live"]], size),
        "armed": armed,
        "floor": (unpadded(rules.terrain, size) == FLOOR) | grid_of(cells[sites["bare"]], size),
    }


def write_state(rules: Rules, games: Games, g: int, state: dict[str, Any]) -> None:
    """Put game g into a state as ``read_state`` gives it.

    ``armed`` counts at waiting sites alone; ``floor`` at all sites. Without ``floor``, the ground of a
    waiting site is bare where ``armed`` is 0.

    Raises:
        InputError: a key is missing, an array has the wrong shape, or the state is impossible.
    """
    size, site_cells = _size(rules), rules.sites["cell"]
    x, y = positions(site_cells, size[1]).T
    alive = part(state, "alive", (len(rules.spawns),)).astype(np.bool_)
    if not alive.all():
        raise InputError("state alive: not all true; in this game nobody is ever removed.")
    cells, orientation = check_avatars(state, alive, rules.terrain, WALL, size)
    live = flags_at(state, "apples", site_cells, size)
    armed = np.where(live, UNARMED, part(state, "armed", size)[y, x])
    if not np.isin(armed, range(UNARMED, MAX_NEIGHBOURS + 1)).all():
        raise InputError(f"state armed: a number that is not from {UNARMED} to {MAX_NEIGHBOURS}.")
    bare = part(state, "floor", size)[y, x] if "floor" in state else armed == 0

    sites = games.sites[g]
    sites["live"], sites["armed"], sites["bare"] = live, armed, bare
    for site, rule in zip(sites, rules.sites, strict=True):
        site["live_neighbours"] = live[rule["neighbours"][: rule["n_neighbours"]]].sum()
    games.avatars[g]["cell"], games.avatars[g]["orientation"] = cells, orientation
    games.ground[g] = rules.terrain
    games.ground[g, site_cells] = np.where(live, APPLE, np.where(bare, FLOOR, GRASS))
    games.board[g] = games.ground[g]
    games.board[g, cells] = AVATAR + orientation


def _size(rules: Rules) -> tuple[int, int]:
    """Height and width of the map."""
    return int(rules.size[0]), int(rules.size[1])
