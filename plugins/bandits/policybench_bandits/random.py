"""Uniformly random search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from policybench import AskTell, context_key

if TYPE_CHECKING:
    from policybench import Array, Floats, Outcome, Problem


class _Best(NamedTuple):
    """The highest payoff seen in a context, and the action that led to it."""

    context: Array | None
    action: Floats
    payoff: float


class Random(AskTell):
    """Sets uniformly random actions and recommends the one with the highest payoff in the context.

    In a context never seen it recommends the best action of all contexts; before any payoff, the middle of the
    action space.
    """

    def __init__(self, problem: Problem, *, rng: np.random.Generator) -> None:
        super().__init__(problem, rng=rng)
        space = problem.action_space
        self._low, self._high = space.low.astype(np.float64), space.high.astype(np.float64)
        self._best: dict[str, _Best] = {}

    def choose(self, context: Array | None) -> Floats:
        """A uniformly random action."""
        return self.rng.uniform(self._low, self._high).astype(self.problem.action_space.dtype)

    def learn(self, context: Array | None, action: Floats, outcome: Outcome) -> None:
        """Keep the action if nothing in this context paid as much."""
        key = context_key(context)
        if key not in self._best or outcome.payoff > self._best[key].payoff:
            self._best[key] = _Best(context, action, outcome.payoff)

    def recommend(self, context: Array | None) -> Floats:
        """The best action seen; draws nothing."""
        if not self._best:
            return self.problem.middle
        anywhere = max(self._best.values(), key=lambda best: best.payoff)
        return self._best.get(context_key(context), anywhere).action.copy()

    def state_dict(self) -> dict[str, Any]:
        """The question that is open and the best action of each context."""
        return super().state_dict() | {"best": [best._asdict() for best in self._best.values()]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""
        super().load_state_dict(state)
        self._best = {context_key(best["context"]): _Best(**best) for best in state["best"]}
