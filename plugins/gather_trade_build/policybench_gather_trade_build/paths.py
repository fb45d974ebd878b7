"""The nearest stone, wood and building land of an agent, and the first move on a shortest way there.

Sets of cells are bitboards, a row of the padded map in the bits of a number, so that a wave that spreads from the
agent moves on by a whole row with a few shifts. Ways lead over land and sources, around water, houses of others
and other agents, as they stand now.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench_gather_trade_build.actions import Game
from policybench_gather_trade_build.map import LAND, PADDED, WATER
from policybench_gather_trade_build.rules import N_AGENTS, Rules

LAND_GOAL = 2
"""Goals: a unit of good 0, of good 1, or building land."""

N_GOALS = 3

MAX_DISTANCE = 80
"""Ways that are longer are not found."""

UNREACHABLE = -1

_ONE = np.uint64(1)


class Paths(NamedTuple):
    """Bitboards, and what was found; ``find_paths`` fills them.

    Attributes:
        walkable: [PADDED] uint64, what is not water.
        building: [PADDED] uint64, land that has no source.
        houses: [4 + 1, PADDED] uint64, houses of each agent, then of all.
        n_houses: [1] int64, how many of them are known.
        goals: [3, PADDED] uint64, where goals are.
        open: [PADDED] uint64, where the present agent can go.
        seen: [PADDED] uint64, where the wave has been.
        waves: [MAX_DISTANCE + 1, PADDED] uint64, where it was first at each distance.
        distance: [4, 3] int64, of each agent's nearest goals; UNREACHABLE for none.
        move: [4, 3] int64, the first move towards them, 0..3 as in ``actions.STEPS``; -1 where the agent is there.
    """

    walkable: NDArray[np.uint64]
    building: NDArray[np.uint64]
    houses: NDArray[np.uint64]
    n_houses: NDArray[np.int64]
    goals: NDArray[np.uint64]
    open: NDArray[np.uint64]
    seen: NDArray[np.uint64]
    waves: NDArray[np.uint64]
    distance: NDArray[np.int64]
    move: NDArray[np.int64]


def make_paths(rules: Rules) -> Paths:
    """Paths on the map of these rules; nothing is found yet."""
    return Paths(
        walkable=_bitboard(rules.ground != WATER),
        building=_bitboard(rules.ground == LAND),
        houses=np.zeros((N_AGENTS + 1, PADDED), dtype=np.uint64),
        n_houses=np.full(1, -1, dtype=np.int64),
        goals=np.zeros((N_GOALS, PADDED), dtype=np.uint64),
        open=np.zeros(PADDED, dtype=np.uint64),
        seen=np.zeros(PADDED, dtype=np.uint64),
        waves=np.zeros((MAX_DISTANCE + 1, PADDED), dtype=np.uint64),
        distance=np.zeros((N_AGENTS, N_GOALS), dtype=np.int64),
        move=np.zeros((N_AGENTS, N_GOALS), dtype=np.int64),
    )


def _bitboard(flags: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Flags of all padded cells as a bitboard; bit i of a row is its column i."""
    bits: NDArray[np.uint64] = flags.reshape(PADDED, PADDED).astype(np.uint64) << np.arange(
        PADDED, dtype=np.uint64
    )
    board: NDArray[np.uint64] = bits.sum(axis=1, dtype=np.uint64)
    return board


@compiled
def forget_houses(paths: Paths) -> None:
    """A new game has begun."""
    paths.n_houses[0] = -1


@compiled
def find_paths(rules: Rules, game: Game, paths: Paths) -> None:
    """Find every agent's nearest goals."""
    _see(rules, game, paths)
    for agent in range(N_AGENTS):
        for row in range(PADDED):
            paths.open[row] = paths.walkable[row] & ~(paths.houses[N_AGENTS, row] & ~paths.houses[agent, row])
            paths.goals[LAND_GOAL, row] = paths.building[row] & ~paths.houses[N_AGENTS, row]
        for other in range(N_AGENTS):
            if other != agent:
                cell = game.cell[other]
                bit = _ONE << np.uint64(cell % PADDED)
                paths.open[cell // PADDED] &= ~bit
                paths.goals[LAND_GOAL, cell // PADDED] &= ~bit
        _spread(paths, agent, game.cell[agent])


@compiled
def _see(rules: Rules, game: Game, paths: Paths) -> None:
    """Take note of houses and units."""
    n_houses = 0
    for agent in range(N_AGENTS):
        n_houses += game.n_houses[agent]
    if n_houses != paths.n_houses[0]:
        paths.n_houses[0] = n_houses
        paths.houses[:] = 0
        for cell in range(len(game.owner)):
            if game.owner[cell] >= 0:
                bit = _ONE << np.uint64(cell % PADDED)
                paths.houses[game.owner[cell], cell // PADDED] |= bit
                paths.houses[N_AGENTS, cell // PADDED] |= bit
    for good in range(2):
        for row in range(PADDED):
            paths.goals[good, row] = 0
    for i in range(len(rules.source_cells)):
        cell = rules.source_cells[i]
        if game.unit[cell] > 0:
            paths.goals[rules.source_goods[i], cell // PADDED] |= _ONE << np.uint64(cell % PADDED)


@compiled
def _spread(paths: Paths, agent: int, start: int) -> None:
    """Let a wave spread from an agent until it has met all goals, or ends."""
    paths.seen[:] = 0
    for row in range(PADDED):
        paths.waves[0, row] = 0
    paths.waves[0, start // PADDED] = _ONE << np.uint64(start % PADDED)
    for goal in range(N_GOALS):
        paths.distance[agent, goal] = UNREACHABLE
        paths.move[agent, goal] = -1
    n_missing = N_GOALS
    for distance in range(MAX_DISTANCE + 1):
        for goal in range(N_GOALS):
            if paths.distance[agent, goal] == UNREACHABLE:
                hit = np.uint64(0)
                for row in range(PADDED):
                    hit |= paths.waves[distance, row] & paths.goals[goal, row]
                if hit:
                    paths.distance[agent, goal] = distance
                    paths.move[agent, goal] = _first_move(paths, goal, distance)
                    n_missing -= 1
        if n_missing == 0 or distance == MAX_DISTANCE or not _advance(paths, distance):
            return


@compiled
def _advance(paths: Paths, distance: int) -> bool:
    """The next wave; whether it reaches anything."""
    reached = np.uint64(0)
    for row in range(PADDED):
        paths.seen[row] |= paths.waves[distance, row]
    for row in range(1, PADDED - 1):
        wave = paths.waves[distance, row]
        spread = (wave << _ONE) | (wave >> _ONE) | paths.waves[distance, row - 1] | paths.waves[distance, row + 1]
        spread &= paths.open[row] & ~paths.seen[row]
        paths.waves[distance + 1, row] = spread
        reached |= spread
    return bool(reached != np.uint64(0))


@compiled
def _first_move(paths: Paths, goal: int, distance: int) -> int:
    """The first move on a way to the first cell, row by row, of a goal that a wave has met; -1 if it is no way."""
    row = 0
    while not paths.waves[distance, row] & paths.goals[goal, row]:
        row += 1
    bit = paths.waves[distance, row] & paths.goals[goal, row]
    bit &= ~(bit - _ONE)
    move = -1
    for d in range(distance - 1, -1, -1):
        if paths.waves[d, row] & (bit << _ONE):  # it came from the right, so the move is to the left
            bit, move = bit << _ONE, 0
        elif paths.waves[d, row] & (bit >> _ONE):
            bit, move = bit >> _ONE, 1
        elif paths.waves[d, row + 1] & bit:
            row, move = row + 1, 2
        else:
            row, move = row - 1, 3
    return move
