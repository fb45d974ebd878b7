"""What principals cost themselves: processor time of a question and its answer, early and late in a run.

    python tests/performance/measure_principals.py ucb gp-bo

Payoffs are a noisy hill over three dimensions; there is an observation of 1000 numbers and a gradient for those
who want them. No environment is run. Printed are milliseconds a step and seed, the mean over the seeds and over
some steps.
"""

from __future__ import annotations

import time

import click
import numpy as np
from gymnasium import spaces

from policybench import Description, Dimension, Outcome, Problem, Timesteps
from policybench.plugins import registry

STEPS = (10, 100, 1000, 3000)
TIMED = 5
"""Steps that are timed, after one that is not."""

PROBLEM = Problem(
    action_space=spaces.Box(0, 1, (3,), np.float64),
    observation_space=spaces.Dict({"series": spaces.Box(0, 64, (1000,), np.float64)}),
    steps=3000,
    fine_levels=21,
    coarse_levels=11,
    description=Description(story="", action=(Dimension("x", ""),) * 3, payoff=""),
    has_gradient=True,
)
SERIES = np.arange(1000) % 65.0


class Seed:
    """One principal and what it is told."""

    def __init__(self, name, seed, options):
        self.rng = np.random.default_rng([seed, 1])
        spec = registry().principal(name).spec
        self.principal = spec.create(PROBLEM, rng=np.random.default_rng(seed), **options)
        self.made = 0

    def payoff(self, action):
        return float(20 - 20 * ((action - 0.7) ** 2).sum() + self.rng.normal())

    def step(self):
        action = self.principal.ask(None)
        outcome = Outcome(
            self.payoff(action),
            Timesteps(5000, 1000),
            {"series": SERIES},
            gradient=40 * (0.7 - action),
            baseline_gradient=np.zeros(3),
        )
        self.principal.tell(action, outcome)
        self.made += 1

    def advance(self, step):
        """Until so many steps are made. An optimiser with a history of payoffs is given it, of random actions."""
        histories = getattr(self.principal, "histories", None)
        while self.made < step:
            if histories is None:
                self.step()
            else:
                point = self.rng.random(histories.dimensions)
                histories.add(None, point, self.payoff(point[:3]))
                self.made += 1


@click.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--seeds", default=10, show_default=True)
def main(names, seeds):
    """Measure principals."""
    print("| principal |" + "".join(f" step {step} |" for step in STEPS), flush=True)
    for name in names:
        run = [Seed(name, seed, {}) for seed in range(seeds)]
        cells = []
        for step in STEPS:
            for seed in run:
                seed.advance(step - TIMED - 1)
                seed.step()
            start = time.process_time()
            for seed in run:
                for _ in range(TIMED):
                    seed.step()
            cells.append(f" {1e3 * (time.process_time() - start) / TIMED / seeds:.3g} |")
        print(f"| `{name}` |" + "".join(cells), flush=True)


if __name__ == "__main__":
    main()
