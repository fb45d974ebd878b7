"""Prints what a step of ten seeds costs at 1000 observed numbers, in processor time: ``python overhead.py``."""

import time

import numpy as np
from gymnasium import spaces

from policybench import Description, Dimension, Outcome, Problem, Timesteps
from policybench.plugins import registry
from policybench.store import checkpoint


def main():
    problem = Problem(
        action_space=spaces.Box(0, 1, (3,), np.float64),
        observation_space=spaces.Dict({"series": spaces.Box(0, 64, (1000,), np.float64)}),
        steps=1,
        fine_levels=21,
        coarse_levels=3,
        description=Description(story="", action=(Dimension("x", ""),) * 3, payoff=""),
    )
    spec = registry().principal("ai-economist").spec
    panel = [spec.create(problem, rng=np.random.default_rng(seed)) for seed in range(10)]
    outcome = Outcome(20.0, Timesteps(5000, 1000), {"series": np.arange(1000) % 65})
    for steps in (1, 20):
        start = time.process_time()
        for _ in range(steps):
            for principal in panel:
                principal.tell(principal.ask(None), outcome)
        seconds = (time.process_time() - start) / steps
    start = time.process_time()
    size = len(checkpoint.encode([principal.state_dict() for principal in panel]))
    print(
        f"ask and tell {1e3 * seconds:.0f} ms, checkpoint {1e3 * (time.process_time() - start):.0f} ms, {size} B"
    )


if __name__ == "__main__":
    main()
