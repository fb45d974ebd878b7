"""Gather-Trade-Build's kernel stays fast: measured against random numbers and itself, as machines differ."""

from __future__ import annotations

import time

import numpy as np
import pytest

from policybench.compiled import fill_uniform
from policybench.streams import kernel_stream

game = pytest.importorskip("policybench_gather_trade_build.game")
rules = pytest.importorskip("policybench_gather_trade_build.rules")

N_STEPS = 500


def play(n_games):
    """A function that makes steps of a batch with random open actions, and how many those are."""
    on_map = rules.make_rules()
    games = game.make_games(on_map, n_games)
    streams = np.stack([kernel_stream(0, 0, "game", g) for g in range(n_games)])
    for g in range(n_games):
        game.reset_game(on_map, games, g, np.full(7, 0.3), streams[g])
    mask, actions = np.zeros(50, np.uint8), np.zeros((n_games, 4), np.uint8)

    def run():
        game.play_at_random(on_map, games, N_STEPS, mask, actions, streams)

    return run, N_STEPS * n_games


def draw():
    """A function that draws random numbers, and how many those are."""
    stream, numbers = kernel_stream(0, 0, "test"), np.zeros(1000)

    def run():
        for _ in range(1000):
            fill_uniform(stream, numbers)

    return run, 1000 * len(numbers)


def costs(*tasks):
    """CPU time of one unit of each task: medians of turns that they take."""
    for run, _ in tasks:
        run()
    seconds = np.zeros((15, len(tasks)))
    for turn in seconds:
        for i, (run, units) in enumerate(tasks):
            start = time.thread_time()
            run()
            turn[i] = (time.thread_time() - start) / units
    return np.median(seconds, axis=0)


def test_a_step_costs_no_more_than_some_random_numbers():
    """Masks and random choices included, measured 900; a microsecond where a random number takes 1.1 ns."""
    step, number = costs(play(16), draw())
    assert step < 1500 * number


def test_large_batches_cost_no_more_a_game():
    """State that no longer fits the fastest memory costs little."""
    large, small = costs(play(128), play(4))
    assert large < 1.6 * small


def test_sensing_costs_less_than_finding_the_way():
    """Measured 0.4; with a function call for each option it was 2."""
    cost = pytest.importorskip("policybench_gather_trade_build.cost")
    parts = {name: seconds for name, seconds, _ in cost.measure()}
    sensing = parts["of that, what agents sense, and open options"]
    assert sensing < parts["of that, the way to the nearest goods and land"]
