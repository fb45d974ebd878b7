"""Small tasks, on which principals are tried: noisy quadratics, of all shapes and of installed environments'."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from gymnasium import spaces

from policybench.arrays import Array, Floats
from policybench.environment import Environment
from policybench.outcome import Outcome, Timesteps
from policybench.plugins import registry
from policybench.problem import Description, Dimension, Problem
from policybench.recorded import plugin_entry
from policybench.specs import EnvironmentSpec
from policybench.store.manifest import PluginEntry
from policybench.streams import generator

Contexts = Callable[[int, int], Array | None]


@dataclass(frozen=True)
class Case:
    """A task whose outcomes are functions of (seed, step, context, action), as those of environments are.

    Attributes:
        name: what is special about it.
        problem: what the principal is told.
        context: what the principal sees, by seed and step.
        environment: what the run's manifest says of the environment.
        peak: where the best action lies, as a share of the action space; beyond 1, a corner pays best.
    """

    name: str
    problem: Problem
    context: Contexts
    environment: PluginEntry
    peak: float = 0.3

    def outcome(self, seed: int, step: int, context: Array | None, action: Floats, *, gradient: bool) -> Outcome:
        """Minus the squared distance to the best action, which depends on the context, plus noise.

        With ``gradient`` comes the exact one.
        """
        rng = generator(seed, step, "case outcome")
        space = self.problem.action_space
        width = space.high - space.low
        shift = 0.0 if context is None else float(np.tanh(np.mean(context))) / 2
        distance = (action - space.low) / width - (self.peak + shift)
        payoff = float(-(distance**2).sum() + rng.normal(0, 0.05))
        observation = {name: _drawn(part, rng) for name, part in self.problem.observation_space.items()}
        return Outcome(payoff, Timesteps(40, 10), observation, -2 * distance / width if gradient else None)


def every_shape() -> list[Case]:
    """1, 2, 3, 4 and 5 numbers, with every kind of context and without, with observations and without.

    All offer the gradient.
    """
    unit, real = spaces.Box(0.0, 1.0, (7,), np.float64), spaces.Box(0.0, 1.0, (2,), np.float32)
    anything = spaces.Box(-np.inf, np.inf, (2, 3), np.float32)
    return [
        _case("one number, nothing to observe", [0.0], [1.0]),
        _case("three numbers in unequal intervals", [-1.0, 0.0, 2.0], [1.0, 0.5, 5.0], [unit]),
        _case("five numbers and a context out of three", [0.0] * 5, [2.0] * 5, [unit, unit], spaces.Discrete(3)),
        _case("four numbers and a context of three bits", [0.0] * 4, [5.0] * 4, [], spaces.MultiBinary(3)),
        _case(
            "two numbers, a context of real numbers, an unbounded table", [0.0] * 2, [1.0] * 2, [anything], real
        ),
    ]


def towards_a_corner(case: Case) -> Case:
    """The same task with payoffs that grow up to a corner of the action space."""
    return replace(case, name=f"{case.name}, a corner pays best", peak=1.5)


def every_environment() -> list[Case]:
    """The tasks of the installed environments: their spaces, prose and contexts; none of their games is played.

    Left out are those that cannot be made with their defaults: their engine may be missing.
    """
    found = []
    for name, plugin in registry().environments.items():
        options = {option.name: option.default for option in plugin.spec.options}
        try:
            problem = plugin.spec.create([0]).problem
            context = _Contexts(plugin.spec)
            context(0, 0)
        except Exception:  # noqa: BLE001 - what is wrong with an environment is found by its own checks
            continue
        found.append(Case(f"that of environment {name}", problem, context, plugin_entry(plugin, options)))
    return found


class _Contexts:
    """The contexts of an environment."""

    def __init__(self, spec: EnvironmentSpec) -> None:
        self._spec = spec
        self._made: dict[int, Environment] = {}

    def __call__(self, seed: int, step: int) -> Array | None:
        if seed not in self._made:
            self._made[seed] = self._spec.create([seed])
        contexts = self._made[seed].contexts(step)
        return None if contexts is None else contexts[0]


def _drawn(space: spaces.Space[Any], rng: np.random.Generator) -> Any:
    """An element of the space, drawn with this generator."""
    # Seeding changes the space, which is not ours; a composite one shares its parts with a shallow copy.
    composite = isinstance(space, spaces.Dict | spaces.Tuple)
    own = copy.deepcopy(space) if composite else copy.copy(space)
    own.seed(int(rng.integers(2**31)))
    return own.sample()


def _case(
    name: str,
    low: list[float],
    high: list[float],
    observed: list[spaces.Box] | None = None,
    context: spaces.Space[Any] | None = None,
) -> Case:
    parts = {f"observed_{i}": part for i, part in enumerate(observed or [])}
    problem = Problem(
        action_space=spaces.Box(np.array(low), np.array(high), dtype=np.float64),
        observation_space=spaces.Dict(dict(parts)),
        context_space=context,
        steps=100,
        fine_levels=5,
        coarse_levels=3,
        description=Description(
            story="A payoff with one peak, measured with noise.",
            action=tuple(Dimension(f"number {i}", f"the number at place {i}") for i in range(len(low))),
            payoff="the payoff, without a unit",
            observation=dict.fromkeys(parts, "noise"),
            context="moves the peak" if context is not None else "",
        ),
        has_gradient=True,
    )

    def draw(seed: int, step: int) -> Array | None:
        drawn: Array | None = None if context is None else _drawn(context, generator(seed, step, "case context"))
        return drawn

    entry = PluginEntry(
        name="quadratic",
        variant="quadratic",
        distribution="policybench",
        version="0",
        entry_point="policybench",
        options={},
    )
    return Case(name, problem, draw, entry)
