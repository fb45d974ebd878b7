"""Small tasks of every shape, on which principals are tried: noisy quadratics with a known best action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces

from policybench.outcome import Array, Floats, Outcome, Timesteps
from policybench.problem import Description, Problem
from policybench.streams import generator


@dataclass(frozen=True)
class Case:
    """A task whose outcomes are functions of (seed, step, context, action), as those of environments are.

    Attributes:
        name: what is special about it.
        problem: what the principal is told.
    """

    name: str
    problem: Problem

    def context(self, seed: int, step: int) -> Array | None:
        """What the principal sees at this step."""
        space = self.problem.context_space
        if space is None:
            return None
        rng = generator(seed, step, "case context")
        if isinstance(space, spaces.Discrete):
            return np.asarray(rng.integers(space.n))
        assert isinstance(space, spaces.Box)
        return rng.uniform(space.low, space.high).astype(space.dtype)

    def outcome(self, seed: int, step: int, context: Array | None, action: Floats) -> Outcome:
        """Minus the squared distance to the best action, which depends on the context, plus noise."""
        rng = generator(seed, step, "case outcome")
        space = self.problem.action_space
        width = space.high - space.low
        shift = 0.0 if context is None else float(np.mean(context)) / 10
        distance = (action - space.low) / width - (0.3 + shift)
        observation = {
            name: np.clip(rng.normal(0.5, 0.2, part.shape), 0, 1).astype(part.dtype)
            for name, part in self.problem.observation_space.items()
        }
        gradient = -2 * distance / width if self.problem.has_gradient else None
        payoff = float(-(distance**2).sum() + rng.normal(0, 0.05))
        return Outcome(payoff, Timesteps(40, 10), observation, gradient)


def cases(*, has_gradient: bool) -> list[Case]:
    """All shapes: 1, 2, 3 and 5 numbers, with and without contexts and observations.

    Args:
        has_gradient: whether outcomes carry the exact gradient of the payoff.
    """
    return [
        _case("one number, nothing to observe", [0.0], [1.0], has_gradient),
        _case("three numbers in unequal intervals", [-1.0, 0.0, 2.0], [1.0, 0.5, 5.0], has_gradient, (7,)),
        _case(
            "five numbers and a context out of three",
            [0.0] * 5,
            [2.0] * 5,
            has_gradient,
            (),
            context=spaces.Discrete(3),
        ),
        _case(
            "two numbers, a context of real numbers, an observation of float32",
            [0.0, 0.0],
            [1.0, 1.0],
            has_gradient,
            (2, 3),
            context=spaces.Box(0.0, 1.0, (2,), np.float32),
            dtype=np.float32,
        ),
    ]


def _case(
    name: str,
    low: list[float],
    high: list[float],
    has_gradient: bool,
    *observed: tuple[int, ...],
    context: spaces.Space[Any] | None = None,
    dtype: type[np.floating] = np.float64,
) -> Case:
    names = [f"observed_{i}" for i in range(len(observed))]
    parts = {key: spaces.Box(0.0, 1.0, shape, dtype) for key, shape in zip(names, observed, strict=True)}
    problem = Problem(
        action_space=spaces.Box(np.array(low), np.array(high), dtype=np.float64),
        observation_space=spaces.Dict(dict(parts)),
        context_space=context,
        steps=100,
        grid_levels={"fine": 5, "coarse": 3},
        description=Description(
            story="A payoff with one peak, measured with noise.",
            action=tuple(f"number {i}" for i in range(len(low))),
            payoff="the payoff, without a unit",
            observation=dict.fromkeys(names, "noise"),
            context="moves the peak" if context is not None else "",
        ),
        has_gradient=has_gradient,
    )
    return Case(name, problem)
