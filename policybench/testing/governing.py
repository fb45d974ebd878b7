"""Evaluates an environment under chosen actions, and compares what comes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from policybench.environment import Environment
from policybench.outcome import Floats, Outcome
from policybench.specs import EnvironmentSpec
from policybench.streams import generator
from policybench.testing.check import fail, same

SEEDS: tuple[int, ...] = (0, 1, 2, 3, 4)
"""The batch that checks evaluate."""

STEP = 3
"""The principal step that checks compare outcomes of."""


@dataclass(frozen=True)
class GovernedSubject:
    """The environment under test; ``options`` are those that do not have their defaults."""

    spec: EnvironmentSpec
    options: Mapping[str, Any]

    def make(self, seeds: Sequence[int] = SEEDS) -> Environment:
        """A fresh instance."""
        return self.spec.create(seeds, **self.options)

    @cached_property
    def ready(self) -> Environment:
        """An instance of all seeds, prepared."""
        environment = self.make()
        environment.prepare()
        return environment

    @cached_property
    def actions(self) -> Floats:
        """Actions drawn uniformly, [n_seeds, action_dim]."""
        space = self.ready.problem.action_space
        shape = (len(SEEDS), *space.shape)
        return generator(0, STEP, "conformance").uniform(space.low, space.high, shape)

    @cached_property
    def others(self) -> Floats:
        """Other actions, [n_seeds, action_dim]."""
        return self.actions[::-1].copy()

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """What these actions lead to, evaluated by an instance that has evaluated nothing else."""
        return self.make_ready().evaluate(STEP, self.actions.copy())

    def make_ready(self, seeds: Sequence[int] = SEEDS) -> Environment:
        """A fresh instance, prepared."""
        environment = self.make(seeds)
        environment.prepare()
        return environment


def check_equal(
    expected: str, found: Sequence[Outcome], reference: Sequence[Outcome], seeds: Sequence[int]
) -> None:
    """Fail if any outcome is not the same in every bit."""
    if len(found) != len(reference):
        fail(f"{len(reference)} outcomes, one a seed", f"{len(found)}")
    for seed, one, other in zip(seeds, found, reference, strict=True):
        first, second = dataclasses.asdict(one), dataclasses.asdict(other)
        different = [name for name in first if not same(_plain(first[name]), _plain(second[name]))]
        if different:
            name = different[0]
            fail(expected, f"seed {seed}: {name} {_shown(first[name])} and {_shown(second[name])}")


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _shown(value: Any) -> str:
    text = " ".join(np.array2string(value).split() if isinstance(value, np.ndarray) else str(value).split())
    return text if len(text) < 200 else f"{text[:200]} ..."
