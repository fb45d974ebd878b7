"""What the harness adds to a principal step, beside what followers take to learn."""

from __future__ import annotations

import time

import numpy as np
import pytest
from toy_runs import Watcher

from policybench.harness.launch import Request, launch
from policybench.plugins import registry
from policybench.protocol import make_protocol

pytestmark = pytest.mark.usefixtures("toy")

N_SEEDS = 10


class Clock(Watcher):
    """Records when each step was committed."""

    def __init__(self):
        super().__init__()
        self.times = []

    def step(self, payoffs, timesteps):
        self.times.append(time.perf_counter())


@pytest.mark.parametrize("principal", ["ucb", "epsilon-greedy", "thompson"])
def test_the_harness_takes_a_small_share_of_a_harvest_step(principal, tmp_path, benchmark):
    """A game of one day costs next to nothing, so that its run measures asking, telling and storing."""
    environment = registry().environment("harvest").spec.create([0])
    environment.prepare()
    started = time.perf_counter()
    environment.evaluate(0, np.array([[0.0, 0.5, 1.0]]))
    learning = (time.perf_counter() - started) * N_SEEDS

    def run() -> float:
        clock = Clock()
        request = Request(
            principal, "toll-road", make_protocol("quick", N_SEEDS, 60), ["levels=21"], ["days=1"], tmp_path, 1
        )
        launch(request, clock, fresh=True)
        return float(np.median(np.diff(clock.times)))

    harness = benchmark.pedantic(run, rounds=1)
    assert harness < 0.05 * learning
