"""One step of the game of Clean Up: its luck, then what becomes of it.

In every step

1. apples grow, each empty site with a probability that falls with the share of the river that is dirty and is
   0 from 40% on. Who stands where one grows eats it at once: reward 1;
2. from step 51 on, with probability 0.5, one clean site of the river becomes dirty;
3. avatars move and turn, the last player first. Who enters a site with an apple eats it: reward 1;
4. beams are fired, all at once: zaps at avatars, cleaning beams at dirt;
5. players who were zapped 51 steps ago or more come back to their spawn cells, if those are free, and face
   anywhere;
6. apples that were eaten, dirt that was hit and avatars that were zapped leave the map. Until then they are
   there, so that an apple that grows under an avatar can pay twice: to an avatar that tries to move and is
   blocked (it enters its own cell), or to one that leaves and another that enters.

The luck of a step, which sites sprout, where dirt appears, how those who come back face and in which order
players act, is drawn first; given that, a step is deterministic.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled, fill_uniform, next_raw, uniform
from policybench.gridworld import NOOP, STAYED, Record, act, shuffle
from policybench_cleanup.beams import fire
from policybench_cleanup.map import APPLE, AVATAR, CLEAN_BEAM, DIRT, GRASS, WALL, WATER, ZAP_BEAM
from policybench_cleanup.rules import DIRT_DELAY, DIRT_PROBABILITY, Rules

ZAP, CLEAN = 7, 8
"""The game's own actions; those before them move and turn."""

Game = Record
"""One game of a batch (``policybench_cleanup.game``)."""


@compiled
def draw_events(rules: Rules, game: Game, stream: NDArray[np.uint64]) -> None:
    """Draw the luck of a game's coming step: where apples and dirt come, how players would face, their order.

    The same numbers are drawn in every step, needed or not, so that a game's luck does not depend on how it is
    played.
    """
    n_dirty = count(game.dirty)
    chance = rules.growth[n_dirty]
    fill_uniform(stream, game.luck)
    for i in range(len(game.sprouts)):
        game.sprouts[i] = game.luck[i] < chance

    comes, place = uniform(stream) < DIRT_PROBABILITY, uniform(stream)
    n_clean = len(game.dirty) - n_dirty
    game.soiled = -1
    if comes and n_clean > 0 and game.step >= DIRT_DELAY:
        game.soiled = _clean_site(game.dirty, int(place * n_clean))

    bits = next_raw(stream)
    for player in range(len(game.avatars)):
        game.avatars[player].facing = (bits >> np.uint64(2 * player)) & np.uint64(3)
    if rules.random_move_order:
        last_player_first(game)
        shuffle(game.order, stream)


@compiled
def transition(
    rules: Rules, game: Game, actions: NDArray[np.uint8], rewards: NDArray[np.float32], cleaned: NDArray[np.int8]
) -> None:
    """Make one step of a game, given its luck (``sprouts``, ``soiled``, ``facing`` and ``order``).

    Args:
        rules: of the batch.
        game: one of a batch; changed.
        actions: [n_players] 0..8; those of players off the map have no effect.
        rewards: [n_players] out: how often a player was paid for an apple, 0..2.
        cleaned: [n_players] out: how much dirt a player's shot has hit, 0..3.
    """
    _put_out(game)
    n_eaten = _grow(rules, game, rewards)
    if game.soiled >= 0:
        game.dirty[game.soiled] = True
        _show(game, rules.river[game.soiled], DIRT)
    n_eaten = _move(rules, game, actions, rewards, n_eaten)
    _fire(rules, game, actions, cleaned)
    _come_back(rules, game)
    _clear_away(rules, game, n_eaten)
    light_up(game)
    game.step += 1


@compiled
def _put_out(game: Game) -> None:
    """The beams of the last step leave the board."""
    for player in range(len(game.avatars)):
        avatar = game.avatars[player]
        if avatar.beam == 0:
            continue
        for i in range(avatar.n_lit):
            cell = avatar.lit[i]
            if game.board[cell] >= ZAP_BEAM:
                game.board[cell] = game.ground[cell]
        avatar.beam = 0


@compiled
def _grow(rules: Rules, game: Game, rewards: NDArray[np.float32]) -> int:
    """Grow apples; returns how many were eaten at once. Those, too, stay until the end of the step."""
    rewards[:] = 0
    n_grown = 0
    n_eaten = 0
    for i in range(len(game.live)):
        if game.sprouts[i] and not game.live[i]:
            game.live[i] = True
            n_grown += 1
            cell = rules.sites[i]
            _show(game, cell, APPLE)
            if game.board[cell] >= AVATAR:
                rewards[_player_at(game, cell)] = 1
                game.eaten[n_eaten] = cell
                n_eaten += 1
    game.regrown = n_grown
    return n_eaten


@compiled
def _move(rules: Rules, game: Game, actions: NDArray[np.uint8], rewards: NDArray[np.float32], n_eaten: int) -> int:
    """Move and turn avatars, one after another; a blocked one enters its own cell. Returns the meals so far."""
    for turn in range(len(game.order)):
        player = game.order[turn]
        avatar = game.avatars[player]
        if avatar.removed_for > 0:
            continue
        action = actions[player] if actions[player] < ZAP else NOOP
        outcome = act(game.board, game.ground, avatar, action, rules.directions, WALL, AVATAR)
        eats = outcome != STAYED and game.ground[avatar.cell] == APPLE
        rewards[player] += eats
        game.eaten[n_eaten] = avatar.cell
        n_eaten += eats
    return n_eaten


@compiled
def _fire(rules: Rules, game: Game, actions: NDArray[np.uint8], cleaned: NDArray[np.int8]) -> None:
    """Fire beams. What is hit stays until the end of the step: others can hit it too, and fire themselves."""
    for player in range(len(game.avatars)):
        avatar = game.avatars[player]
        cleaned[player] = 0
        if avatar.removed_for > 0:
            continue
        zaps = actions[player] == ZAP and avatar.zap_cooldown == 0
        cleans = actions[player] == CLEAN and avatar.clean_cooldown == 0
        avatar.zap_cooldown = rules.zap_cooldown if zaps else max(avatar.zap_cooldown - 1, 0)
        avatar.clean_cooldown = rules.clean_cooldown if cleans else max(avatar.clean_cooldown - 1, 0)
        if zaps:
            avatar.beam = ZAP_BEAM
            fire(avatar, rules.paths, game.board, AVATAR)
        if cleans:
            avatar.beam = CLEAN_BEAM
            fire(avatar, rules.paths, game.ground, DIRT)
            cleaned[player] = avatar.n_hit


@compiled
def _come_back(rules: Rules, game: Game) -> None:
    """Players come back to their spawn cells if it is time and the cell is free."""
    for player in range(len(game.avatars)):
        avatar = game.avatars[player]
        if avatar.removed_for == 0:
            continue
        spawn = rules.spawns[player]
        if avatar.removed_for >= rules.removal and game.board[spawn] < AVATAR:
            avatar.removed_for = 0
            avatar.cell = spawn
            avatar.orientation = avatar.facing
            game.board[spawn] = AVATAR + avatar.facing
        else:
            avatar.removed_for += 1


@compiled
def _clear_away(rules: Rules, game: Game, n_eaten: int) -> None:
    """What was eaten, cleaned or zapped in this step leaves the map."""
    for i in range(n_eaten):
        cell = game.eaten[i]
        game.live[rules.site_at[cell]] = False
        _show(game, cell, GRASS)
    for player in range(len(game.avatars)):
        shooter = game.avatars[player]
        if shooter.beam == 0:
            continue
        for i in range(shooter.n_hit):
            cell = shooter.hit[i]
            if shooter.beam == CLEAN_BEAM:
                game.dirty[rules.river_at[cell]] = False
                _show(game, cell, WATER)
            elif game.board[cell] >= AVATAR:
                game.avatars[_player_at(game, cell)].removed_for = 1
                game.board[cell] = game.ground[cell]


@compiled
def light_up(game: Game) -> None:
    """Draw beams on the board: zaps over all but avatars, cleaning beams over bare ground alone."""
    for player in range(len(game.avatars)):
        shooter = game.avatars[player]
        if shooter.beam == 0:
            continue
        hides = AVATAR if shooter.beam == ZAP_BEAM else WATER + 1
        for i in range(shooter.n_lit):
            cell = shooter.lit[i]
            if game.board[cell] < hides or game.board[cell] == CLEAN_BEAM:
                game.board[cell] = shooter.beam


@compiled
def count(flags: NDArray[np.uint8]) -> int:
    """How many of a game's flags are set: of ``live``, apples on the map; of ``dirty``, dirty river sites."""
    total = 0
    for flag in flags:
        total += flag
    return total


@compiled
def last_player_first(game: Game) -> None:
    """The fixed order of the paper's games."""
    for turn in range(len(game.order)):
        game.order[turn] = len(game.order) - 1 - turn


@compiled
def _clean_site(dirty: NDArray[np.uint8], rank: int) -> int:
    """The index of the clean river site that has ``rank`` clean ones before it."""
    i = -1
    while rank >= 0:
        i += 1
        rank -= not dirty[i]
    return i


@compiled
def _player_at(game: Game, cell: int) -> int:
    """The index of the player whose avatar is in a cell that holds one."""
    player = 0
    while game.avatars[player].cell != cell or game.avatars[player].removed_for > 0:
        player += 1
    return player


@compiled
def _show(game: Game, cell: int, symbol: int) -> None:
    """Draw a cell anew: the ground, and the board where no avatar hides it."""
    seen = game.board[cell]
    game.ground[cell] = symbol
    game.board[cell] = seen if seen >= AVATAR else symbol
