"""The state of a game as a dictionary of plain arrays, to look at it, to keep it, or to impose one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from policybench import InputError
from policybench.gridworld import check_avatars, flags_at, grid_of, padded_cells, part, positions
from policybench_cleanup.beams import BEAM_CELLS
from policybench_cleanup.game import Games
from policybench_cleanup.map import APPLE, AVATAR, CLEAN_BEAM, DIRT, GRASS, WALL, WATER, ZAP_BEAM
from policybench_cleanup.rules import Rules
from policybench_cleanup.step import light_up

_COUNTERS = ("removed_for", "zap_cooldown", "clean_cooldown")
_BEAMS = {"zap_beam": ZAP_BEAM, "clean_beam": CLEAN_BEAM}


def read_state(rules: Rules, games: Games, g: int) -> dict[str, Any]:
    """The state of game g.

    Returns:
        ``position`` [n_players, 2] int64, (x, y), and ``orientation`` [n_players] int64, 0..3 for north, east,
        south, west; players off the map wait at their spawn cells and face north. ``alive`` [n_players] bool:
        on the map. ``removed_for`` [n_players] int64: after how many steps on end a player was off the map.
        ``zap_cooldown``, ``clean_cooldown`` [n_players] int64: in how many steps to come it cannot fire.
        ``apples``, ``dirt`` [height, width] bool. ``zap_beam``, ``clean_beam`` [height, width] bool: cells that a
        beam lit up in the step just made. ``step`` int: how many steps were made.
    """
    avatars, size = games.avatars[g], _size(rules)
    alive = avatars["removed_for"] == 0
    state: dict[str, Any] = {
        "position": positions(np.where(alive, avatars["cell"], rules.spawns), size[1]),
        "orientation": np.where(alive, avatars["orientation"], 0).astype(np.int64),
        "alive": alive,
        "apples": grid_of(rules.sites[games.live[g] == 1], size),
        "dirt": grid_of(rules.river[games.dirty[g] == 1], size),
        "step": int(games.step[g]),
    }
    for key in _COUNTERS:
        state[key] = avatars[key].astype(np.int64)
    for key, beam in _BEAMS.items():
        fired = avatars[avatars["beam"] == beam]
        lit = [avatar["lit"][: avatar["n_lit"]] for avatar in fired]
        state[key] = grid_of(np.concatenate([np.zeros(0, dtype=np.int32), *lit]), size)
    return state


def write_state(rules: Rules, games: Games, g: int, state: dict[str, Any]) -> None:
    """Put game g into a state as ``read_state`` gives it.

    Beams may be missing, for none; they change nothing but what players see.

    Raises:
        InputError: another key is missing, an array has the wrong shape, or the state is impossible.
    """
    size, n_players = _size(rules), len(rules.spawns)
    counters = {key: part(state, key, (n_players,)) for key in _COUNTERS}
    alive = part(state, "alive", (n_players,)).astype(np.bool_)
    if not np.array_equal(alive, counters["removed_for"] == 0):
        raise InputError("state removed_for: does not fit alive; it is 0 for who is alive, else at least 1.")
    for key, most in (
        ("removed_for", None),
        ("zap_cooldown", int(rules.zap_cooldown)),
        ("clean_cooldown", int(rules.clean_cooldown)),
    ):
        if (counters[key] < 0).any() or (most is not None and (counters[key] > most).any()):
            allowed = "at least 0" if most is None else f"from 0 to {most}"
            raise InputError(f"state {key}: {counters[key].tolist()}; each is {allowed}.")
    step = int(part(state, "step", ()))
    if step < 0:
        raise InputError(f"state step: {step}; it is at least 0.")
    cells, orientation = check_avatars(state, alive, rules.terrain, WALL, size)
    live = flags_at(state, "apples", rules.sites, size)
    dirty = flags_at(state, "dirt", rules.river, size)
    beams = [(beam, lit) for key, beam in _BEAMS.items() for lit in _chunks(state.get(key), key, size)]
    if len(beams) > n_players:
        raise InputError(f"state: beams light up more cells than {n_players} players can.")

    game = games[g]
    game.step = step
    game.regrown = 0
    game.live[:] = live
    game.dirty[:] = dirty
    game.ground[:] = rules.terrain
    game.ground[rules.sites] = np.where(live, APPLE, GRASS)
    game.ground[rules.river] = np.where(dirty, DIRT, WATER)
    game.board[:] = game.ground
    game.board[cells[alive]] = AVATAR + orientation[alive]
    avatars = games.avatars[g]
    avatars["cell"] = np.where(alive, cells, rules.spawns)
    avatars["orientation"] = np.where(alive, orientation, 0)
    for key, counter in counters.items():
        avatars[key] = counter
    avatars["beam"] = 0
    for avatar, (beam, lit) in zip(avatars, beams, strict=False):
        avatar["beam"], avatar["n_lit"], avatar["n_hit"] = beam, len(lit), 0
        avatar["lit"][: len(lit)] = lit
    light_up(game)


def _chunks(grid: Any, key: str, size: tuple[int, int]) -> list[NDArray[np.int32]]:
    """The lit cells of one kind of beam, as many together as one beam has at most."""
    if grid is None:
        return []
    y, x = np.nonzero(part({key: grid}, key, size))
    cells = padded_cells(x, y, size[1])
    return [cells[i : i + BEAM_CELLS] for i in range(0, len(cells), BEAM_CELLS)]


def _size(rules: Rules) -> tuple[int, int]:
    """Height and width of the map."""
    return int(rules.map_size[0]), int(rules.map_size[1])
