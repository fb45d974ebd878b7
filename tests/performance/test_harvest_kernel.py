"""The compiled game of Harvest against the same game in plain Python: the same game, and how much faster."""

import time

import numpy as np
import pytest

from policybench.streams import kernel_stream, sequence
from policybench_harvest.game import make_games, observe_game, step_game, step_games
from policybench_harvest.map import APPLE, AVATAR, FLOOR, GRASS, HARVEST_MAP, OUTSIDE, PLAYERS, WALL
from policybench_harvest.rules import make_rules

AHEAD = [(0, -1), (1, 0), (0, 1), (-1, 0)]
HEADING = {1: 0, 2: 2, 3: 3, 4: 1}


class PlainHarvest:
    """The rules in as few lines as they take, on dictionaries of cells (x, y)."""

    def __init__(self, seed):
        letters = {(x, y): c for y, row in enumerate(HARVEST_MAP.split("\n")) for x, c in enumerate(row)}
        self.rng = np.random.Generator(np.random.SFC64(sequence(seed, 0, "game", 0)))
        self.walls = {cell for cell, letter in letters.items() if letter == "W"}
        self.cells = set(letters)
        self.sites = [cell for cell, letter in letters.items() if letter == "A"]
        self.live, self.bare, self.armed = set(self.sites), set(), {}
        self.players = [next(c for c, letter in letters.items() if letter == player) for player in PLAYERS]
        self.facing = [0] * len(PLAYERS)

    def neighbours(self, site):
        x, y = site
        return sum(
            (x + i, y + j) in self.live for i in range(-2, 3) for j in range(-2, 3) if 0 < i * i + j * j <= 4
        )

    def step(self, actions):
        luck = self.rng.random(len(self.sites))
        chance = {site: (0, 0.0025, 0.005, 0.025)[min(k, 3)] for site, k in self.armed.items()}
        sprouts = {site for site, number in zip(self.sites, luck, strict=True) if number < chance.get(site, 0)}
        counted = {site: self.neighbours(site) for site in self.sites if site not in self.live}
        self.bare = {s for s in self.sites if (counted[s] == 0 if s in counted else s in self.bare)}
        rewards = [0.0] * len(self.players)
        for i in reversed(range(len(self.players))):
            action = int(actions[i])
            if action >= 5:
                self.facing[i] = (self.facing[i] + (1 if action == 6 else 3)) % 4
            elif action > 0:
                dx, dy = AHEAD[(self.facing[i] + HEADING[action]) % 4]
                target = (self.players[i][0] + dx, self.players[i][1] + dy)
                if target not in self.walls and target not in self.players:
                    self.players[i] = target
                    if target in self.live:
                        self.live.remove(target)
                        rewards[i] = 1.0
        for site in sprouts:
            if site in self.players:
                rewards[self.players.index(site)] = 1.0
            else:
                self.live.add(site)
        self.armed = {site: k for site, k in counted.items() if site not in sprouts}
        return rewards

    def ground(self, cell):
        if cell not in self.cells:
            return OUTSIDE
        if cell in self.walls:
            return WALL
        if cell in self.live:
            return APPLE
        return GRASS if cell in self.sites and cell not in self.bare else FLOOR

    def view(self, i):
        (x, y), (ahead_x, ahead_y) = self.players[i], AHEAD[self.facing[i]]
        view = np.empty((11, 11), dtype=np.uint8)
        for row in range(11):
            for column in range(11):
                f, r = 9 - row, column - 5
                cell = (x + f * ahead_x - r * ahead_y, y + f * ahead_y + r * ahead_x)
                other = cell in self.players and (f, r) != (0, 0)
                turned = (self.facing[self.players.index(cell)] - self.facing[i]) % 4 if other else 0
                view[row, column] = AVATAR + turned if other else self.ground(cell)
        return view


def walk(rng, *shape):
    """Actions that lead to the orchards."""
    return rng.choice(7, size=(*shape, 7), p=[0.02, 0.5, 0.03, 0.1, 0.1, 0.12, 0.13]).astype(np.uint8)


def test_it_is_the_same_game():
    """Rewards at every step and views at every tenth are the same, with the same random numbers."""
    rules = make_rules()
    games, stream = make_games(rules, 1), kernel_stream(0, 0, "game", 0)
    rewards, views = np.zeros(7, np.float32), np.zeros((7, 11, 11), np.uint8)
    plain = PlainHarvest(0)
    eaten = 0
    for step, actions in enumerate(walk(np.random.default_rng(0), 2000)):
        step_game(rules, games, 0, actions, rewards, stream)
        assert plain.step(actions) == rewards.tolist()
        eaten += rewards.sum()
        if step % 10 == 0:
            observe_game(rules, games, 0, views)
            np.testing.assert_array_equal(views, [plain.view(i) for i in range(7)])
    assert eaten > 100


@pytest.mark.benchmark(group="harvest", disable_gc=True, warmup=True)
def test_steps_a_second(benchmark):
    """64 games, observations included; at least 100 times as fast as plain Python."""
    n_games, n_steps = 64, 100
    rules = make_rules()
    games = make_games(rules, n_games)
    streams = np.stack([kernel_stream(0, 0, "game", g) for g in range(n_games)])
    rewards, views = np.zeros((n_games, 7), np.float32), np.zeros((n_games, 7, 11, 11), np.uint8)
    actions = np.random.default_rng(0).integers(0, 7, (n_steps, n_games, 7)).astype(np.uint8)

    def run():
        for joint in actions:
            step_games(rules, games, joint, streams, rewards, views)

    benchmark(run)
    compiled = seconds(run) / (n_games * n_steps)

    plain = PlainHarvest(0)

    def run_plain():
        for joint in actions[:20, 0]:
            plain.step(joint)
            for i in range(7):
                plain.view(i)

    interpreted = seconds(run_plain) / 20
    benchmark.extra_info["game steps a second"] = round(1 / compiled)
    benchmark.extra_info["times as fast as plain Python"] = round(interpreted / compiled)
    assert interpreted / compiled > 100


def seconds(function, repetitions=7):
    """The least processor time of some calls."""
    times = []
    for _ in range(repetitions):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)
