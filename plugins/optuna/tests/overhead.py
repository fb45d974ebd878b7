"""Prints what a question costs after n payoffs, in milliseconds of processor time: ``python overhead.py``."""

import time

import numpy as np
from gymnasium import spaces

from policybench import Description, Dimension, Outcome, Problem, Timesteps
from policybench.plugins import registry


def main():
    problem = Problem(
        action_space=spaces.Box(0, 1, (3,), np.float64),
        observation_space=spaces.Dict(),
        steps=1,
        fine_levels=5,
        coarse_levels=3,
        description=Description(story="", action=(Dimension("x", ""),) * 3, payoff=""),
    )
    for name in ("gp-bo", "optuna-gp", "tpe", "cma-es", "sobol"):
        rng = np.random.default_rng(0)
        principal = registry().principal(name).spec.create(problem, rng=rng)
        for n in (100, 300, 1000, 3000):
            while len(principal.histories[None]) < n:
                point = rng.random(3)
                principal.histories.add(None, point, float(-((point - 0.7) ** 2).sum() + rng.normal(0, 0.1)))
            principal.tell(principal.ask(None), Outcome(0.0, Timesteps(1, 1)))
            start = time.process_time()
            for _ in range(10):
                principal.tell(principal.ask(None), Outcome(0.0, Timesteps(1, 1)))
            ask = (time.process_time() - start) / 10
            start = time.process_time()
            principal.recommend(None)
            recommend = time.process_time() - start
            print(f"{name:10} n={n:4}  ask {1e3 * ask:6.1f} ms  recommend {1e3 * recommend:6.1f} ms", flush=True)


if __name__ == "__main__":
    main()
