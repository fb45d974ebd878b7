"""The game of Clean Up, compiled: a batch of games, what they hold, their steps, what players see.

A public good: apples grow in the orchard only while the river is clean, and who cleans it eats nothing
meanwhile. ``policybench_cleanup.step`` has the rules of a step.

The rules are those of Melting Pot's ``clean_up`` in the version of "Large Legislative Models" (an apple on
every site at the start, fixed spawn cells, everybody faces north at first, the fixed order of the players).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.gridworld import AVATAR_STATE as MOVEMENT
from policybench.gridworld import Records, all_cells, ground_views, look, make_records, pose_of
from policybench_cleanup.beams import BEAM_CELLS, BEAM_COLUMNS
from policybench_cleanup.map import APPLE, AVATAR, DIRT, GRASS, OUTSIDE, WATER
from policybench_cleanup.rules import Rules
from policybench_cleanup.step import count as count
from policybench_cleanup.step import draw_events, last_player_first, transition

ACTION_NAMES = (
    *("noop", "forward", "backward", "step left", "step right", "turn left", "turn right"),
    *("zap", "clean"),
)
N_ACTIONS = len(ACTION_NAMES)

AVATAR_STATE = np.dtype(
    [
        *MOVEMENT.descr,
        ("removed_for", np.int32),
        ("facing", np.int32),
        ("zap_cooldown", np.int32),
        ("clean_cooldown", np.int32),
        ("beam", np.int32),
        ("n_lit", np.int32),
        ("n_hit", np.int32),
        ("lit", np.int32, (BEAM_CELLS,)),
        ("hit", np.int32, (BEAM_COLUMNS,)),
    ]
)
"""The state of a player.

Fields:
    cell, orientation: as for all avatars; for who is off the map, as they were last.
    removed_for: after how many steps on end it was off the map; 0 for who is on it.
    facing: the luck of a step: how it faces if it comes back.
    zap_cooldown, clean_cooldown: in how many steps to come it cannot fire.
    beam: ZAP_BEAM or CLEAN_BEAM if it fired in the step just made, else 0.
    lit, hit, n_lit, n_hit: what that beam reached (``beams.fire``).
"""

Games = Records
"""The state of a batch of games, one record per game; kernels change it in place.

Fields:
    board: [cells] uint8, symbols of the padded map, avatars and beams included.
    ground: [cells] uint8, the same without avatars and beams.
    avatars: [n_players] AVATAR_STATE.
    live: [n_sites] flags: an apple site bears an apple.
    dirty: [n_river] flags: a river site is dirty.
    step: int32, how many steps were made.
    regrown: int32, how many apples grew in the step just made.
    luck: [n_sites] float64, a uniform number for each apple site.
    sprouts: [n_sites] flags, the luck of a step: an apple grows if there is none.
    soiled: int32, the luck of a step: the index of the river site that becomes dirty, -1 for none.
    order: [n_players] uint8, the players' indices in the order in which they act.
    eaten: [2 * n_players] int32, within a step: the cells where an apple was eaten.
"""


def make_games(rules: Rules, n_games: int) -> Games:
    """A batch of games, each at its start."""
    n_cells, n_players, n_sites = len(rules.terrain), len(rules.spawns), len(rules.sites)
    games = make_records(
        n_games,
        [
            ("board", np.uint8, (n_cells,)),
            ("ground", np.uint8, (n_cells,)),
            ("avatars", AVATAR_STATE, (n_players,)),
            ("live", np.uint8, (n_sites,)),
            ("dirty", np.uint8, (len(rules.river),)),
            ("step", np.int32, ()),
            ("regrown", np.int32, ()),
            ("luck", np.float64, (n_sites,)),
            ("sprouts", np.uint8, (n_sites,)),
            ("soiled", np.int32, ()),
            ("order", np.uint8, (n_players,)),
            ("eaten", np.int32, (2 * n_players,)),
        ],
    )
    for g in range(n_games):
        reset_game(rules, games, g)
    return games


@compiled
def reset_game(rules: Rules, games: Games, g: int) -> None:
    """Put game g at its start: an apple on every site, everybody on their spawn cell, facing north."""
    game = games[g]
    for cell in range(len(rules.terrain)):  # an assignment of arrays takes far longer to compile
        game.board[cell] = rules.terrain[cell]
        game.ground[cell] = rules.terrain[cell]
    game.live[:] = 1
    for i in range(len(game.dirty)):
        game.dirty[i] = rules.terrain[rules.river[i]] == DIRT
    game.step = 0
    game.regrown = 0
    last_player_first(game)
    for player in range(len(game.avatars)):
        avatar = game.avatars[player]
        avatar.cell = rules.spawns[player]
        avatar.orientation = 0
        avatar.removed_for = 0
        avatar.zap_cooldown = 0
        avatar.clean_cooldown = 0
        avatar.beam = 0
        game.board[avatar.cell] = AVATAR


@compiled
def step_game(
    rules: Rules,
    games: Games,
    g: int,
    actions: NDArray[np.uint8],
    rewards: NDArray[np.float32],
    cleaned: NDArray[np.int8],
    stream: NDArray[np.uint64],
) -> None:
    """Make one step of game g with luck drawn from its stream; arguments as for ``transition``."""
    game = games[g]
    draw_events(rules, game, stream)
    transition(rules, game, actions, rewards, cleaned)


@compiled
def observe_game(rules: Rules, games: Games, g: int, views: NDArray[np.uint8]) -> None:
    """Write what each player of game g sees to views, [n_players, 11, 11]: nothing for who is off the map."""
    game = games[g]
    for player in range(len(game.avatars)):
        avatar = game.avatars[player]
        if avatar.removed_for > 0:
            views[player] = OUTSIDE
        else:
            look(game.board, game.ground, avatar, rules.directions, rules.turned, views, player)


@compiled
def locate_game(games: Games, g: int, poses: NDArray[np.int32]) -> None:
    """Write where each player of game g stands and faces, [n_players], rows of ``bare_views``."""
    game = games[g]
    for player in range(len(game.avatars)):
        avatar = game.avatars[player]
        poses[player] = 0 if avatar.removed_for > 0 else pose_of(avatar)


def bare_views(rules: Rules) -> NDArray[np.uint8]:
    """What players see of the map without apples, dirt, players and beams, [n_poses, 121]; off it nothing."""
    ground = rules.terrain.copy()
    ground[ground == APPLE] = GRASS
    ground[ground == DIRT] = WATER
    return ground_views(ground, all_cells(rules.map_size), rules.directions, rules.turned, OUTSIDE)


@compiled
def step_games(
    rules: Rules,
    games: Games,
    actions: NDArray[np.uint8],
    streams: NDArray[np.uint64],
    rewards: NDArray[np.float32],
    cleaned: NDArray[np.int8],
    views: NDArray[np.uint8],
) -> None:
    """Make one step of every game and observe it.

    Args:
        rules: of the batch.
        games: the batch.
        actions: [n_games, n_players].
        streams: [n_games, 4]; a game draws from its own stream alone.
        rewards: [n_games, n_players] out.
        cleaned: [n_games, n_players] out.
        views: [n_games, n_players, 11, 11] out.
    """
    for g in range(len(actions)):
        step_game(rules, games, g, actions[g], rewards[g], cleaned[g], streams[g])
        observe_game(rules, games, g, views[g])
