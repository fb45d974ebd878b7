"""A principal that is told of nothing but what it asked for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from policybench.arrays import Array, Floats
from policybench.outcome import Outcome
from policybench.principal import Principal

if TYPE_CHECKING:
    from policybench.problem import Problem


class Asked(NamedTuple):
    """A question whose outcome is not known yet.

    Attributes:
        context: what the principal saw; None where there are no contexts.
        action: what it chose, [action_dim].
    """

    context: Array | None
    action: Floats


class AskTell(Principal):
    """A principal that remembers what it asked for, and refuses to be told of anything else.

    A subclass says how actions are chosen and what is learned from their outcomes: it writes ``choose``, ``learn``
    and ``recommend``. Its ``state_dict`` and ``load_state_dict`` extend those of this class by what was learned::

        def state_dict(self):
            return super().state_dict() | {"means": self.means}

        def load_state_dict(self, state):
            super().load_state_dict(state)
            self.means = state["means"]

    Attributes:
        asked: the question that waits for its outcome; None if there is none.
    """

    def __init__(self, problem: Problem, *, rng: np.random.Generator) -> None:
        super().__init__(problem, rng=rng)
        self.asked: Asked | None = None

    @abstractmethod
    def choose(self, context: Array | None) -> Floats:
        """The next action in this context, [action_dim], inside ``problem.action_space``."""

    @abstractmethod
    def learn(self, context: Array | None, action: Floats, outcome: Outcome) -> None:
        """Take in what an action led to.

        Args:
            context: in which it was chosen.
            action: what ``choose`` returned, [action_dim].
            outcome: what it led to.

        Raises:
            ValueError: the outcome cannot be learned from; nothing was changed, and the question stays open.
        """

    def ask(self, context: Array | None) -> Floats:
        """The next action, [action_dim]; an earlier question without an outcome is forgotten."""
        context = None if context is None else np.array(context)
        self.asked = Asked(context, np.array(self.choose(context)))
        return self.asked.action.copy()

    def tell(self, action: Floats, outcome: Outcome) -> None:
        """Learn what the action just asked for led to.

        Raises:
            ValueError: it is not the action that was asked for, or none was; nothing was changed.
        """
        if self.asked is None:
            raise ValueError(f"told of action {action}, but no action is waiting for its outcome")
        context, asked = self.asked
        if not np.array_equal(action, asked):
            raise ValueError(f"told of action {action}, but {asked} was asked for")
        self.learn(context, asked, outcome)
        self.asked = None

    def state_dict(self) -> dict[str, Any]:
        """The question that waits for its outcome, under ``asked``; subclasses add what they learned."""
        return {"asked": None if self.asked is None else self.asked._asdict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""
        self.asked = None if state["asked"] is None else Asked(**state["asked"])
