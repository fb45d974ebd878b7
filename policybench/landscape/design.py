"""Which actions a landscape is measured of: a grid of them, random ones, or given ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from gymnasium import spaces

from policybench.actions import check_action, grid
from policybench.arrays import Floats
from policybench.errors import InputError
from policybench.problem import Problem
from policybench.recorded import variant_name

MOST_ACTIONS = 100_000
"""Of a landscape; each of them is evaluated for every seed."""

Numbers = tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Design:
    """The actions and seeds of a landscape; exactly one of ``levels``, ``random`` and ``given`` is not None.

    Attributes:
        seeds: how many, for each action.
        levels: a grid of so many equidistant levels a dimension.
        random: so many uniformly random actions.
        given: actions by name.
        low: [action_dim], where the grid or the random actions begin; None for the action space's own bounds.
        high: [action_dim], where they end.
    """

    seeds: int
    levels: int | None = None
    random: int | None = None
    given: Mapping[str, Numbers] | None = None
    low: Numbers | None = None
    high: Numbers | None = None

    def actions(self, problem: Problem) -> Floats:
        """[n_actions, action_dim]; of a grid, the last dimension counts fastest.

        Raises:
            InputError: there are too many, or some lie outside the action space.
        """
        if self.given is not None:
            return np.array([_checked("--action", action, problem.action_space) for action in self.given.values()])
        part = self._part(problem.action_space)
        if self.levels is not None:
            number = self.levels**problem.action_dim
            _check_number(f"--levels {self.levels}: makes {number:,} actions", number, problem.action_dim)
            return grid(part, self.levels)
        number = self.random or 0
        _check_number(f"--random {number}", number, problem.action_dim)
        actions = np.random.default_rng(0).uniform(part.low, part.high, (number, problem.action_dim))
        return np.clip(actions, part.low, part.high)

    @property
    def name(self) -> str:
        """What the landscape's folder is called: ``levels=5,seeds=3``."""
        if self.given is not None:
            digest = hashlib.sha256(json.dumps(list(self.given.items())).encode()).hexdigest()[:8]
            return f"actions={len(self.given)}-{digest},seeds={self.seeds}"
        size = f"random={self.random}" if self.levels is None else f"levels={self.levels}"
        bounds = {"low": self.low, "high": self.high}
        return variant_name(f"{size},seeds={self.seeds}", {k: bound for k, bound in bounds.items() if bound})

    def _part(self, space: spaces.Box) -> spaces.Box:
        """The part of the action space that grid or random actions come from."""
        low = space.low if self.low is None else _checked("--low", self.low, space)
        high = space.high if self.high is None else _checked("--high", self.high, space)
        for dimension in np.flatnonzero(low >= high).tolist():
            raise InputError(
                f"action [{dimension}] from {low[dimension]:g} to {high[dimension]:g}: "
                "every number of --low must be less than that of --high"
            )
        return spaces.Box(low.astype(np.float64), high.astype(np.float64), dtype=np.float64)


def _checked(flag: str, action: Numbers, space: spaces.Box) -> Floats:
    return check_action(f"{flag} {','.join(f'{number:g}' for number in action)}", action, space)


def _check_number(asked: str, number: int, dimensions: int) -> None:
    if number > MOST_ACTIONS:
        levels = int(MOST_ACTIONS ** (1 / dimensions) + 1e-9)
        raise InputError(f"{asked}; allowed are {MOST_ACTIONS:,} actions, which is a grid of {levels} levels")
