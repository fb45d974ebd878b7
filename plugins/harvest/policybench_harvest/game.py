"""The game of Commons Harvest Open, compiled: its rules, a batch of games, one step, what players see.

Apples grow back only near other apples, so a patch that is eaten to the last apple is lost. In every step

1. the live neighbours of every site that waits for an apple are counted: the sites within distance 2. Where
   there is none the ground becomes bare floor, elsewhere it is grass;
2. avatars move and turn, the last player first. Who enters a site with an apple eats it: reward 1;
3. apples sprout, with a probability that depends on the neighbours counted in the *previous* step. An avatar
   that stands there eats the new apple at once, and it is never seen;
4. the count of point 1 is stored for the next step.

So an apple that was eaten in one step is back two steps later at the earliest. The luck of a step, which
sites sprout and in which order players act, is drawn first; given that, a step is deterministic.

The rules are those of Melting Pot's ``commons_harvest__open`` in the version of "Large Legislative Models"
(no zapping, fixed spawn cells, everybody faces north at first, and the fixed order of the players).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench import InputError
from policybench.compiled import compiled, uniform
from policybench.gridworld.layout import all_cells, parse_layout, positions
from policybench.gridworld.movement import AVATAR_STATE, MOVED, act, shuffle
from policybench.gridworld.view import ground_views, look, pose_of, turned_symbols
from policybench_harvest.map import (
    APPLE,
    AVATAR,
    FLOOR,
    GRASS,
    HARVEST_MAP,
    N_SYMBOLS,
    OUTSIDE,
    PLAYERS,
    TERRAIN,
    WALL,
)

ACTION_NAMES = ("noop", "forward", "backward", "step left", "step right", "turn left", "turn right")
N_ACTIONS = len(ACTION_NAMES)
REGROWTH_PROBABILITIES = (0.0, 0.0025, 0.005, 0.025)
NEIGHBOURHOOD = 4
"""Squared distance within which sites are neighbours."""

MAX_NEIGHBOURS = 12
"""The number of cells within that distance."""

UNARMED = -1
"""Stored in place of a neighbour count for a site that bears an apple, or lost it in the step just made."""

SITE = np.dtype([("cell", np.int32), ("n_neighbours", np.int32), ("neighbours", np.int32, (MAX_NEIGHBOURS,))])
"""An apple site: its cell, and its neighbours as indices of sites, ``n_neighbours`` of them from the left."""

SITE_STATE = np.dtype(
    [
        ("live", np.bool_),
        ("armed", np.int8),
        ("live_neighbours", np.int8),
        ("bare", np.bool_),
        ("counted", np.int8),
        ("sprouts", np.bool_),
    ]
)
"""The state of a site. ``live``: it bears an apple. ``armed``: the neighbour count stored while it waits, or
UNARMED. ``live_neighbours``: how many neighbours bear an apple now. ``bare``: its ground is floor, not grass;
an apple hides either. Within a step, ``counted``: the count of point 1, UNARMED for a live site; ``sprouts``:
the luck of the step, whether an apple comes."""


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


class Games(NamedTuple):
    """The state of a batch of games; kernels change it in place.

    Attributes:
        board: [n_games, cells] uint8, symbols of the padded map, avatars included.
        ground: [n_games, cells] uint8, the same without avatars.
        avatars: [n_games, n_players] AVATAR_STATE.
        sites: [n_games, n_sites] SITE_STATE.
        order: [n_games, n_players] uint8, the players' indices in the order in which they act.
    """

    board: NDArray[np.uint8]
    ground: NDArray[np.uint8]
    avatars: NDArray[np.void]
    sites: NDArray[np.void]
    order: NDArray[np.uint8]


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


def make_games(rules: Rules, n_games: int) -> Games:
    """A batch of games, each at its start."""
    n_cells, n_sites, n_players = len(rules.terrain), len(rules.sites), len(rules.spawns)
    games = Games(
        board=np.zeros((n_games, n_cells), dtype=np.uint8),
        ground=np.zeros((n_games, n_cells), dtype=np.uint8),
        avatars=np.zeros((n_games, n_players), dtype=AVATAR_STATE),
        sites=np.zeros((n_games, n_sites), dtype=SITE_STATE),
        order=np.zeros((n_games, n_players), dtype=np.uint8),
    )
    for g in range(n_games):
        reset_game(rules, games, g)
    return games


@compiled
def reset_game(rules: Rules, games: Games, g: int) -> None:
    """Put game g at its start: an apple on every site, everybody on their spawn cell, facing north."""
    games.ground[g] = rules.terrain
    games.board[g] = rules.terrain
    for i in range(len(rules.sites)):
        site = games.sites[g, i]
        site.live = True
        site.armed = UNARMED
        site.live_neighbours = rules.sites[i].n_neighbours
        site.bare = False
    n_players = len(rules.spawns)
    for player in range(n_players):
        games.avatars[g, player].cell = rules.spawns[player]
        games.avatars[g, player].orientation = 0
        games.board[g, rules.spawns[player]] = AVATAR
        games.order[g, player] = n_players - 1 - player


@compiled
def one_game(games: Games, g: int) -> Games:
    """Game g: the same arrays without their first axis, as views."""
    return Games(games.board[g], games.ground[g], games.avatars[g], games.sites[g], games.order[g])


@compiled
def draw_events(rules: Rules, game: Games, stream: NDArray[np.uint64]) -> None:
    """Draw the luck of a game's coming step: which sites sprout, and the players' order.

    Every site draws in every step, so that its luck does not depend on how the game is played.
    """
    for i in range(len(game.sites)):
        site = game.sites[i]
        site.sprouts = uniform(stream) < rules.regrowth[site.armed]
    if rules.random_move_order:
        shuffle(game.order, stream)


@compiled
def transition(rules: Rules, game: Games, actions: NDArray[np.uint8], rewards: NDArray[np.float32]) -> None:
    """Make one step of a game, given its luck (``sprouts`` of its sites and ``order``).

    Args:
        rules: of the batch.
        game: as ``one_game`` gives it; changed.
        actions: [n_players] 0..6.
        rewards: [n_players] out: 1 for who ate an apple, else 0.
    """
    # 1. Count the live neighbours of waiting sites; where there are none the ground becomes bare.
    for i in range(len(game.sites)):
        site = game.sites[i]
        live, count, bare = site.live, site.live_neighbours, site.bare
        site.counted = UNARMED if live else count
        site.bare = bare if live else count == 0
        _show(rules, game, i)

    # 2. Move and turn, one after another; who enters a cell with an apple eats it.
    rewards[:] = 0
    for turn in range(len(game.order)):
        player = game.order[turn]
        avatar = game.avatars[player]
        outcome = act(game.board, game.ground, avatar, actions[player], rules.directions, WALL, AVATAR)
        if outcome == MOVED and game.ground[avatar.cell] == APPLE:
            rewards[player] = 1
            _set_live(rules, game, rules.site_at[avatar.cell], False)

    # 3. and 4. Sprout, or else store the count of point 1; who stands on a sprouting site eats at once.
    for i in range(len(game.sites)):
        site = game.sites[i]
        if not site.sprouts:
            site.armed = site.counted
            continue
        site.armed = UNARMED
        cell = rules.sites[i].cell
        if game.board[cell] < AVATAR:
            _set_live(rules, game, i, True)
        else:
            for player in range(len(game.avatars)):
                if game.avatars[player].cell == cell:
                    rewards[player] = 1


@compiled
def step_game(
    rules: Rules,
    games: Games,
    g: int,
    actions: NDArray[np.uint8],
    rewards: NDArray[np.float32],
    stream: NDArray[np.uint64],
) -> None:
    """Make one step of game g with luck drawn from its stream; arguments as for ``transition``."""
    game = one_game(games, g)
    draw_events(rules, game, stream)
    transition(rules, game, actions, rewards)


@compiled
def observe_game(rules: Rules, games: Games, g: int, views: NDArray[np.uint8]) -> None:
    """Write what each player of game g sees to views, [n_players, 11, 11]."""
    _observe(rules, one_game(games, g), views)


@compiled
def locate_game(games: Games, g: int, poses: NDArray[np.int32]) -> None:
    """Write where each player of game g stands and faces, [n_players], rows of ``bare_views``."""
    for player in range(len(poses)):
        poses[player] = pose_of(games.avatars[g, player])


def bare_views(rules: Rules) -> NDArray[np.uint8]:
    """What players see of the map without apples and players, [n_poses, 121]."""
    ground = np.where(rules.terrain == APPLE, np.uint8(GRASS), rules.terrain)
    return ground_views(ground, all_cells(rules.size), rules.directions, rules.turned, OUTSIDE)


@compiled
def apples_left(games: Games, g: int) -> int:
    """The number of apples on the map of game g."""
    apples = 0
    for i in range(games.sites.shape[1]):
        apples += games.sites[g, i].live
    return apples


@compiled
def step_games(
    rules: Rules,
    games: Games,
    actions: NDArray[np.uint8],
    streams: NDArray[np.uint64],
    rewards: NDArray[np.float32],
    views: NDArray[np.uint8],
) -> None:
    """Make one step of every game and observe it.

    Args:
        rules: of the batch.
        games: the batch.
        actions: [n_games, n_players].
        streams: [n_games, 4]; a game draws from its own stream alone.
        rewards: [n_games, n_players] out.
        views: [n_games, n_players, 11, 11] out.
    """
    for g in range(len(actions)):
        game = one_game(games, g)
        draw_events(rules, game, streams[g])
        transition(rules, game, actions[g], rewards[g])
        _observe(rules, game, views[g])


@compiled
def _observe(rules: Rules, game: Games, views: NDArray[np.uint8]) -> None:
    """Write what each player sees."""
    for player in range(len(game.avatars)):
        avatar = game.avatars[player]
        look(game.board, game.ground, avatar, rules.directions, rules.turned, views, player)


@compiled
def _set_live(rules: Rules, game: Games, i: int, live: bool) -> None:
    """An apple comes to site i or goes: tell the neighbours and draw the site anew."""
    game.sites[i].live = live
    for j in range(rules.sites[i].n_neighbours):
        game.sites[rules.sites[i].neighbours[j]].live_neighbours += 1 if live else -1
    _show(rules, game, i)


@compiled
def _show(rules: Rules, game: Games, i: int) -> None:
    """Draw site i: the ground, and the board where no avatar hides it."""
    cell, site = rules.sites[i].cell, game.sites[i]
    seen = game.board[cell]
    symbol = FLOOR if site.bare else GRASS
    symbol = APPLE if site.live else symbol
    game.ground[cell] = symbol
    game.board[cell] = seen if seen >= AVATAR else symbol
