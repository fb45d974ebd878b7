"""The real engine's episodes, and a game that replays them."""

from __future__ import annotations

from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest

from policybench.gridworld.layout import padded_cells, positions
from policybench_cleanup.game import make_games, observe_game
from policybench_cleanup.map import CLEAN_BEAM, ZAP_BEAM
from policybench_cleanup.rules import DIRT_DELAY, ZAP_COOLDOWN, make_rules
from policybench_cleanup.step import transition

TRACES = Path(__file__).parent / "traces"


class Replay:
    """Plays a trace's actions with its luck, as far as it was seen, and compares the rest with the trace."""

    def __init__(self, trace):
        self.trace = trace
        self.rules = make_rules(str(trace["map"]), float(trace.get("max_apple_growth_rate", 0.05)))
        self.games = make_games(self.rules, 1)
        n_players = len(self.rules.spawns)
        self.rewards, self.cleaned = np.zeros(n_players, np.float32), np.zeros(n_players, np.int8)

    @classmethod
    def of(cls, name):
        with np.load(TRACES / f"clean_up_{name}.npz") as file:
            return cls({key: file[key] for key in file.files})

    @property
    def n_steps(self):
        return len(self.trace["actions"])

    @property
    def width(self):
        return self.rules.map_size[1]

    def cells(self, grid):
        """The padded cells that are set in a [height, width] grid."""
        y, x = np.nonzero(grid)
        return padded_cells(x, y, self.width)

    def grid(self, cells):
        grid = np.zeros(self.rules.map_size, dtype=bool)
        x, y = positions(np.asarray(cells, dtype=int), self.width).T
        grid[y, x] = True
        return grid

    def shown(self):
        """What the trace records of the state of the game, and of the step just made."""
        game = self.games[0]
        on = game.avatars["removed_for"] == 0
        beams = {kind: self.grid(self.lit(kind)) for kind in (ZAP_BEAM, CLEAN_BEAM)}
        return {
            "alive": on,
            "pos": np.where(on[:, None], positions(game.avatars["cell"], self.width), 0),
            "ori": np.where(on, game.avatars["orientation"], 0),
            "reward": self.rewards,
            "apples": self.grid(self.rules.sites[game.live == 1]),
            "dirt": self.grid(self.rules.river[game.dirty == 1]),
            "player_cleaned": self.cleaned,
            "zap_beam": beams[ZAP_BEAM],
            "clean_beam": beams[CLEAN_BEAM],
            "ready_to_shoot": np.where(on, np.maximum(0, 1 - game.avatars["zap_cooldown"] / ZAP_COOLDOWN), 0),
        }

    def views(self):
        views = np.zeros((len(self.rules.spawns), 11, 11), np.uint8)
        observe_game(self.rules, self.games, 0, views)
        return views

    def lit(self, kind):
        fired = [avatar for avatar in self.games[0].avatars if avatar["beam"] == kind]
        return [cell for avatar in fired for cell in avatar["lit"][: avatar["n_lit"]]]

    def differences(self, s):
        """What is not as in the trace after step s."""
        on = self.trace["alive"][s]
        recorded = {
            **{key: self.trace[key][s] for key in self.shown()},
            "pos": np.where(on[:, None], self.trace["pos"][s], 0),
            "ori": np.where(on, self.trace["ori"][s], 0),
        }
        return {key for key, value in self.shown().items() if not np.allclose(value, recorded[key], atol=1e-6)}

    def step(self, s):
        """Make step s; returns what differs from the trace, whatever luck that nobody saw one assumes."""
        start, best = self.games.copy(), None
        for sprouts, soiled in self.luck(s):
            self.games[:] = start
            self.play(s, sprouts, soiled)
            differences = self.differences(s)
            if best is None or len(differences) < len(best[0]):
                best = differences, self.games.copy(), self.rewards.copy(), self.cleaned.copy()
            if not differences:
                break
        differences, self.games[:], self.rewards[:], self.cleaned[:] = best
        return differences

    def play(self, s, sprouts, soiled):
        game = self.games[0]
        game.sprouts[:] = sprouts
        game.soiled = soiled
        game.avatars["facing"] = self.trace["ori"][s]
        transition(self.rules, game, self.trace["actions"][s - 1], self.rewards, self.cleaned)

    def luck(self, s):
        """What may have happened in step s: first what was seen, then what the trace cannot show.

        Nobody sees an apple that grows where it is eaten in the same step, or dirt that is hit at once.
        """
        game = self.games[0]
        chance = self.rules.growth[game.dirty.sum()]
        new = (self.trace["apples"][s] & ~self.trace["apples"][s - 1])[tuple(self.yx(self.rules.sites))]
        if chance == 1:
            yield np.ones(len(new)), -1
            return
        before = self.at(self.trace["pos"][s - 1][self.trace["alive"][s - 1]])
        after = self.at(self.trace["pos"][s][self.trace["alive"][s]])
        occupied = {self.rules.site_at[cell] for cell in {*before, *after}} - {-1}
        possible = [site for site in sorted(occupied) if chance > 0 and not game.live[site] and not new[site]]
        meals = [list(sites) for k in range(min(len(possible), 2) + 1) for sites in combinations(possible, k)]

        spawned = self.cells(self.trace["dirt"][s] & ~self.trace["dirt"][s - 1])
        assert len(spawned) <= (s > DIRT_DELAY)
        assert chance > 0 or not new.any()
        soils = [self.rules.river_at[cell] for cell in spawned]
        if not soils:
            soils = [-1]
            if s > DIRT_DELAY and self.trace["player_cleaned"][s].any():
                soils += list(np.flatnonzero(game.dirty == 0))
        for eaten, soiled in product(meals, soils):
            sprouts = new.copy()
            sprouts[eaten] = True
            yield sprouts, soiled

    def at(self, places):
        return padded_cells(places[:, 0], places[:, 1], self.width)

    def yx(self, cells):
        return positions(cells, self.width)[:, ::-1].T


@pytest.fixture(scope="session")
def replay():
    return Replay
