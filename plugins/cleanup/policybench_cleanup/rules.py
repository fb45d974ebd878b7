"""What all games of Clean Up in a batch share: the map in the form that kernels use, and the rules' numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench import InputError
from policybench.gridworld import Record, make_record, parse_layout, turned_symbols
from policybench_cleanup.beams import beam_paths
from policybench_cleanup.map import (
    APPLE_SITES,
    AVATAR,
    CLEANUP_MAP,
    N_SYMBOLS,
    OUTSIDE,
    PLAYERS,
    RIVER_SITES,
    SAND,
    TERRAIN,
)

MAX_GROWTH_RATE = 0.05
DEPLETION = 0.4
"""The dirty share of the river from which on no apple grows."""

DIRT_PROBABILITY = 0.5
DIRT_DELAY = 50
"""Steps at the start of an episode in which no dirt appears."""

ZAP_COOLDOWN = 10
CLEAN_COOLDOWN = 2
"""Steps after a shot in which the same beam cannot be fired."""

REMOVAL = 51
"""Steps after which a zapped player is off the map, that of the zap included."""

Rules = Record
"""The rules on a map; no step changes them.

Fields:
    terrain: [cells] uint8, symbols of the padded map at the start, without avatars.
    directions: [4] int32, steps to the neighbouring cells.
    spawns: [n_players] int32, where players start and come back.
    sites: [n_sites] int32, the cells where apples grow, row by row.
    site_at: [cells] int16, the index of the apple site in a cell, -1 where there is none.
    river: [n_river] int32, the cells that can be dirty, row by row.
    river_at: [cells] int16, the index of the river site in a cell, -1 where there is none.
    growth: [n_river + 1] float64, the probability that an apple grows, by number of dirty sites.
    paths: [4, 3, 3] int32, the cells of a beam (``beam_paths``).
    zap_cooldown: int, steps after a zap in which the player cannot zap.
    clean_cooldown: int, steps after a cleaning shot in which the player cannot clean.
    removal: int, for how many steps a zapped player is off the map.
    turned: [4, 13] uint8, how symbols appear to a viewer that faces north, east, south, west.
    random_move_order: bool, players act in a new random order every step, not the last one first.
    map_size: [2] int32, height and width of the map without padding.
"""


def make_rules(
    layout: str = CLEANUP_MAP, max_growth_rate: float = MAX_GROWTH_RATE, random_move_order: bool = False
) -> Rules:
    """The rules on a map.

    Args:
        layout: the map; its characters are explained in ``policybench_cleanup.map``.
        max_growth_rate: the probability in each step that an apple grows on an empty site while the whole
            river is clean.
        random_move_order: a new random order of the players every step.

    Raises:
        InputError: the map is not one, or the growth rate is no probability.
    """
    if not 0 <= max_growth_rate <= 1:
        raise InputError(f"max_growth_rate: {max_growth_rate}; a probability, from 0 to 1.")
    parsed = parse_layout(layout, TERRAIN, PLAYERS, SAND)
    terrain = parsed.pad(OUTSIDE)
    sites = np.sort(np.concatenate([parsed.cells_of(character) for character in APPLE_SITES]))
    river = np.sort(np.concatenate([parsed.cells_of(character) for character in RIVER_SITES]))
    dirty_share = np.arange(len(river) + 1) / max(len(river), 1)
    return make_record(
        terrain=terrain,
        directions=parsed.directions,
        spawns=parsed.spawns,
        sites=sites,
        site_at=_index_at(sites, len(terrain)),
        river=river,
        river_at=_index_at(river, len(terrain)),
        growth=max_growth_rate * np.maximum(1 - dirty_share / DEPLETION, 0),
        paths=beam_paths(parsed.directions),
        zap_cooldown=ZAP_COOLDOWN,
        clean_cooldown=CLEAN_COOLDOWN,
        removal=REMOVAL,
        turned=turned_symbols(N_SYMBOLS, AVATAR),
        random_move_order=random_move_order,
        map_size=np.array(parsed.terrain.shape, dtype=np.int32),
    )


def _index_at(places: NDArray[np.int32], n_cells: int) -> NDArray[np.int16]:
    """The index of the place in each cell, -1 where there is none."""
    index = np.full(n_cells, -1, dtype=np.int16)
    index[places] = np.arange(len(places))
    return index
