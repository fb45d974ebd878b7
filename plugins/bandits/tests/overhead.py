"""Prints what a step of one seed costs, in microseconds of processor time: ``python overhead.py``."""

import time

import numpy as np
from gymnasium import spaces

from policybench import Description, Dimension, Outcome, Problem, Timesteps
from policybench.plugins import registry

STEPS = 1000


def main():
    problem = Problem(
        action_space=spaces.Box(0, 1, (3,), np.float64),
        observation_space=spaces.Dict(),
        steps=1,
        fine_levels=21,
        coarse_levels=11,
        description=Description(story="", action=(Dimension("x", ""),) * 3, payoff=""),
    )
    for name in ("ucb", "epsilon-greedy", "thompson", "random"):
        principal = registry().principal(name).spec.create(problem, rng=np.random.default_rng(0))
        start = time.process_time()
        for _ in range(STEPS):
            action = principal.ask(None)
            principal.tell(action, Outcome(float(action.sum()), Timesteps(5000, 1000)))
        seconds = (time.process_time() - start) / STEPS
        print(f"{name:15} {1e6 * seconds:6.0f}")


if __name__ == "__main__":
    main()
