"""One step of the game of Commons Harvest: its luck, then what becomes of it.

Apples grow back only near other apples, so a patch that is eaten to the last apple is lost. In every step

1. the live neighbours of every site that waits for an apple are counted: the sites within distance 2. Where
   there is none the ground becomes bare floor, elsewhere it is grass;
2. avatars move and turn, the last player first. Who enters a site with an apple eats it: reward 1;
3. apples sprout, with a probability that depends on the neighbours counted in the *previous* step. An avatar
   that stands there eats the new apple at once, and it is never seen;
4. the count of point 1 is stored for the next step.

So an apple that was eaten in one step is back two steps later at the earliest. The luck of a step, which
sites sprout and in which order players act, is drawn first; given that, a step is deterministic.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled, uniform
from policybench.gridworld import MOVED, act, shuffle
from policybench_harvest.map import APPLE, AVATAR, FLOOR, GRASS, WALL
from policybench_harvest.rules import Rules

UNARMED = -1
"""Stored in place of a neighbour count for a site that bears an apple, or lost it in the step just made."""

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
