"""A problem of any box, principals by name, and a game of bandit arms to play them on."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium import spaces

from policybench import Description, Dimension, Outcome, Problem, Timesteps
from policybench.plugins import registry


def _problem(low=0.0, high=1.0, dimensions=1, levels=5, coarse=None, dtype=np.float64):
    return Problem(
        action_space=spaces.Box(low, high, (dimensions,), dtype),
        observation_space=spaces.Dict(),
        steps=100,
        fine_levels=levels,
        coarse_levels=coarse or levels,
        description=Description(story="", action=(Dimension("x", ""),) * dimensions, payoff=""),
    )


@pytest.fixture(scope="session")
def make_problem():
    """Build a problem whose fine and coarse grids have ``levels`` levels, unless ``coarse`` says otherwise."""
    return _problem


@pytest.fixture(scope="session")
def create():
    """Create a principal by its name: ``create("ucb", problem, seed=3, c=0.5)``."""

    def create(name, problem, seed=0, **options):
        rng = np.random.Generator(np.random.SFC64(seed))
        return registry().principal(name).spec.create(problem, rng=rng, **options)

    return create


@pytest.fixture(scope="session")
def outcome():
    """Wrap a payoff in an outcome."""
    return lambda payoff: Outcome(float(payoff), Timesteps(5000, 1000))


@pytest.fixture(scope="session")
def play(outcome):
    """Play a principal for some steps; returns the numbers, [steps], of the arms that it took.

    ``payoff`` is called with the arm's number; the grid is one dimension from 0 to 1 with ``levels`` levels.
    """

    def play(principal, payoff, steps, levels):
        arms = np.empty(steps, dtype=int)
        for i in range(steps):
            action = principal.ask(None)
            arms[i] = round(float(action[0]) * (levels - 1))
            principal.tell(action, outcome(payoff(arms[i])))
        return arms

    return play
