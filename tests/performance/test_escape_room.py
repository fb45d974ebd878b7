"""Followers of the escape rooms learn fast: measured against random numbers and themselves, as machines differ."""

from __future__ import annotations

import time

import numpy as np
import pytest

from policybench.compiled import fill_uniform
from policybench.plugins import registry
from policybench.streams import kernel_stream

pytest.importorskip("policybench_escape_room")

TRAINING_EPISODES = 2000
FOLLOWER_STEPS = TRAINING_EPISODES * 5 * 5


def seconds(task, benchmark=None, rounds=7):
    """CPU time of a task: the median of some rounds, which the benchmark also reports."""
    times = []

    def timed():
        started = time.thread_time()
        task()
        times.append(time.thread_time() - started)

    if benchmark:
        benchmark.pedantic(timed, rounds=rounds, warmup_rounds=1)
    else:
        for _ in range(1 + rounds):
            timed()
    return float(np.median(times[1:]))


def training(name, episodes=TRAINING_EPISODES, **options):
    """A function that lets one seed's followers learn and validates them."""
    environment = registry().environment(name).spec.create([0], training_episodes=episodes, **options)
    actions = np.zeros((1, environment.problem.action_dim))
    actions[0, 0] = environment.problem.action_space.high[0]
    return lambda: environment.evaluate(0, actions)


@pytest.fixture(scope="module")
def random_number():
    """CPU time of a random number."""
    stream, numbers = kernel_stream(0, 0, "test"), np.zeros(1_000_000)
    return seconds(lambda: fill_uniform(stream, numbers)) / len(numbers)


@pytest.mark.parametrize(
    ("name", "options", "most"),
    [("cer", {}, 2500), ("cer", {"followers": "shared"}, 14_000), ("escape-room", {}, 1300)],
)
def test_a_follower_s_step_costs_no_more_than_some_random_numbers(name, options, most, random_number, benchmark):
    """Playing and learning from it, optimiser included. Measured 800 to 1,000; 6,000; 500."""
    cost = seconds(training(name, **options), benchmark) / FOLLOWER_STEPS
    assert cost < most * random_number


def test_nearly_all_time_is_spent_in_the_training_loop(benchmark):
    """All that is done once a principal step, in Python: streams, validation, observation. Measured 0.3%."""
    once = seconds(training("cer", episodes=0), benchmark, rounds=31)
    assert once < 0.02 * seconds(training("cer"))


def test_the_loop_has_no_cost_that_grows(benchmark):
    """Late episodes, in which gradients are next to nothing, cost no more than early ones. Measured 1.9."""
    half = seconds(training("cer", episodes=TRAINING_EPISODES // 2), benchmark)
    assert seconds(training("cer")) < 2.6 * half
