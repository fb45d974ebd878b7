"""The pairing of each tell with its ask, which every principal here shares."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from policybench import Outcome, Principal

if TYPE_CHECKING:
    from policybench import Problem
    from policybench.outcome import Array, Floats


class AskTell(Principal):
    """Remembers what was asked, so that a subclass only chooses actions and learns from their payoffs."""

    def __init__(self, problem: Problem, *, rng: np.random.Generator) -> None:
        super().__init__(problem, rng=rng)
        self._asked: tuple[Array | None, Floats] | None = None

    @abstractmethod
    def choose(self, context: Array | None) -> Floats:
        """The next action in this context, [action_dim], of the action space's dtype."""

    @abstractmethod
    def learn(self, context: Array | None, action: Floats, payoff: float) -> None:
        """Take in what an action paid in a context."""

    def ask(self, context: Array | None) -> Floats:
        """The next action, [action_dim]; a question asked before and never answered is dropped."""
        context = None if context is None else np.array(context)
        action = self.choose(context)
        self._asked = (context, action)
        return action.copy()

    def tell(self, action: Floats, outcome: Outcome) -> None:
        """Learn the payoff of the action just asked for.

        Raises:
            ValueError: it is not the action that was asked for, or none was.
        """
        if self._asked is None:
            raise ValueError(f"told of action {action}, but no action is waiting for its outcome")
        context, asked = self._asked
        if not np.array_equal(action, asked):
            raise ValueError(f"told of action {action}, but {asked} was asked for")
        self._asked = None
        self.learn(context, asked, outcome.payoff)

    def state_dict(self) -> dict[str, Any]:
        """What was asked and not yet told; subclasses add what they learned."""
        if self._asked is None:
            return {"asked": None}
        context, action = self._asked
        return {"asked": {"context": context, "action": action}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""
        asked = state["asked"]
        self._asked = None if asked is None else (asked["context"], asked["action"])
