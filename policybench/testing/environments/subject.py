"""The environment under test, and how what it returns is compared."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from policybench.arrays import Floats
from policybench.environment import Environment
from policybench.errors import InputError
from policybench.global_generators import fixed_chance
from policybench.outcome import Outcome
from policybench.problem import Problem
from policybench.specs import EnvironmentSpec
from policybench.streams import generator
from policybench.testing.check import UnusableError, fail, same, shown

SEEDS: tuple[int, ...] = (0, 1, 2, 3, 4)
"""The batch that checks evaluate."""

STEP = 3
"""The principal step that checks compare outcomes of."""


@dataclass(frozen=True)
class EnvironmentSubject:
    """The environment under test.

    Attributes:
        spec: what announces it.
        options: those that do not have their defaults.
        made: its instances that are not closed.
    """

    spec: EnvironmentSpec
    options: Mapping[str, Any]
    made: list[Environment] = field(default_factory=list)

    def make(self, seeds: Sequence[int] = SEEDS) -> Environment:
        """A fresh instance, not prepared; raises ``UnusableError`` if the environment refuses its options."""
        try:
            self.made.append(self.spec.create(seeds, **self.options))
        except InputError as error:
            raise UnusableError(str(error)) from error
        return self.made[-1]

    def ready(self, seeds: Sequence[int] = SEEDS) -> Environment:
        """A fresh instance, prepared."""
        environment = self.make(seeds)
        environment.prepare()
        return environment

    def varied(self, seeds: Sequence[int], **changes: Any) -> Environment:
        """A fresh instance with other values of some options, prepared; they may be refused by ``InputError``."""
        environment = self.spec.create(seeds, **{**self.options, **changes})
        self.made.append(environment)
        environment.prepare()
        return environment

    def close(self) -> None:
        """Close all instances."""
        while self.made:
            self.made.pop().close()

    @cached_property
    def problem(self) -> Problem:
        """What it tells principals."""
        return self.make().problem

    @cached_property
    def actions(self) -> Floats:
        """Actions drawn uniformly, [n_seeds, action_dim]."""
        return self._drawn("conformance")

    @cached_property
    def others(self) -> Floats:
        """Other actions, [n_seeds, action_dim]."""
        return self._drawn("conformance, others")

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """What ``actions`` lead to, evaluated by an instance that has evaluated nothing else."""
        return evaluate(self.ready(), STEP, self.actions)

    def _drawn(self, role: str) -> Floats:
        space = self.problem.action_space
        return generator(0, STEP, role).uniform(space.low, space.high, (len(SEEDS), *space.shape))


def evaluate(
    environment: Environment, step: int, actions: Floats, *, gradient: bool = False, chance: int = 0
) -> list[Outcome]:
    """What actions lead to, which are copied; ``chance`` seeds the global random generators meanwhile."""
    with fixed_chance(chance):
        return environment.evaluate(step, actions.copy(), gradient=gradient)


def check_equal(
    expected: str, found: Sequence[Outcome], reference: Sequence[Outcome], seeds: Sequence[int]
) -> None:
    """Fail if any outcome is not the same in every bit."""
    if len(found) != len(reference):
        fail(f"{len(reference)} outcomes, one a seed", f"{len(found)}")
    for seed, one, other in zip(seeds, found, reference, strict=True):
        for part in dataclasses.fields(Outcome):
            first, second = _plain(getattr(one, part.name)), _plain(getattr(other, part.name))
            if not same(first, second):
                fail(expected, f"{part.name} {shown(first)} and {shown(second)} for seed {seed}")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value
