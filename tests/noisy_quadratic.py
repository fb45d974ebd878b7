"""A noisy quadratic with a known optimum, with and without contexts, and fixtures that play principals on it."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium import spaces

from policybench import Description, Dimension, Environment, Outcome, Problem, Timesteps
from policybench.plugins import registry
from policybench.store import checkpoint
from policybench.streams import generator

PEAK = 10.0


class NoisyQuadratic(Environment):
    """Pays 10, less 10 times the mean squared distance to the context's best action, plus normal noise."""

    def __init__(self, seeds, *, optima, noise=1.0, contextual=False, low=0.0, high=1.0, dtype=np.float64):
        super().__init__(seeds)
        self.optima, self.noise, self.contextual = np.asarray(optima, float), noise, contextual
        dimensions = self.optima.shape[1]
        self.problem = Problem(
            action_space=spaces.Box(low, high, (dimensions,), dtype),
            observation_space=spaces.Dict({"series": spaces.Box(0.0, 4.0, (6,), np.float64)}),
            context_space=spaces.MultiBinary(len(self.optima)) if contextual else None,
            steps=100,
            fine_levels=11,
            coarse_levels=5,
            description=Description(story="", action=(Dimension("x", ""),) * dimensions, payoff=""),
        )

    def which(self, seed, step):
        return int(generator(seed, step, "context").integers(len(self.optima)))

    def contexts(self, step):
        if not self.contextual:
            return None
        return np.eye(len(self.optima), dtype=np.int8)[[self.which(seed, step) for seed in self.seeds]]

    def mean(self, which, action):
        return PEAK - 10 * float(((action - self.optima[which]) ** 2).mean())

    def evaluate(self, step, actions, *, gradient=False):
        outcomes = []
        for seed, action in zip(self.seeds, actions, strict=True):
            rng = generator(seed, step, "noise")
            payoff = self.mean(self.which(seed, step), action) + rng.normal(0, self.noise)
            outcomes.append(Outcome(payoff, Timesteps(5, 1), {"series": 4 * rng.random(6)}))
        return outcomes

    def regret(self, principal):
        """How far the recommendations stay below the optimum, mean over contexts, without noise."""
        contexts = np.eye(len(self.optima), dtype=np.int8) if self.contextual else [None]
        return np.mean([PEAK - self.mean(i, principal.recommend(context)) for i, context in enumerate(contexts)])


def _create(name, problem, seed=0, **options):
    return registry().principal(name).spec.create(problem, rng=generator(seed, 0, "principal"), **options)


def _play(principal, environment, steps, first=0):
    """The actions, [steps, action_dim], that a principal takes in a one-seed environment."""
    actions = []
    for step in range(first, first + steps):
        contexts = environment.contexts(step)
        actions.append(principal.ask(None if contexts is None else contexts[0]))
        assert environment.problem.action_space.contains(actions[-1])
        (outcome,) = environment.evaluate(step, actions[-1][None].astype(np.float64))
        principal.tell(actions[-1].astype(np.float64), outcome)
    return np.array(actions)


def _revived(name, principal, **options):
    """Another instance, which continues from what a checkpoint keeps of a principal."""
    saved = checkpoint.encode([principal.state_dict(), principal.rng.bit_generator.state])
    state, stream = checkpoint.decode(saved)
    other = _create(name, principal.problem, seed=999, **options)
    other.load_state_dict(state)
    other.rng.bit_generator.state = stream
    return other


@pytest.fixture(scope="session")
def quadratic():
    """Build the environment: ``quadratic([0], optima=[[0.9, 0.1]])``."""
    return NoisyQuadratic


@pytest.fixture(scope="session")
def create():
    """Create a principal by its name: ``create("tpe", problem, seed=3, startup=5)``."""
    return _create


@pytest.fixture(scope="session")
def play():
    return _play


@pytest.fixture(scope="session")
def revived():
    return _revived
