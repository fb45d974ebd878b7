"""A principal step of Harvest spends its time in compiled code, and seeds cost what they cost alone."""

import time

import numpy as np
import pytest

harvest = pytest.importorskip("policybench_harvest")

N_SEEDS = 10
RATES = np.tile([0.0, 0.5, 1.0], (N_SEEDS, 1))


def make(seeds):
    spec = {spec.name: spec for spec in harvest.policybench_environments()}["harvest"]
    environment = spec.create(seeds)
    environment.prepare()
    return environment


@pytest.fixture(scope="module")
def environment():
    return make(range(N_SEEDS))


def test_ten_seeds(environment, benchmark):
    """No limit: machines differ. ``--benchmark-json`` keeps the numbers."""
    outcomes = benchmark.pedantic(environment.evaluate, (0, RATES), rounds=3)
    assert len(outcomes) == N_SEEDS
    benchmark.extra_info["seconds a seed"] = benchmark.stats.stats.min / N_SEEDS


def test_little_time_is_spent_outside_of_playing_and_learning(environment, monkeypatch):
    inside = []

    def timed(function):
        def run(*arguments):
            before = time.thread_time()
            function(*arguments)
            inside.append(time.thread_time() - before)

        return run

    monkeypatch.setattr(environment, "_play", timed(environment._play))
    monkeypatch.setattr(environment._followers, "learn", timed(environment._followers.learn))
    before = time.thread_time()
    environment.evaluate(0, RATES)
    total = time.thread_time() - before
    assert len(inside) == N_SEEDS * (6 + 5)
    assert sum(inside) > 0.9 * total


def test_cost_is_proportional_to_seeds(environment):
    one = make([0])
    ratios = []
    for step in range(3):
        times = []
        for some, rates in ((environment, RATES), (one, RATES[:1])):
            before = time.thread_time()
            some.evaluate(step, rates)
            times.append(time.thread_time() - before)
        ratios.append(times[0] / times[1] / N_SEEDS)
    assert np.median(ratios) < 1.5
