"""The principals of a run, one a seed, asked and told together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from policybench import streams
from policybench.errors import ContractError
from policybench.outcome import Array, Floats, Outcome
from policybench.plugins import Plugin
from policybench.problem import Problem
from policybench.specs import PrincipalSpec


class Panel:
    """Fans the batch out to principals, and keeps their random streams."""

    def __init__(
        self,
        plugin: Plugin[PrincipalSpec],
        problem: Problem,
        seeds: Sequence[int],
        options: Mapping[str, Any],
    ) -> None:
        """Create one principal a seed, each with a stream of its own."""
        self._name = f"principal {plugin.spec.name!r} ({plugin.distribution} {plugin.version})"
        self._space = problem.action_space
        self._rngs = [streams.generator(seed, 0, "principal") for seed in seeds]
        self._members = [plugin.spec.create(problem, rng=rng, **options) for rng in self._rngs]
        self.needs_gradient = self._members[0].needs_gradient

    def ask(self, contexts: Array | None) -> Floats:
        """The next actions, [n_seeds, action_dim]."""
        return self._gather([member.ask(_row(contexts, i)) for i, member in enumerate(self._members)])

    def tell(self, actions: Floats, outcomes: Sequence[Outcome]) -> None:
        """Tell each principal what its action led to."""
        for member, action, outcome in zip(self._members, actions, outcomes, strict=True):
            member.tell(action, outcome)

    def recommend(self, contexts: Array | None) -> Floats:
        """The recommended actions, [n_seeds, action_dim]."""
        return self._gather([member.recommend(_row(contexts, i)) for i, member in enumerate(self._members)])

    def notes(self) -> list[dict[str, Any]]:
        """Each principal's notes on the latest step."""
        return [member.notes() for member in self._members]

    def state(self) -> list[Any]:
        """All that a resumed run needs, random streams included."""
        return [
            {"principal": member.state_dict(), "rng": rng.bit_generator.state}
            for member, rng in zip(self._members, self._rngs, strict=True)
        ]

    def load_state(self, state: Sequence[Any]) -> None:
        """Continue from what ``state`` returned."""
        for member, rng, saved in zip(self._members, self._rngs, state, strict=True):
            member.load_state_dict(saved["principal"])
            rng.bit_generator.state = saved["rng"]

    def _gather(self, actions: Sequence[Any]) -> Floats:
        for action in actions:
            values = np.asarray(action, dtype=np.float64)
            if values.shape != self._space.shape or not np.all(
                (values >= self._space.low) & (values <= self._space.high)
            ):
                raise ContractError(f"{self._name} chose {action!r}, which is not in {self._space}")
        return np.stack([np.asarray(action, dtype=np.float64) for action in actions])


def _row(contexts: Array | None, index: int) -> Array | None:
    return None if contexts is None else contexts[index]
