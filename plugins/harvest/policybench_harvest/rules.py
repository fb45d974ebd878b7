"""What all games of Harvest in a batch share: the map in the form that kernels use, and the rules' numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench import InputError
from policybench.gridworld import parse_layout, positions, turned_symbols
from policybench_harvest.map import AVATAR, FLOOR, HARVEST_MAP, N_SYMBOLS, OUTSIDE, PLAYERS, TERRAIN

REGROWTH_PROBABILITIES = (0.0, 0.0025, 0.005, 0.025)
NEIGHBOURHOOD = 4
"""Squared distance within which sites are neighbours."""

MAX_NEIGHBOURS = 12
"""The number of cells within that distance."""

SITE = np.dtype([("cell", np.int32), ("n_neighbours", np.int32), ("neighbours", np.int32, (MAX_NEIGHBOURS,))])
"""An apple site: its cell, and its neighbours as indices of sites, ``n_neighbours`` of them from the left."""


class Rules(NamedTuple):
    """What all games of a batch share and no step changes.

    Attributes:
        terrain: [cells] uint8, symbols of the padded map at the start, without avatars.
        directions: [4] int32, steps to the neighbouring cells.
        spawns: [n_players] int32, where players start.
        sites: [n_sites] SITE, where apples grow, row by row.
        site_at: [cells] int16, the index of the site in a cell, -1 where there is none.
        regrowth: [14] float64, the probability of sprouting by stored neighbour count; the last one, which
            is also that at UNARMED = -1, is 0.
        turned: [4, 9] uint8, how symbols appear to a viewer that faces north, east, south, west.
        random_move_order: whether players act in a new random order every step, not the last one first.
        size: [2] int32, height and width of the map without padding.
    """

    terrain: NDArray[np.uint8]
    directions: NDArray[np.int32]
    spawns: NDArray[np.int32]
    sites: NDArray[np.void]
    site_at: NDArray[np.int16]
    regrowth: NDArray[np.float64]
    turned: NDArray[np.uint8]
    random_move_order: bool
    size: NDArray[np.int32]


def make_rules(
    layout: str = HARVEST_MAP,
    regrowth_probabilities: Sequence[float] = REGROWTH_PROBABILITIES,
    random_move_order: bool = False,
) -> Rules:
    """The rules on a map.

    Args:
        layout: the map; its characters are explained in ``policybench_harvest.map``.
        regrowth_probabilities: by number of live neighbours; the last one holds for all greater numbers.
        random_move_order: a new random order of the players every step.

    Raises:
        InputError: the map is not one, or a probability is none.
    """
    probabilities = np.asarray(regrowth_probabilities, dtype=np.float64)
    if probabilities.ndim != 1 or not 1 <= len(probabilities) <= MAX_NEIGHBOURS + 1:
        raise InputError(f"regrowth_probabilities: {regrowth_probabilities}; 1 to 13 probabilities.")
    if not np.all((probabilities >= 0) & (probabilities <= 1)):
        raise InputError(f"regrowth_probabilities: {regrowth_probabilities}; each is from 0 to 1.")

    by_count = np.pad(probabilities, (0, MAX_NEIGHBOURS + 1 - len(probabilities)), mode="edge")

    parsed = parse_layout(layout, TERRAIN, PLAYERS, FLOOR)
    terrain = parsed.pad(OUTSIDE)
    cells = parsed.cells_of("A")
    sites = np.zeros(len(cells), dtype=SITE)
    sites["cell"] = cells
    places = positions(cells, parsed.terrain.shape[1])
    squared = ((places[:, None] - places[None]) ** 2).sum(axis=-1)
    for site, distances in zip(sites, squared, strict=True):
        near = np.flatnonzero((distances > 0) & (distances <= NEIGHBOURHOOD))
        site["n_neighbours"] = len(near)
        site["neighbours"][: len(near)] = near
    site_at = np.full(len(terrain), -1, dtype=np.int16)
    site_at[cells] = np.arange(len(cells))

    return Rules(
        terrain=terrain,
        directions=parsed.directions,
        spawns=parsed.spawns,
        sites=sites,
        site_at=site_at,
        regrowth=np.append(by_count, 0.0),
        turned=turned_symbols(N_SYMBOLS, AVATAR),
        random_move_order=random_move_order,
        size=np.array(parsed.terrain.shape, dtype=np.int32),
    )
