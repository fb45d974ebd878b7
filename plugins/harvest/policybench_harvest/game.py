"""The game of Commons Harvest Open, compiled: a batch of games, their starts and steps, what players see.

``policybench_harvest.step`` has the rules of a step. They are those of Melting Pot's ``commons_harvest__open`` in
the version of "Large Legislative Models" (no zapping, fixed spawn cells, everybody faces north at first, and the
fixed order of the players).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.gridworld import AVATAR_STATE, all_cells, ground_views, look, pose_of
from policybench_harvest.map import APPLE, AVATAR, GRASS, OUTSIDE
from policybench_harvest.rules import Rules
from policybench_harvest.step import SITE_STATE, UNARMED, Games, draw_events, one_game, transition

ACTION_NAMES = ("noop", "forward", "backward", "step left", "step right", "turn left", "turn right")
N_ACTIONS = len(ACTION_NAMES)


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
    for cell in range(len(rules.terrain)):  # an assignment of arrays takes far longer to compile
        games.ground[g, cell] = rules.terrain[cell]
        games.board[g, cell] = rules.terrain[cell]
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
