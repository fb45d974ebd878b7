"""What a principal step of Clean Up costs, in units of its parts: machines differ, ratios less so."""

import time

import numpy as np
import pytest

cleanup = pytest.importorskip("policybench_cleanup")

ACTION = np.array([[1.0, 1.6, 0.0]])


def seconds(training, validation, repetitions=3):
    """The least processor time of a step of one seed, of some."""
    spec = {spec.name: spec for spec in cleanup.policybench_environments()}["cleanup"]
    environment = spec.create([0], training_episodes=training, validation_episodes=validation, episode_steps=500)
    environment.evaluate(0, ACTION)
    times = []
    for _ in range(repetitions):
        start = time.process_time()
        environment.evaluate(0, ACTION)
        times.append(time.process_time() - start)
    return min(times)


def test_learning_costs_little_more_than_playing():
    """An episode to learn from costs playing it and four passes of PPO over it: measured 2.0 to 2.1."""
    assert seconds(12, 1) / seconds(0, 13) < 4


def test_cost_grows_with_episodes_alone():
    """Nothing is prepared anew in a step: twelve episodes cost no more than twelve times one."""
    assert seconds(0, 12) / seconds(0, 1) < 15
