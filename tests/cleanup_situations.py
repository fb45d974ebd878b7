"""Small situations of Clean Up: a game on the standard map whose luck is told."""

from __future__ import annotations

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from policybench.gridworld.layout import positions
from policybench.streams import kernel_stream
from policybench_cleanup.game import make_games, observe_game
from policybench_cleanup.rules import make_rules
from policybench_cleanup.state import read_state, write_state
from policybench_cleanup.step import transition

NOOP, FORWARD, BACKWARD, STEP_LEFT, STEP_RIGHT, TURN_LEFT, TURN_RIGHT, ZAP, CLEAN = range(9)
NORTH, EAST, SOUTH, WEST = range(4)
RULES = {order: make_rules(random_move_order=order == "random") for order in ("fixed", "random")}
FERTILE = make_rules(max_growth_rate=1.0)
SETTINGS = settings(max_examples=30, deadline=None)

seeds = st.integers(0, 2**32 - 1)
rule_sets = st.sampled_from([*RULES.values(), FERTILE])


ALONE = {0: (10, 10), 1: (1, 19), 2: (2, 19), 3: (3, 19), 4: (4, 19), 5: (5, 19), 6: (6, 19)}


class Situation:
    """A game on the standard map that plays on with luck as it is told, by default none."""

    def __init__(self, rules=RULES["fixed"], **changes):
        self.rules = rules
        self.games = make_games(rules, 1)
        self.game = self.games[0]
        state = read_state(rules, self.games, 0)
        for key, values in changes.items():
            if isinstance(values, dict):
                for index, value in values.items():
                    state[key][index] = value
            else:
                state[key] = values
        write_state(rules, self.games, 0, state)
        self.rewards, self.cleaned = np.zeros(7, np.float32), np.zeros(7, np.int8)

    def play(self, actions=None, *, grows=(), soiled=None, facing=NORTH):
        """One step; ``actions`` and ``grows`` name players and cells."""
        joint = np.zeros(7, np.uint8)
        for player, action in (actions or {}).items():
            joint[player] = action
        self.game.sprouts[:] = False
        for x, y in grows:
            self.game.sprouts[self.site(self.rules.sites, x, y)] = True
        self.game.soiled = -1 if soiled is None else self.site(self.rules.river, *soiled)
        self.game.avatars["facing"] = facing
        transition(self.rules, self.game, joint, self.rewards, self.cleaned)
        return self.state

    def site(self, cells, x, y):
        (found,) = np.flatnonzero((positions(cells, 30) == (x, y)).all(axis=1))
        return found

    @property
    def state(self):
        return read_state(self.rules, self.games, 0)

    def views(self):
        views = np.zeros((7, 11, 11), np.uint8)
        observe_game(self.rules, self.games, 0, views)
        return views


def cells(grid):
    return [(int(x), int(y)) for y, x in np.argwhere(grid)]


def grid(*cells):
    """The map, true in these cells."""
    flags = np.zeros((21, 30), bool)
    for x, y in cells:
        flags[y, x] = True
    return flags


def streams(seed, n_games):
    return np.stack([kernel_stream(seed, 0, "game", g) for g in range(n_games)])


def buffers(n_games):
    return (
        np.zeros((n_games, 7), np.float32),
        np.zeros((n_games, 7), np.int8),
        np.zeros((n_games, 7, 11, 11), np.uint8),
    )
